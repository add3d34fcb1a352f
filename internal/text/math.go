package text

import "strings"

// maxMathDepth is how deep elements of a formula are followed; annotations stand three deep.
const maxMathDepth = 32

// math reads a formula for the text that stands for it: <math><semantics>…<annotation> (FEP-dc88).
type math struct {
	block      bool     // shown on lines of its own
	inside     []string // open elements within <math>
	over       int      // open elements beyond maxMathDepth
	started    bool     // the first child was seen
	semantic   bool     // and it was <semantics>, which alone counts
	reading    *strings.Builder
	tex, plain *strings.Builder
}

func (m *math) start(name string, a attributes, closed bool) {
	if len(m.inside) == 0 {
		m.semantic = !m.started && name == "semantics"
		m.started = true
	}
	if closed {
		return
	}
	if len(m.inside) == maxMathDepth {
		m.over++
		return
	}
	m.inside = append(m.inside, name)
	if !m.semantic || len(m.inside) != 2 || name != "annotation" {
		return
	}
	switch encoding := string(a.encoding); {
	case encoding == "application/x-tex" && m.tex == nil:
		m.tex = &strings.Builder{}
		m.reading = m.tex
	case encoding == "text/plain" && m.plain == nil:
		m.plain = &strings.Builder{}
		m.reading = m.plain
	}
}

func (m *math) text(b []byte) {
	if m.reading != nil {
		m.reading.Write(b)
	}
}

// end closes name and says whether that was the formula itself.
func (m *math) end(name string) bool {
	if name == "math" {
		return true
	}
	if m.over > 0 {
		m.over--
		return false
	}
	for i := len(m.inside) - 1; i >= 0; i-- {
		if m.inside[i] == name {
			m.inside = m.inside[:i]
			break
		}
	}
	if len(m.inside) < 2 {
		m.reading = nil
	}
	return false
}

// String is the text that stands for the formula: TeX between dollars, else what it says in plain
// words, else nothing.
func (m *math) String() string {
	switch {
	case m.tex != nil && m.block:
		return "$$" + m.tex.String() + "$$"
	case m.tex != nil:
		return "$" + m.tex.String() + "$"
	case m.plain != nil:
		return m.plain.String()
	}
	return ""
}
