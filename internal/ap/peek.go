package ap

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// Envelope is what a door must know of an activity before it is read whole.
type Envelope struct {
	ID, Type string
	Actor    string // id, "" when there is none; of several the first
	Object   string // id of what it acts on; of several the first
	Signed   bool   // a signature or proof stands in it
}

// Peek reads an activity's envelope in one pass, and refuses what Parse would refuse for its form: so that both mean
// the same activity by the same bytes.
func Peek(b []byte) (e Envelope, err error) {
	if len(b) > maxDocument {
		return e, refused("the document is larger than %d bytes", maxDocument)
	}
	p := parser{b: b, dec: jsontext.NewDecoder(bytes.NewBuffer(b))}
	if p.dec.PeekKind() != '{' {
		return e, refused("the document is not an object")
	}
	if e, err = p.envelope(); err != nil {
		return e, unreadable(err)
	}
	if len(bytes.Trim(b[p.dec.InputOffset():], " \t\r\n")) > 0 {
		return e, refused("there is more after the document")
	}
	return e, nil
}

func (p *parser) envelope() (e Envelope, err error) {
	if _, err := p.enter(); err != nil {
		return e, err
	}
	var o Object
	for p.dec.PeekKind() == '"' {
		name, err := p.name()
		if err != nil {
			return e, err
		}
		switch string(name) {
		case "id":
			_, err = p.field(&o, name, nil)
		case "type":
			err = p.types(&o)
		case "actor":
			e.Actor, err = p.named()
		case "object":
			e.Object, err = p.named()
		case "signature", "proof":
			e.Signed = true
			err = p.skip()
		default:
			err = p.skip()
		}
		if err != nil {
			return e, err
		}
	}
	if _, err := p.leave(); err != nil {
		return e, err
	}
	e.ID, e.Type = o.ID, o.Type
	return e, nil
}

// named is the id of what follows: a string, an object's, or the first of a list's.
func (p *parser) named() (id string, err error) {
	err = p.each(func() error {
		var found string
		var err error
		switch p.dec.PeekKind() {
		case '"':
			found, err = p.text()
			found = address(found)
		case '{':
			found, err = p.idWithin()
		default:
			return p.skip()
		}
		if id == "" {
			id = found
		}
		return err
	})
	return id, err
}

func (p *parser) idWithin() (id string, err error) {
	if _, err := p.enter(); err != nil {
		return "", err
	}
	for p.dec.PeekKind() == '"' {
		name, err := p.name()
		if err != nil {
			return "", err
		}
		if string(name) != "id" {
			if err := p.skip(); err != nil {
				return "", err
			}
			continue
		}
		if id, err = p.address(); err != nil {
			return "", err
		}
	}
	_, err = p.leave()
	return id, err
}
