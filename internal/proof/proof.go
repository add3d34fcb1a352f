// Package proof makes and checks what documents prove by themselves, whoever hands them on: object integrity proofs
// (FEP-8b32) and Linked Data signatures.
package proof

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"gomphothere/internal/httpsig"
)

// Bounds of documents that shall prove themselves. They are well below what an inbox takes, because each byte costs
// here ten times what it costs there.
const (
	maxDocument = 256 << 10
	maxDepth    = 32
	// Linked Data takes time with the square of the objects in a document. A status with four pictures, a poll of twenty
	// and a hundred mentions has 150; at the bound it takes a twentieth of a second.
	maxLinked  = 128 << 10
	maxObjects = 512
)

// skew is how wrong clocks may be.
const skew = time.Hour

// refuse makes the error of httpsig that doors know.
func refuse(r httpsig.Reason, format string, args ...any) error {
	return &httpsig.Error{Reason: r, Text: fmt.Sprintf(format, args...)}
}

// object is a JSON object, its values as they came.
type object map[string]json.RawMessage

// parse reads an object of bounded size and depth.
func parse(doc []byte) (object, error) {
	if len(doc) > maxDocument {
		return nil, refuse(httpsig.Malformed, "The document is too long to be checked")
	}
	if deepest, _ := shape(doc); deepest > maxDepth {
		return nil, refuse(httpsig.Malformed, "The document is too deep to be checked")
	}
	var o object
	if err := json.Unmarshal(doc, &o); err != nil || o == nil {
		return nil, refuse(httpsig.Malformed, "The document is no JSON object")
	}
	return o, nil
}

// parseLinked is parse within the bounds of Linked Data.
func parseLinked(doc []byte) (object, error) {
	if _, objects := shape(doc); len(doc) > maxLinked || objects > maxObjects {
		return nil, refuse(httpsig.Malformed, "The document is too large to be checked")
	}
	return parse(doc)
}

// shape counts how deep brackets are nested and how many objects there are, without reading more of the document.
func shape(doc []byte) (deepest, objects int) {
	now, quoted := 0, false
	for i := 0; i < len(doc); i++ {
		switch c := doc[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			now++
			deepest = max(deepest, now)
			if c == '{' {
				objects++
			}
		case c == '}' || c == ']':
			now--
		}
	}
	return deepest, objects
}

// text gives a member that is a string.
func (o object) text(name string) string {
	var s string
	if err := json.Unmarshal(o[name], &s); err != nil {
		return ""
	}
	return s
}

// time gives a member that is a date; zero when it is not there.
func (o object) time(name string) (time.Time, error) {
	if _, there := o[name]; !there {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339Nano, o.text(name))
	if err != nil {
		return time.Time{}, refuse(httpsig.Malformed, "%s is no date", name)
	}
	return at, nil
}

// without is a copy that lacks some members.
func (o object) without(names ...string) object {
	out := make(object, len(o)+1)
	for k, v := range o {
		out[k] = v
	}
	for _, n := range names {
		delete(out, n)
	}
	return out
}

// with adds a context to a document's where it is not there yet.
func withContext(context json.RawMessage, add string) (json.RawMessage, error) {
	var list []json.RawMessage
	if trimmed := bytes.TrimSpace(context); len(trimmed) > 0 && trimmed[0] == '[' {
		if err := json.Unmarshal(trimmed, &list); err != nil {
			return nil, err
		}
	} else if len(trimmed) > 0 {
		list = []json.RawMessage{trimmed}
	}
	quoted, err := json.Marshal(add)
	if err != nil {
		return nil, err
	}
	at := len(list)
	for i, c := range list {
		if bytes.Equal(bytes.TrimSpace(c), quoted) {
			return context, nil
		}
		if trimmed := bytes.TrimSpace(c); len(trimmed) > 0 && trimmed[0] == '{' && at == len(list) {
			at = i // terms of one's own come last
		}
	}
	list = append(list[:at:at], append([]json.RawMessage{quoted}, list[at:]...)...)
	return json.Marshal(list)
}

// encode writes without escaping what HTML would mind: others sign what they read.
func encode(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}
