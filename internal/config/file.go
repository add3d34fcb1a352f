package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// applyFile applies the text of a TOML file; it is false where the text is not TOML.
func (l *loader) applyFile(path string, text []byte) bool {
	var tree map[string]any
	if err := toml.Unmarshal(text, &tree); err != nil {
		where := path
		var bad *toml.DecodeError
		if errors.As(err, &bad) {
			line, _ := bad.Position()
			where = path + ":" + strconv.Itoa(line)
		}
		l.problem(where, "", "is not well-formed TOML: "+strings.TrimPrefix(err.Error(), "toml: "))
		return false
	}
	lines := keyLines(text)
	at := func(key string) Origin {
		return Origin{Source: SourceFile, Where: fmt.Sprintf("%s:%d", path, lines[key])}
	}
	var names, partNames []string
	parts := map[string]bool{}
	for _, s := range l.settings {
		names = append(names, s.key)
		if s.section != "" && !parts[s.section] {
			parts[s.section] = true
			partNames = append(partNames, s.section)
		}
	}

	found := flatten(1, "", tree, l.byKey, parts)
	slices.SortFunc(found, func(a, b entry) int {
		return 2*(lines[a.key]-lines[b.key]) + strings.Compare(a.key, b.key)
	})
	for _, e := range found {
		s, known := l.byKey[e.key]
		switch {
		case l.full():
			return true
		case known:
			v, err := s.parseTOML(e.value)
			l.keep(s, v, err, at(e.key), shown(e.value, err))
		case parts[e.key]:
			l.problem(at(e.key).Where, "", fmt.Sprintf("%s is a section, not a setting: write [%s] and its keys below", e.key, e.key))
		case tomlType(e.value) == "a section":
			l.problem(at(e.key).Where, "", fmt.Sprintf("unknown section [%.80s]; did you mean [%s]?", e.key, nearest(e.key, partNames)))
		default:
			best := nearest(e.key, names)
			l.problem(at(e.key).Where, best, fmt.Sprintf("unknown key %.80s; did you mean %s?", e.key, best))
		}
	}
	return true
}

// An entry is a value of the file with its whole key.
type entry struct {
	key   string
	value any
}

// shown is a value as a complaint quotes it: a single one, of the right type.
func shown(v any, err error) string {
	var wrong wrongType
	if errors.As(err, &wrong) {
		return ""
	}
	switch v.(type) {
	case string, int64:
		return fmt.Sprint(v)
	}
	return ""
}

// maxDepth is how deep keys are told apart; ours are two deep, and a file of one endless key must not cost its square.
const maxDepth = 4

// flatten lists what stands in the sections that exist, and whole whatever stands elsewhere.
func flatten(depth int, prefix string, table map[string]any, known map[string]setting, parts map[string]bool) []entry {
	var all []entry
	for name, value := range table {
		key := joinKey(prefix, name)
		inner, isTable := value.(map[string]any)
		if _, isSetting := known[key]; !isTable || isSetting {
			all = append(all, entry{key, value})
			continue
		}
		if depth < maxDepth && (parts[key] || len(inner) > 0) {
			all = append(all, flatten(depth+1, key, inner, known, parts)...)
			continue
		}
		all = append(all, entry{key, value}) // an empty section that we do not have, or too deep a one
	}
	return all
}

// joinKey appends a name to a key, quoting what could be taken for something else.
func joinKey(prefix, name string) string {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool {
		return !(r == '_' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
	}) {
		name = strconv.Quote(name)
	}
	if prefix == "" {
		return name
	}
	return prefix + "." + name
}

// keyLines finds the line on which each key and section of a well-formed file first stands.
func keyLines(text []byte) map[string]int {
	lines := map[string]int{}
	var p unstable.Parser
	p.Reset(text)
	table, depth := "", 0
	for p.NextExpression() {
		node := p.Expression()
		switch node.Kind {
		case unstable.Table, unstable.ArrayTable:
			table, depth = noteKey(&p, node, 0, "", lines)
		case unstable.KeyValue:
			noteValue(&p, node, depth, table, lines)
		}
	}
	return lines
}

// noteValue records a key's line, and those of the inline table that may be its value.
func noteValue(p *unstable.Parser, node *unstable.Node, depth int, prefix string, lines map[string]int) {
	key, depth := noteKey(p, node, depth, prefix, lines)
	value := node.Value()
	if depth >= maxDepth || value.Kind != unstable.InlineTable {
		return
	}
	for it := value.Children(); it.Next(); {
		if child := it.Node(); child.Kind == unstable.KeyValue {
			noteValue(p, child, depth, key, lines)
		}
	}
}

// noteKey records the line of each step of a dotted key and returns the whole and its depth.
func noteKey(p *unstable.Parser, node *unstable.Node, depth int, prefix string, lines map[string]int) (string, int) {
	for it := node.Key(); it.Next() && depth < maxDepth; depth++ {
		part := it.Node()
		prefix = joinKey(prefix, string(part.Data))
		if lines[prefix] == 0 {
			lines[prefix] = p.Shape(part.Raw).Start.Line
		}
	}
	return prefix, depth
}
