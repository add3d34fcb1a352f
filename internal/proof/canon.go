package proof

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/piprate/json-gold/ld"
)

// Canonical form of a graph: URDNA2015, which RDF Dataset Canonicalization names RDFC-1.0. It is ours and not the
// library's, because nodes without a name that are all alike take time that grows like a factorial: here they take a
// budget.

// Bounds of graphs. A Create of a Note with a poll has about a hundred quads.
const (
	maxQuads = 8192
	budget   = 4096 // calls for nodes that only their neighbours tell apart; a poll of 20 equal options takes 60
)

var errGraph = errors.New("the graph is too large or too symmetric")

// quad has terms as N-Quads write them; those without a name are kept apart, because they get new names.
type quad struct{ subject, predicate, object, graph term }

type term struct {
	text  string
	blank bool
}

func (t term) as(name func(string) string) string {
	if t.blank {
		return name(t.text)
	}
	return t.text
}

func (q quad) write(name func(string) string) string {
	s := q.subject.as(name) + " " + q.predicate.text + " " + q.object.as(name)
	if q.graph.text != "" {
		s += " " + q.graph.as(name)
	}
	return s + " .\n"
}

func newTerm(n ld.Node) term {
	switch {
	case ld.IsBlankNode(n):
		return term{text: n.GetValue(), blank: true}
	case ld.IsIRI(n):
		return term{text: "<" + n.GetValue() + ">"}
	}
	var l ld.Literal
	switch n := n.(type) {
	case ld.Literal:
		l = n
	case *ld.Literal:
		l = *n
	}
	s := `"` + escape(l.Value) + `"`
	switch {
	case l.Datatype == ld.RDFLangString:
		s += "@" + l.Language
	case l.Datatype != "" && l.Datatype != ld.XSDString:
		s += "^^<" + l.Datatype + ">"
	}
	return term{text: s}
}

// escape is that of canonical N-Quads.
func escape(s string) string {
	if !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == '"' || c == '\\' || c == 0x7f }) {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; c {
		case '\b':
			b.WriteString(`\b`)
		case '\t':
			b.WriteString(`\t`)
		case '\n':
			b.WriteString(`\n`)
		case '\f':
			b.WriteString(`\f`)
		case '\r':
			b.WriteString(`\r`)
		case '"':
			b.WriteString(`\"`)
		case '\\':
			b.WriteString(`\\`)
		default:
			if c < ' ' || c == 0x7f {
				b.WriteString(`\u00` + strings.ToUpper(hex.EncodeToString([]byte{c})))
			} else {
				b.WriteByte(c)
			}
		}
	}
	return b.String()
}

// names gives nodes new names, in the order in which they are asked for.
type names struct {
	prefix string
	given  map[string]string
	order  []string
}

func newNames(prefix string) *names { return &names{prefix: prefix, given: map[string]string{}} }

func (n *names) name(id string) string {
	if _, ok := n.given[id]; !ok {
		n.given[id] = n.prefix + strconv.Itoa(len(n.order))
		n.order = append(n.order, id)
	}
	return n.given[id]
}

func (n *names) has(id string) bool { _, ok := n.given[id]; return ok }

func (n *names) clone() *names {
	return &names{prefix: n.prefix, given: maps.Clone(n.given), order: slices.Clone(n.order)}
}

// canon is one canonicalization (RDFC-1.0 §4.4).
type canon struct {
	quads  map[string][]quad // of each blank node
	first  map[string]string // first-degree hashes
	issued *names
	budget int
}

// canonical writes a dataset canonically.
func canonical(set *ld.RDFDataset) (string, error) {
	var quads []quad
	for name, graph := range set.Graphs {
		for _, q := range graph {
			made := quad{subject: newTerm(q.Subject), predicate: newTerm(q.Predicate), object: newTerm(q.Object)}
			if name != "@default" {
				made.graph = term{text: name, blank: strings.HasPrefix(name, "_:")}
				if !made.graph.blank {
					made.graph.text = "<" + name + ">"
				}
			}
			if quads = append(quads, made); len(quads) > maxQuads {
				return "", errGraph
			}
		}
	}
	c := &canon{quads: map[string][]quad{}, first: map[string]string{}, issued: newNames("_:c14n"), budget: budget}
	if err := c.run(quads); err != nil {
		return "", err
	}
	lines := make([]string, len(quads))
	for i, q := range quads {
		lines[i] = q.write(c.issued.name)
	}
	slices.Sort(lines)
	return strings.Join(slices.Compact(lines), ""), nil
}

func (c *canon) run(quads []quad) error {
	for _, q := range quads {
		for _, t := range []term{q.subject, q.object, q.graph} {
			if t.blank {
				c.quads[t.text] = append(c.quads[t.text], q)
			}
		}
	}
	byHash := map[string][]string{}
	for id := range c.quads {
		h := c.firstDegree(id)
		c.first[id] = h
		byHash[h] = append(byHash[h], id)
	}
	hashes := slices.Sorted(maps.Keys(byHash))
	for _, h := range hashes {
		if len(byHash[h]) == 1 {
			c.issued.name(byHash[h][0])
		}
	}
	type result struct {
		hash   string
		issuer *names
	}
	for _, h := range hashes {
		ids := byHash[h]
		if len(ids) == 1 {
			continue
		}
		var results []result
		for _, id := range ids {
			if c.issued.has(id) {
				continue
			}
			temporary := newNames("_:b")
			temporary.name(id)
			hash, issuer, err := c.nDegree(id, temporary)
			if err != nil {
				return err
			}
			results = append(results, result{hash, issuer})
		}
		slices.SortStableFunc(results, func(a, b result) int { return strings.Compare(a.hash, b.hash) })
		for _, r := range results {
			for _, id := range r.issuer.order {
				c.issued.name(id)
			}
		}
	}
	return nil
}

func sum(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

// firstDegree is the hash of a node's quads, it being a and the others z (§4.6).
func (c *canon) firstDegree(id string) string {
	lines := make([]string, len(c.quads[id]))
	for i, q := range c.quads[id] {
		lines[i] = q.write(func(other string) string {
			if other == id {
				return "_:a"
			}
			return "_:z"
		})
	}
	slices.Sort(lines)
	return sum(strings.Join(lines, ""))
}

// related is the hash of a neighbour by what it is called and where it stands (§4.7).
func (c *canon) related(id string, q quad, issuer *names, position string) string {
	s := position
	if position != "g" {
		s += q.predicate.text
	}
	switch {
	case c.issued.has(id):
		s += c.issued.given[id]
	case issuer.has(id):
		s += issuer.given[id]
	default:
		s += c.first[id]
	}
	return sum(s)
}

// nDegree is the hash of a node by all its surroundings (§4.8).
func (c *canon) nDegree(id string, issuer *names) (string, *names, error) {
	if c.budget--; c.budget < 0 {
		return "", nil, errGraph
	}
	neighbours := map[string][]string{}
	for _, q := range c.quads[id] {
		for _, at := range []struct {
			t        term
			position string
		}{{q.subject, "s"}, {q.object, "o"}, {q.graph, "g"}} {
			if at.t.blank && at.t.text != id {
				h := c.related(at.t.text, q, issuer, at.position)
				neighbours[h] = append(neighbours[h], at.t.text)
			}
		}
	}
	var data strings.Builder
	for _, h := range slices.Sorted(maps.Keys(neighbours)) {
		data.WriteString(h)
		path, chosen, err := c.shortest(neighbours[h], issuer)
		if err != nil {
			return "", nil, err
		}
		data.WriteString(path)
		issuer = chosen
	}
	return sum(data.String()), issuer, nil
}

// shortest finds the order of neighbours whose path comes first.
func (c *canon) shortest(list []string, issuer *names) (best string, chosen *names, err error) {
	slices.Sort(list)
	for {
		if c.budget--; c.budget < 0 {
			return "", nil, errGraph
		}
		path, made, err := c.path(list, issuer.clone(), best)
		if err != nil {
			return "", nil, err
		}
		if made != nil && (chosen == nil || path < best) {
			best, chosen = path, made
		}
		if !permute(list) {
			return best, chosen, nil
		}
	}
}

// path writes one order of neighbours; nothing when it cannot come before best.
func (c *canon) path(order []string, issuer *names, best string) (string, *names, error) {
	var path strings.Builder
	worse := func() bool { return best != "" && path.Len() >= len(best) && path.String() > best }
	var deeper []string
	for _, id := range order {
		if c.issued.has(id) {
			path.WriteString(c.issued.given[id])
		} else {
			if !issuer.has(id) {
				deeper = append(deeper, id)
			}
			path.WriteString(issuer.name(id))
		}
		if worse() {
			return "", nil, nil
		}
	}
	for _, id := range deeper {
		hash, made, err := c.nDegree(id, issuer)
		if err != nil {
			return "", nil, err
		}
		path.WriteString(issuer.name(id))
		path.WriteString("<" + hash + ">")
		issuer = made
		if worse() {
			return "", nil, nil
		}
	}
	return path.String(), issuer, nil
}

// permute makes the next order of a list, false when that was the last.
func permute(list []string) bool {
	i := len(list) - 2
	for i >= 0 && list[i] >= list[i+1] {
		i--
	}
	if i < 0 {
		return false
	}
	j := len(list) - 1
	for list[j] <= list[i] {
		j--
	}
	list[i], list[j] = list[j], list[i]
	slices.Reverse(list[i+1:])
	return true
}
