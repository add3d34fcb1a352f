package proof

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// tree puts a flat list of nodes together again, beginning with the document's own: each node where it is first named.
func tree(flat []any, top any) (any, error) {
	b := builder{nodes: map[string]map[string]any{}, used: map[string]bool{}}
	for _, n := range flat {
		node, _ := n.(map[string]any)
		id, _ := node["@id"].(string)
		if id == "" {
			return nil, errGraph
		}
		b.nodes[id] = node
	}
	root, _ := top.(map[string]any)
	id, named := root["@id"].(string)
	if !named {
		id = b.unnamed()
	}
	if b.nodes[id] == nil {
		return nil, errGraph
	}
	return b.node(id), nil
}

type builder struct {
	nodes map[string]map[string]any
	used  map[string]bool
}

// unnamed is the only node without a name that no other leads to, "" when it is not clear which.
func (b *builder) unnamed() (found string) {
	led := map[string]bool{}
	for _, n := range b.nodes {
		for _, values := range n {
			list, _ := values.([]any)
			for _, v := range list {
				b.mark(v, led)
			}
		}
	}
	for id := range b.nodes {
		if !strings.HasPrefix(id, "_:") || led[id] {
			continue
		}
		if found != "" {
			return ""
		}
		found = id
	}
	return found
}

func (b *builder) mark(v any, led map[string]bool) {
	m, _ := v.(map[string]any)
	if id, ok := m["@id"].(string); ok {
		led[id] = true
	}
	list, _ := m["@list"].([]any)
	for _, x := range list {
		b.mark(x, led)
	}
}

// node is a node with all below it.
func (b *builder) node(id string) any {
	n := b.nodes[id]
	if n == nil || b.used[id] {
		return map[string]any{"@id": id}
	}
	b.used[id] = true
	out := map[string]any{}
	if !strings.HasPrefix(id, "_:") {
		out["@id"] = id
	}
	const object = "https://www.w3.org/ns/activitystreams#object"
	names := slices.SortedFunc(maps.Keys(n), func(a, b string) int {
		switch {
		case a == object: // what an activity is about is given whole there, if anywhere
			return -1
		case b == object:
			return 1
		}
		return strings.Compare(a, b)
	})
	for _, name := range names {
		switch list, isList := n[name].([]any); {
		case name == "@id":
		case name == "@type" || !isList:
			out[name] = n[name]
		default:
			out[name] = b.values(list)
		}
	}
	return out
}

func (b *builder) values(list []any) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = b.value(v)
	}
	return out
}

func (b *builder) value(v any) any {
	m, is := v.(map[string]any)
	if !is {
		return v
	}
	if id, ok := m["@id"].(string); ok {
		return b.node(id)
	}
	if list, ok := m["@list"].([]any); ok {
		return map[string]any{"@list": b.values(list)}
	}
	return number(m)
}

// number gives a literal of a numeric type that contexts ask for its number back.
func number(m map[string]any) any {
	const xsd = "http://www.w3.org/2001/XMLSchema#"
	text, isText := m["@value"].(string)
	kind, _ := m["@type"].(string)
	if !isText || kind != xsd+"nonNegativeInteger" && kind != xsd+"float" {
		return m
	}
	var n float64
	if err := json.Unmarshal([]byte(text), &n); err != nil {
		return m
	}
	return map[string]any{"@value": n, "@type": kind}
}
