package proof

import (
	"context"
	"embed"
	"errors"
	"sync"

	"github.com/piprate/json-gold/ld"
)

// Bounds of contexts of others that have to be fetched to know what a document says.
const (
	maxContext    = 64 << 10 // the largest known has 40 KB
	maxRemote     = 4        // a document
	maxRemembered = 64       // contexts
	maxLoaded     = 64       // a document, known ones too: one that names itself would be read until the stack ends
)

// bundled are the contexts that nearly all documents have: W3C's (Software and Document Licence) and the Web Payments
// group's (public domain).
//
//go:embed contexts
var bundled embed.FS

// bundledFile is the file of a context that need not be fetched.
func bundledFile(url string) string {
	switch url {
	case "https://www.w3.org/ns/activitystreams", "http://www.w3.org/ns/activitystreams",
		"https://www.w3.org/ns/activitystreams.jsonld":
		return "contexts/activitystreams.jsonld"
	case "https://w3id.org/security/v1", "http://w3id.org/security/v1":
		return "contexts/security-v1.jsonld"
	case identityContext, "http://w3id.org/identity/v1":
		return "contexts/identity-v1.jsonld"
	case "https://w3id.org/security/data-integrity/v1":
		return "contexts/data-integrity-v1.jsonld"
	case "https://w3id.org/security/data-integrity/v2":
		return "contexts/data-integrity-v2.jsonld"
	case "https://purl.archive.org/socialweb/webfinger":
		return "contexts/webfinger.jsonld"
	}
	return ""
}

// contexts keeps contexts that were read.
type contexts struct {
	mu    sync.Mutex
	known map[string]any
}

func (c *contexts) get(url string) (any, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	doc, ok := c.known[url]
	return doc, ok
}

func (c *contexts) put(url string, doc any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil || len(c.known) >= maxRemembered {
		c.known = map[string]any{}
	}
	c.known[url] = doc
}

// loader gives contexts to one document's reading.
type loader struct {
	ctx     context.Context
	ld      *LD
	fetched int
	loaded  int
}

var errContext = errors.New("a context that cannot be had")

// LoadDocument is how the JSON-LD library asks.
func (l *loader) LoadDocument(url string) (*ld.RemoteDocument, error) {
	if l.loaded++; l.loaded > maxLoaded {
		return nil, errContext
	}
	if doc, ok := l.ld.contexts.get(url); ok {
		return &ld.RemoteDocument{DocumentURL: url, Document: doc}, nil
	}
	var raw []byte
	var err error
	if file := bundledFile(url); file != "" {
		raw, err = bundled.ReadFile(file)
	} else {
		if l.ld.Fetch == nil || l.fetched >= maxRemote {
			return nil, errContext
		}
		l.fetched++
		raw, err = l.ld.Fetch(l.ctx, url)
	}
	if err != nil {
		return nil, err
	}
	if deepest, objects := shape(raw); len(raw) > maxContext || deepest > maxDepth || objects > maxObjects {
		return nil, errContext
	}
	doc, err := ld.DocumentFromReader(reader(raw))
	if err != nil {
		return nil, err
	}
	l.ld.contexts.put(url, doc)
	return &ld.RemoteDocument{DocumentURL: url, Document: doc}, nil
}
