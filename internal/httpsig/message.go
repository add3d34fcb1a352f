package httpsig

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// parseMessage reads the one signature of Signature-Input and Signature (RFC 9421 §4).
func parseMessage(r *http.Request, inputs []string) (*parsed, error) {
	input, value, err := oneSignature(inputs, r.Header.Values("Signature"))
	if err != nil {
		return nil, err
	}
	s := &Signature{Scheme: RFC9421, value: value}
	if err := s.messageParams(input.params); err != nil {
		return nil, err
	}
	covered := make(map[string]bool, len(input.inner))
	seen := make(map[string]bool, len(input.inner))
	for _, c := range input.inner {
		name, isText := c.value.(string)
		var id strings.Builder
		writeItem(&id, c)
		if !isText || seen[id.String()] || name != strings.ToLower(name) {
			return nil, refuse(Malformed, "Signature-Input names a component twice or wrongly")
		}
		seen[id.String()] = true
		if len(c.params) == 0 { // one member of a header is not the header
			covered[name] = true
		}
	}
	schemes := []string{"https", "http"} // who answers behind a proxy does not see which
	if r.TLS != nil || !covered["@target-uri"] && !covered["@scheme"] {
		schemes = schemes[:1]
	}
	for _, scheme := range schemes {
		base, err := messageBase(r, scheme, input)
		if err != nil {
			return nil, err
		}
		s.bases = append(s.bases, base)
	}
	if covered["content-digest"] {
		s.digests = r.Header.Values("Content-Digest")
	}
	return &parsed{sig: s, covered: covered}, nil
}

func oneSignature(inputs, values []string) (input item, value []byte, err error) {
	in, sig := strings.Join(inputs, ","), strings.Join(values, ",")
	if len(in) > maxHeader || len(sig) > maxHeader {
		return item{}, nil, refuse(Malformed, "Signature headers are too long")
	}
	ins, err := parseDictionary(in)
	if err != nil {
		return item{}, nil, refuse(Malformed, "Signature-Input header cannot be read")
	}
	sigs, err := parseDictionary(sig)
	if err != nil {
		return item{}, nil, refuse(Malformed, "Signature header cannot be read")
	}
	if len(ins) != 1 || len(sigs) != 1 || ins[0].key != sigs[0].key {
		return item{}, nil, refuse(Malformed, "Request has not exactly one signature")
	}
	value, isBytes := sigs[0].item.value.([]byte)
	if !isBytes || !ins[0].item.isList {
		return item{}, nil, refuse(Malformed, "Signature headers are not what RFC 9421 has")
	}
	if len(ins[0].item.inner) > maxComponents || len(ins[0].item.params) > maxParams {
		return item{}, nil, refuse(Malformed, "Signature covers too much")
	}
	return ins[0].item, value, nil
}

func (s *Signature) messageParams(ps params) error {
	for _, p := range ps {
		text, isText := p.value.(string)
		number, isNumber := p.value.(int64)
		good := true
		switch p.key {
		case "keyid":
			s.KeyID, good = text, isText
		case "alg":
			s.Algorithm, good = text, isText
		case "created":
			s.Created, good = time.Unix(number, 0), isNumber && number >= 0 && number <= maxUnix
		case "expires":
			s.Expires, good = time.Unix(number, 0), isNumber && number >= 0 && number <= maxUnix
		}
		if !good {
			return refuse(Malformed, "Signature parameter %s cannot be read", p.key)
		}
	}
	if s.KeyID == "" {
		return refuse(Malformed, "Signature has no keyid parameter")
	}
	return goodKeyID(s.KeyID)
}

// messageBase makes the text that is signed (RFC 9421 §2.5).
func messageBase(r *http.Request, scheme string, input item) (string, error) {
	var b strings.Builder
	for _, c := range input.inner {
		v, err := component(r, scheme, c)
		if err != nil {
			return "", err
		}
		writeItem(&b, c)
		b.WriteString(": ")
		b.WriteString(v)
		b.WriteByte('\n')
	}
	b.WriteString(`"@signature-params": `)
	writeItem(&b, input)
	return b.String(), nil
}

// component gives the value of a component of a request (RFC 9421 §2.1, §2.2).
func component(r *http.Request, scheme string, c item) (string, error) {
	name := c.value.(string) // parseMessage saw to it
	if !strings.HasPrefix(name, "@") {
		return field(r, name, c.params)
	}
	unknown := refuse(Unsupported, "Signature covers %q, which is not known here", clip(name))
	if name == "@query-param" {
		return queryParam(r, c.params)
	}
	if len(c.params) > 0 {
		return "", unknown
	}
	whole, path := target(r)
	switch name {
	case "@method":
		return r.Method, nil
	case "@target-uri":
		return scheme + "://" + host(r) + whole, nil
	case "@authority":
		return authority(scheme, host(r)), nil
	case "@scheme":
		return scheme, nil
	case "@request-target":
		return whole, nil
	case "@path":
		return path, nil
	case "@query":
		return "?" + strings.TrimPrefix(whole[len(path):], "?"), nil
	}
	return "", unknown
}

// authority is the host in lower case, without the port that its scheme implies.
func authority(scheme, host string) string {
	host = strings.ToLower(host)
	if scheme == "https" {
		return strings.TrimSuffix(host, ":443")
	}
	return strings.TrimSuffix(host, ":80")
}

func queryParam(r *http.Request, ps params) (string, error) {
	name, _ := ps.get("name")
	text, isText := name.(string)
	if !isText || len(ps) != 1 {
		return "", refuse(Malformed, "@query-param has no name")
	}
	whole, path := target(r)
	want, err := url.QueryUnescape(text)
	if err != nil {
		return "", refuse(Malformed, "@query-param has a name that cannot be read")
	}
	values, err := url.ParseQuery(strings.TrimPrefix(whole[len(path):], "?"))
	if err != nil || len(values[want]) != 1 {
		return "", refuse(Weak, "@query-param %q is not there once", clip(text))
	}
	return strings.ReplaceAll(url.QueryEscape(values[want][0]), "+", "%20"), nil
}

// field gives the value of a header, whole, byte-wrapped (bs), reserialized (sf) or one member of it (key).
func field(r *http.Request, name string, ps params) (string, error) {
	value, there := header(r, name)
	if !there {
		return "", refuse(Weak, "Signature covers %q, which is not there", clip(name))
	}
	if len(ps) == 0 {
		return value, nil
	}
	if len(ps) > 1 {
		return "", refuse(Unsupported, "Signature covers %q in a way that is not known here", clip(name))
	}
	var b strings.Builder
	switch ps[0].key {
	case "bs":
		for i, v := range r.Header.Values(name) {
			if i > 0 {
				b.WriteString(", ")
			}
			writeBare(&b, []byte(strings.TrimSpace(v)))
		}
		return b.String(), nil
	case "sf":
		members, err := parseDictionary(value)
		if err != nil || !dictionaryField(name) {
			return "", refuse(Unsupported, "Header %q is not known to be a dictionary", clip(name))
		}
		writeDictionary(&b, members)
		return b.String(), nil
	case "key":
		key, isText := ps[0].value.(string)
		members, err := parseDictionary(value)
		if err != nil || !isText {
			return "", refuse(Malformed, "Header %q is no dictionary", clip(name))
		}
		for _, m := range members {
			if m.key == key {
				writeItem(&b, m.item)
				return b.String(), nil
			}
		}
		return "", refuse(Weak, "Signature covers a part of %q, which is not there", clip(name))
	}
	return "", refuse(Unsupported, "Signature covers %q in a way that is not known here", clip(name))
}

// dictionaryField tells the headers that are dictionaries and may be signed so.
func dictionaryField(name string) bool {
	switch name {
	case "content-digest", "repr-digest", "want-content-digest", "signature", "signature-input", "accept-signature", "priority":
		return true
	}
	return false
}

func encode64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
