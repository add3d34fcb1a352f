package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Sources is where settings come from; the zero value reads no flags and no environment.
type Sources struct {
	Args     []string                     // flags only, as os.Args[2:] of "gomphothere serve"; see Split
	Env      []string                     // NAME=value, as os.Environ gives them
	ReadFile func(string) ([]byte, error) // nil: os.ReadFile
}

// Source is the kind of place that a value came from.
type Source string

// The sources, weakest first.
const (
	SourceDefault     Source = "default"
	SourceFile        Source = "file"
	SourceEnvironment Source = "environment"
	SourceFlag        Source = "flag"
)

// Origin is where a value came from: Where is "path:line", a variable, a flag, or empty for a default.
type Origin struct {
	Source Source `json:"source"`
	Where  string `json:"where,omitempty"`
}

// String is Where, or "default".
func (o Origin) String() string {
	if o.Where == "" {
		return string(o.Source)
	}
	return o.Where
}

// Loaded is a whole and checked configuration.
type Loaded struct {
	Config  Config
	Origins map[string]Origin // by key: "posts.max_characters"
	File    string            // the file that was read, empty where there was none
}

// Problem is one thing that is wrong, with the place to go and mend it.
type Problem struct {
	Where string // "path:line", a variable, a flag, or "settings"
	Key   string // the setting it is about, or the nearest valid one
	Text  string
}

// Problems is everything that was wrong with the settings, in the order it was found.
type Problems []Problem

// Error is one line a problem.
func (p Problems) Error() string {
	lines := make([]string, 0, len(p))
	for _, problem := range p {
		lines = append(lines, problem.Where+": "+problem.Text)
	}
	return strings.Join(lines, "\n")
}

// maxProblems ends the list: whoever has a hundred has given us some other file.
const maxProblems = 100

// maxFile is far more than every setting with its comments.
const maxFile = 256 << 10

// Load reads file, environment and flags, each stronger than the one before, and checks the whole. On error it returns
// Problems, all of them at once.
func Load(src Sources) (*Loaded, error) {
	l := &loader{origins: map[string]Origin{}, faulty: map[string]bool{}, byKey: map[string]setting{}, env: map[string]string{}}
	if src.ReadFile == nil {
		src.ReadFile = os.ReadFile
	}
	l.settings = settings(&l.config)
	for _, s := range l.settings {
		l.byKey[s.key] = s
		l.origins[s.key] = Origin{Source: SourceDefault}
		if s.hasDefault {
			l.apply(s, s.def, Origin{Source: SourceDefault, Where: "default"})
		}
		l.origins[s.key] = Origin{Source: SourceDefault}
	}

	// the stronger sources say where the weakest is, so they are read first and applied last
	fromEnv := l.readEnv(src.Env)
	fromFlags := l.readFlags(src.Args)
	if !l.readFile(src.ReadFile, fromEnv, fromFlags) {
		l.blind = true
	}
	for _, g := range append(fromEnv, fromFlags...) {
		if g.key != "" {
			l.apply(l.byKey[g.key], g.value, g.origin)
		}
	}
	l.derive()
	if !l.blind {
		l.rules()
	}
	if len(l.problems) > 0 {
		return nil, l.problems
	}
	return &Loaded{Config: l.config, Origins: l.origins, File: l.file}, nil
}

// A loader is the state of one Load.
type loader struct {
	config   Config
	settings []setting
	byKey    map[string]setting
	origins  map[string]Origin
	faulty   map[string]bool // keys with a problem, so that no rule complains a second time
	problems Problems
	env      map[string]string // variables of others that a rule looks at
	file     string
	found    bool   // the file was found in the data directory, not named
	foundIn  string // that directory
	blind    bool   // the file could not be understood, so missing settings mean nothing
}

// given is a value from the environment or a flag; an empty key is the --config setting.
type given struct {
	key, value string
	origin     Origin
}

func (l *loader) problem(where, key, text string) {
	if key != "" {
		l.faulty[key] = true
	}
	switch {
	case len(l.problems) < maxProblems:
		l.problems = append(l.problems, Problem{Where: where, Key: key, Text: text})
	case len(l.problems) == maxProblems:
		l.problems = append(l.problems, Problem{Where: "settings", Text: "and more"})
	}
}

// full says that further problems would not be shown, so that nobody needs to word them.
func (l *loader) full() bool { return len(l.problems) > maxProblems }

// apply stores a value given as text.
func (l *loader) apply(s setting, text string, from Origin) {
	v, err := s.parse(text)
	l.keep(s, v, err, from, text)
}

// keep stores a parsed value, or the problem with it; shown is what was given, in words that may be printed.
func (l *loader) keep(s setting, v any, err error, from Origin, shown string) {
	if err != nil {
		text := s.key + " " + err.Error()
		if shown != "" && !s.secret {
			text += fmt.Sprintf(" (it is %.80q)", shown)
		}
		l.problem(from.Where, s.key, text)
		return
	}
	s.set(v)
	l.origins[s.key] = from
}

// derived marks a value as worked out from others, even where somebody wrote it down as empty.
func (l *loader) derived(key string) { l.origins[key] = Origin{Source: SourceDefault} }

// readEnv takes our variables out of the environment and reports those that only look like ours.
func (l *loader) readEnv(env []string) []given {
	keys := map[string]string{configEnv: ""}
	names := []string{}
	for _, s := range l.settings {
		keys[s.env()] = s.key
		names = append(names, s.env())
	}
	names = append(names, configEnv)

	var all []given
	for _, pair := range env {
		name, value, _ := strings.Cut(pair, "=")
		if name == "GOMEMLIMIT" {
			l.env[name] = value
		}
		key, known := keys[name]
		if !known {
			l.strayVariable(name, names, keys)
			continue
		}
		all = append(all, given{key: key, value: value, origin: Origin{Source: SourceEnvironment, Where: name}})
	}
	return all
}

// maxSlip is how many edits a variable may be away from ours and still be taken for a slip of the finger. Our names
// are so long that nobody else's come near.
const maxSlip = 2

// strayVariable reports a variable that begins as ours do, or nearly is one of ours.
func (l *loader) strayVariable(name string, names []string, keys map[string]string) {
	if l.full() {
		return
	}
	upper := strings.ToUpper(name)
	best := nearest(upper, names)
	if strings.HasPrefix(upper, envPrefix) || distance(upper, best) <= maxSlip {
		l.problem(printable(name), keys[best], "unknown variable; did you mean "+best+"?")
	}
}

// readFlags takes our flags out of the arguments and reports the rest.
func (l *loader) readFlags(args []string) []given {
	scanned, rest := scan(args, l.settings)
	var all []given
	seen := map[string]bool{}
	for _, f := range scanned {
		switch {
		case f.missing:
			l.problem(f.name, f.key, "wants a value")
		case seen[f.name]:
			l.problem(f.name, f.key, "given twice")
		default:
			all = append(all, given{key: f.key, value: f.value, origin: Origin{Source: SourceFlag, Where: f.name}})
		}
		seen[f.name] = true
	}
	l.strayArguments(rest, len(args))
	return all
}

// strayArguments reports what is not a flag of ours, never quoting what might be a password.
func (l *loader) strayArguments(rest []argument, count int) {
	names := flagNames(l.settings)
	for i := 0; i < len(rest) && !l.full(); i++ {
		name, _, hasValue := strings.Cut(rest[i].text, "=")
		best := nearest(name, names)
		key := strings.TrimPrefix(best, "--")
		switch {
		case strings.HasPrefix(name, "-") || distance(name, best) <= maxSlip:
			l.problem(printable(name), key, "unknown flag; did you mean "+best+"?")
			if !hasValue && i+1 < len(rest) && rest[i+1].index == rest[i].index+1 && !strings.HasPrefix(rest[i+1].text, "-") {
				i++ // the unknown flag's value
			}
		default:
			l.problem(fmt.Sprintf("argument %d of %d", rest[i].index+1, count), "", "is not a flag; settings are given as --key=value")
		}
	}
}

// readFile finds and applies the file; it is false where the file could not be understood.
func (l *loader) readFile(read func(string) ([]byte, error), env, flags []given) bool {
	path, named := "", Origin{}
	l.foundIn = l.config.Server.Data
	for _, g := range append(append([]given{}, env...), flags...) {
		switch g.key {
		case "":
			path, named = g.value, g.origin
		case "data":
			if g.value != "" {
				l.foundIn = g.value
			}
		}
	}
	if named.Where != "" && path == "" {
		l.problem(named.Where, "", "wants the path of a file")
		return false
	}
	if path == "" {
		path, l.found = filepath.Join(l.foundIn, FileName), true
	}
	text, err := read(path)
	if l.found && errors.Is(err, fs.ErrNotExist) {
		return true
	}
	if err != nil {
		where := path
		if !l.found {
			where = named.Where
		}
		l.problem(where, "", fmt.Sprintf("cannot read the settings file: %v", err))
		return false
	}
	if len(text) > maxFile {
		l.problem(path, "", fmt.Sprintf("is larger than %v; this is not a settings file", Bytes(maxFile)))
		return false
	}
	l.file = path
	return l.applyFile(path, text)
}

// printable is a stranger's name, short and without control characters.
func printable(name string) string {
	q := fmt.Sprintf("%.80q", name)
	return q[1 : len(q)-1]
}
