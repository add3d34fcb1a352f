// Package arch holds the house to its plan: ARCHITECTURE.md in words, this file as tables.
package arch

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rooms is who may know whom: a room, and the rooms it may import. A new room gets a line here and one in
// ARCHITECTURE.md; a line that grows is a decision worth a sentence in the commit. Test files may know anybody.
var rooms = map[string]string{
	"cmd/gomphothere": "cli",

	"model":      "",
	"config":     "",
	"obs":        "",
	"httpsig":    "model",
	"proof":      "httpsig",
	"blob":       "",
	"text":       "model",
	"ap":         "model",
	"entity":     "model",
	"bus":        "model",
	"store":      "model text", // text: search keeps the words of what is written
	"fetch":      "model text httpsig obs",
	"social":     "model store text",
	"queue":      "model store",
	"media":      "model store social blob fetch",
	"notify":     "model store social entity fetch",
	"preview":    "model social text fetch",
	"federation": "model store social ap text httpsig fetch proof",
	"oauth":      "model store social",
	"api":        "model store social entity federation media oauth blob",
	"stream":     "model store text social entity oauth",
	"web":        "model store social entity federation oauth",
	"incident":   "model config store queue blob obs notify",
	"backup":     "model config store queue blob obs incident",
	"watch":      "model config store queue blob obs incident",
	"doctor":     "model config store queue blob obs incident listen fetch",
	"listen":     "config",
	"app":        anyRoom,
	"cli":        "app config model store social backup doctor", // commands call verbs by name

	"testkit":      anyRoom,
	"drill":        anyRoom,
	"test/clients": "", // only tests: they see the program from outside, as its users do
}

// anyRoom marks the rooms that put the others together.
const anyRoom = "*"

// doors are the rooms that speak HTTP with somebody.
const doors = "api stream federation oauth web cli fetch httpsig listen notify watch incident doctor app testkit drill"

// outside is which rooms may import a package that is not ours, or one below it. A module that is not listed
// may be imported by one room only (golang.org/x apart), so that leaving it stays possible.
var outside = []struct{ path, rooms string }{
	{"database/sql", "store testkit"}, // testkit breaks and looks into files
	{"modernc.org/sqlite", "store testkit"},
	{"github.com/maypok86/otter/v2", "store social oauth federation"}, // bounded caches
	{"github.com/jackc/pgx/v5", "store bus testkit"},                  // bus: LISTEN on a connection of its own; testkit makes and drops databases
	{"net/http", doors},
	{"os/exec", "media testkit drill"}, // drills kill processes; tests, as test/clients is, may start what they like
	{"github.com/minio/minio-go", "blob"},
	{"github.com/aws", "blob"},
	{"github.com/nats-io", "bus"},
	{"github.com/prometheus", "obs"},
}

// writers are the rooms that may open a write transaction: verbs and the queue's own book-keeping, the store
// that offers it, and test code. No transaction waits for a stranger, because none of them can speak HTTP.
const writers = "social queue store testkit drill"

// A source is one Go file of the house.
type source struct {
	room string // as in the table rooms
	name string // from the repository's root
	test bool
	text []byte
	file *ast.File
	fset *token.FileSet
}

func (s source) at(n ast.Node) string {
	return fmt.Sprintf("%s:%d", s.name, s.fset.Position(n.Pos()).Line)
}

func (s source) imports() (paths []string) {
	for _, spec := range s.file.Imports {
		path, _ := strconv.Unquote(spec.Path.Value) // the parser has read it already
		paths = append(paths, path)
	}
	return paths
}

// TestTheHouse reads every source once and asks it every question.
func TestTheHouse(t *testing.T) {
	t.Parallel()
	house := read(t)
	if len(house) == 0 {
		t.Fatal("no Go files found: is this the repository?")
	}
	for _, rule := range []struct {
		name  string
		check func(house []source) []string
	}{
		{"every room is in the table", unknownRooms},
		{"rooms import only the rooms they may know", strayRooms},
		{"outside packages stay in the rooms that own them", strayModules},
		{"test code stays in tests", strayTestkit},
		{"nothing runs before main", inits},
		{"package variables do not change", variables},
		{"every package says what it is for", packageDocs},
		{"only verbs and the queue write", strayWrites},
		{"ARCHITECTURE.md names the rooms that exist", architecture},
	} {
		t.Run(rule.name, func(t *testing.T) {
			t.Parallel()
			for _, fault := range rule.check(house) {
				t.Error(fault)
			}
		})
	}
}

// read parses every Go file of the module. It runs no go command: the files read here are what the test's
// cached result depends on.
func read(t *testing.T) (house []source) {
	t.Helper()
	fset := token.NewFileSet()
	walk(t, func(name string, text []byte) {
		switch {
		case !strings.HasSuffix(name, ".go") || strings.Contains(name, "testdata"+string(filepath.Separator)):
		case filepath.Dir(name) == "internal" && strings.HasSuffix(name, "_test.go"): // the rules are no room
		default:
			house = append(house, parse(t, fset, name, text))
		}
	})
	return house
}

func parse(t *testing.T, fset *token.FileSet, name string, text []byte) source {
	t.Helper()
	file, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return source{
		room: strings.TrimPrefix(filepath.ToSlash(filepath.Dir(name)), "internal/"),
		name: name, test: strings.HasSuffix(name, "_test.go"), text: text, file: file, fset: fset,
	}
}

// walk calls visit for each file of the repository, names from its root; what git ignores and other modules'
// trees are left out.
func walk(t *testing.T, visit func(name string, text []byte)) {
	t.Helper()
	const root = ".."
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir() && slices.Contains([]string{".git", ".cache", "bin", "dist", "data", "node_modules"}, d.Name()):
			return filepath.SkipDir
		case d.IsDir() && name != ".":
			if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil {
				return filepath.SkipDir
			}
			return nil
		case !d.Type().IsRegular() || name == "gomphothere" || name == ".git": // the binary; a linked work tree's pointer
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		visit(name, text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func unknownRooms(house []source) (faults []string) {
	for _, room := range existing(house) {
		if _, known := rooms[room]; !known {
			faults = append(faults, fmt.Sprintf("%s is not in the table of rooms: give it a line in internal/arch_test.go and one in ARCHITECTURE.md", room))
		}
	}
	return faults
}

func existing(house []source) (names []string) {
	for _, s := range house {
		names = append(names, s.room)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func strayRooms(house []source) (faults []string) {
	for _, s := range house {
		may, known := rooms[s.room]
		if s.test || !known || may == anyRoom {
			continue
		}
		for _, path := range s.imports() {
			other, ours := strings.CutPrefix(path, "gomphothere/")
			other = strings.TrimPrefix(other, "internal/")
			if ours && !has(may, other) {
				faults = append(faults, fmt.Sprintf("%s imports %s: %s may know only [%s]", s.name, other, s.room, may))
			}
		}
	}
	return faults
}

func has(list, word string) bool { return slices.Contains(strings.Fields(list), word) }

func strayModules(house []source) (faults []string) {
	owner := map[string]source{} // of the modules that are not listed
	for _, s := range house {
		if s.test {
			continue
		}
		for _, path := range s.imports() {
			if i := slices.IndexFunc(outside, func(o struct{ path, rooms string }) bool { return within(path, o.path) }); i >= 0 {
				if !has(outside[i].rooms, s.room) {
					faults = append(faults, fmt.Sprintf("%s imports %s: that is for [%s]", s.name, path, outside[i].rooms))
				}
				continue
			}
			module := moduleOf(path)
			if module == "" {
				continue
			}
			first, taken := owner[module]
			if taken && first.room != s.room {
				faults = append(faults, fmt.Sprintf("%s imports %s, and so does %s: an outside module belongs to one room", s.name, module, first.name))
			} else if !taken {
				owner[module] = s
			}
		}
	}
	return faults
}

func within(path, parent string) bool { return path == parent || strings.HasPrefix(path, parent+"/") }

// moduleOf gives the module of an import that is neither ours, the standard library's nor golang.org/x's, else
// nothing. Hosts of code have three words to a module, others two.
func moduleOf(path string) string {
	words := strings.Split(path, "/")
	if !strings.Contains(words[0], ".") || within(path, "golang.org/x") {
		return ""
	}
	n := 2
	if words[0] == "github.com" || words[0] == "codeberg.org" || words[0] == "gitlab.com" {
		n = 3
	}
	return strings.Join(words[:min(n, len(words))], "/")
}

func strayTestkit(house []source) (faults []string) {
	for _, s := range house {
		for _, path := range s.imports() {
			proof := path == "gomphothere/internal/testkit" || path == "gomphothere/internal/drill"
			if proof && !s.test && s.room != "testkit" && s.room != "drill" {
				faults = append(faults, fmt.Sprintf("%s imports %s: only tests may", s.name, path))
			}
		}
	}
	return faults
}

func inits(house []source) (faults []string) {
	for _, s := range house {
		for _, decl := range s.file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				faults = append(faults, s.at(f)+" is a func init: make it a table, or call it from main")
			}
		}
	}
	return faults
}

// constantMark in the comment of a package variable says that it never changes, and why it is no const:
//
//	// constant: Go has no constant maps
//	var kinds = map[string]Kind{…}
const constantMark = "constant:"

func variables(house []source) (faults []string) {
	fixed := map[[2]string]string{} // room and name of package variables, and where they are declared
	for _, s := range house {
		if s.test {
			continue
		}
		for _, decl := range s.file.Decls {
			g, ok := decl.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, spec := range g.Specs {
				v := spec.(*ast.ValueSpec)
				if !unchanging(v, g.Doc) {
					faults = append(faults, fmt.Sprintf("%s is a package variable (%s): pass a value instead, or say \"// %s why\" over what never changes", s.at(v), v.Names[0], constantMark))
				}
				for _, n := range v.Names {
					fixed[[2]string{s.room, n.Name}] = s.at(n)
				}
			}
		}
	}
	for _, s := range house {
		if s.test {
			continue
		}
		for _, n := range assigned(s.file) {
			if declared, ok := fixed[[2]string{s.room, n.Name}]; ok && n.Name != "_" {
				faults = append(faults, fmt.Sprintf("%s changes %s, the package variable of %s (a local variable needs another name)", s.at(n), n.Name, declared))
			}
		}
	}
	return faults
}

// unchanging tells the variables that are constants in all but name: checks of interfaces, error values,
// embedded files, compiled patterns and templates, and what a comment declares constant.
func unchanging(v *ast.ValueSpec, over *ast.CommentGroup) bool {
	for _, group := range []*ast.CommentGroup{over, v.Doc, v.Comment} {
		if group != nil && slices.ContainsFunc(group.List, func(c *ast.Comment) bool {
			text := strings.TrimPrefix(c.Text, "//")
			return strings.HasPrefix(text, "go:embed ") || strings.HasPrefix(strings.TrimSpace(text), constantMark)
		}) {
			return true
		}
	}
	if len(v.Values) != len(v.Names) {
		return !slices.ContainsFunc(v.Names, func(n *ast.Ident) bool { return n.Name != "_" })
	}
	for i, n := range v.Names {
		call, isCall := v.Values[i].(*ast.CallExpr)
		switch {
		case n.Name == "_":
		case isCall && strings.HasPrefix(strings.ToLower(n.Name), "err"):
		case isCall && mustCompile(call):
		default:
			return false
		}
	}
	return true
}

// mustCompile tells regexp.MustCompile(…) and template.Must(…).
func mustCompile(call *ast.CallExpr) bool {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	from, ok := f.X.(*ast.Ident)
	return ok && (from.Name == "regexp" && f.Sel.Name == "MustCompile" || from.Name == "template" && f.Sel.Name == "Must")
}

// assigned gives the variables that a file's functions assign to: x = …, x[i] = …, x.f = …, x++. Pointers and
// methods get past it; it is for the ordinary slip.
func assigned(file *ast.File) (names []*ast.Ident) {
	add := func(targets ...ast.Expr) {
		for _, e := range targets {
			if n := root(e); n != nil {
				names = append(names, n)
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				add(n.Lhs...)
			}
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				add(n.Key, n.Value)
			}
		case *ast.IncDecStmt:
			add(n.X)
		}
		return true
	})
	return names
}

// root is the variable that an assignment's left side begins with.
func root(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.IndexExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		default:
			return nil
		}
	}
}

func packageDocs(house []source) (faults []string) {
	said := map[string]bool{}
	for _, s := range house {
		doc := strings.TrimSpace(s.file.Doc.Text())
		said[s.room] = said[s.room] || strings.Contains(doc, ".") && !strings.HasSuffix(s.file.Name.Name, "_test")
	}
	for _, room := range existing(house) {
		if !said[room] {
			faults = append(faults, room+" has no package comment: one sentence that says what it is for")
		}
	}
	return faults
}

func strayWrites(house []source) (faults []string) {
	write := regexp.MustCompile(`\b(DB|db|Store|store)\.Write\(`)
	for _, s := range house {
		if s.test || has(writers, s.room) {
			continue
		}
		for i, line := range bytes.Split(s.text, []byte("\n")) {
			if write.Match(line) {
				faults = append(faults, fmt.Sprintf("%s:%d opens a write transaction: what %s must write is a verb in social, or a job", s.name, i+1, s.room))
			}
		}
	}
	return faults
}

// architecture compares the rows of ARCHITECTURE.md's map with the packages.
func architecture(house []source) (faults []string) {
	text, err := os.ReadFile("../ARCHITECTURE.md")
	if err != nil {
		return []string{err.Error()}
	}
	_, section, _ := strings.Cut(string(text), "\n## The rooms\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var drawn []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| .+ \\|$").FindAllStringSubmatch(section, -1) {
		drawn = append(drawn, row[1])
	}
	built := existing(house)
	for _, room := range built {
		if !slices.Contains(drawn, room) {
			faults = append(faults, fmt.Sprintf("ARCHITECTURE.md, \"The rooms\", lacks the row \"| `%s` | what it is for |\"", room))
		}
	}
	for i, room := range drawn {
		if !slices.Contains(built, room) {
			faults = append(faults, fmt.Sprintf("ARCHITECTURE.md names %s, which is not there", room))
		}
		if slices.Contains(drawn[:i], room) {
			faults = append(faults, fmt.Sprintf("ARCHITECTURE.md names %s twice", room))
		}
	}
	return faults
}

func TestNoFileNamesAPlaceOnSomebodysMachine(t *testing.T) {
	t.Parallel()
	// Not within an address or a longer path: a web page may well have this in it.
	place := regexp.MustCompile(`(^|[^\w.~%:/-])/work/`)
	walk(t, func(name string, text []byte) {
		if bytes.IndexByte(text[:min(len(text), 8000)], 0) >= 0 || name == "internal/arch_test.go" {
			return
		}
		for i, line := range bytes.Split(text, []byte("\n")) {
			if m := place.Find(line); m != nil {
				t.Errorf("%s:%d names %q", name, i+1, m)
			}
		}
	})
}

func TestMakeHasItsTenTargets(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range regexp.MustCompile(`(?m)^([a-z][\w-]*):(?: [^=\n]*)?$`).FindAllStringSubmatch(string(text), -1) {
		got = append(got, m[1])
	}
	want := strings.Fields("build run check test drill fuzz bench browser docs release")
	if slices.Compare(got, want) != 0 {
		t.Errorf("targets are %v, want %v", got, want)
	}
}

// TestTheRulesFindWhatTheyAreFor gives each rule a house that breaks it, so that a rule cannot go blind unseen.
func TestTheRulesFindWhatTheyAreFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule  func([]source) []string
		name  string
		text  string
		fault string // part of the one fault, empty for none
	}{
		{unknownRooms, "internal/attic/a.go", "package attic", "attic is not in the table"},
		{strayRooms, "internal/social/a.go", `import "gomphothere/internal/api"`, "social may know only [model store text]"},
		{strayRooms, "internal/social/a.go", `import "gomphothere/internal/store"`, ""},
		{strayRooms, "internal/social/a_test.go", `import "gomphothere/internal/api"`, ""},
		{strayModules, "internal/social/a.go", `import "net/http"`, "social/a.go imports net/http"},
		{strayModules, "internal/store/a.go", `import "net/http/httptest"`, "store/a.go imports net/http/httptest"},
		{strayModules, "internal/api/a.go", `import "net/http"`, ""},
		{strayModules, "internal/api/a.go", `import "database/sql"`, "that is for [store testkit]"},
		{strayTestkit, "internal/api/a.go", `import "gomphothere/internal/testkit"`, "only tests may"},
		{strayTestkit, "internal/api/a_test.go", `import "gomphothere/internal/testkit"`, ""},
		{inits, "internal/api/a.go", "func init() {}", "a.go:2 is a func init"},
		{inits, "internal/api/a.go", "func (a A) init() {}", ""},
		{variables, "internal/api/a.go", "var cache = map[int]int{}", "a.go:2 is a package variable (cache)"},
		{variables, "internal/api/a.go", "var mu sync.Mutex", "package variable (mu)"},
		{variables, "internal/api/a.go", "// constant: Go has no constant maps\nvar kinds = map[int]int{}", ""},
		{variables, "internal/api/a.go", "// constant: so it says\nvar kinds = map[int]int{}\nfunc f() { kinds[1] = 2 }", "a.go:4 changes kinds"},
		{variables, "internal/api/a.go", "var n int // constant: so it says\nfunc f() { n++ }", "a.go:3 changes n"},
		{variables, "internal/api/a.go", "var ErrGone = errors.New(\"gone\")\nvar _ Bus = (*Memory)(nil)\nvar word = regexp.MustCompile(`x`)\nvar (\n\t//go:embed a.txt\n\tfiles embed.FS\n)", ""},
		{variables, "internal/api/a.go", "var a, b = template.Must(x), 3", "package variable (a)"},
		{packageDocs, "internal/api/a.go", "", "api has no package comment"},
		{strayWrites, "internal/api/a.go", "func f() { s.DB.Write(ctx, nil) }", "a.go:2 opens a write transaction"},
		{strayWrites, "internal/social/a.go", "func f() { s.DB.Write(ctx, nil) }", ""},
		{architecture, "internal/attic/a.go", "", "lacks the row \"| `attic` | what it is for |\""},
	} {
		text := "package x\n" + c.text
		if strings.HasPrefix(c.text, "package ") {
			text = c.text
		}
		faults := c.rule([]source{parse(t, token.NewFileSet(), c.name, []byte(text))})
		found := slices.ContainsFunc(faults, func(f string) bool { return strings.Contains(f, c.fault) })
		if c.fault == "" && len(faults) > 0 || c.fault != "" && !found {
			t.Errorf("%s with %q: got faults %q, want %s", c.name, c.text, faults, cmp.Or(strconv.Quote(c.fault), "none"))
		}
	}
	thing := []byte("package x\nimport \"github.com/some/thing/v2/part\"")
	faults := strayModules([]source{
		parse(t, token.NewFileSet(), "internal/api/a.go", thing),
		parse(t, token.NewFileSet(), "internal/web/a.go", thing),
	})
	if len(faults) != 1 || !strings.Contains(faults[0], "github.com/some/thing, and so does internal/api/a.go") {
		t.Errorf("a module in two rooms: got faults %q", faults)
	}
}
