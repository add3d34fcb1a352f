package fetch

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"net/url"
	"strings"

	"gomphothere/internal/model"
	"gomphothere/internal/text"
)

// maxFinger bounds WebFinger's, host-meta's and NodeInfo's documents: real ones have 2 KB.
const maxFinger = 64 << 10

// Finger is what a host says of a handle (RFC 7033).
type Finger struct {
	Acct    text.Acct // the subject: the handle as its own host writes it
	Self    string    // the actor's URI
	Selves  []Self    // all actors of that name: Lemmy lets a community and a person share one
	Aliases []string
	Profile string // web page
}

// Self is an actor of a name.
type Self struct {
	URI  string
	Type string // Person, Group …; "": not said
}

// maxSelves bounds what is kept of a document.
const maxSelves = 16

// WebFinger looks a handle up (user@domain, with or without @ or acct: before it). A subject that is another handle is
// asked once in turn and has to confirm itself. That the actor leads back to the handle is the caller's to check.
func (c *Client) WebFinger(ctx context.Context, acct string) (*Finger, error) {
	who, ok := text.ParseAcct(strings.TrimPrefix(acct, "acct:"))
	if !ok || who.Domain == "" {
		return nil, network(acct, refused("%q is no handle", clip(acct)))
	}
	return share(ctx, c, "finger "+strings.ToLower(who.String()), func(ctx context.Context) (*Finger, error) {
		f, err := c.finger(ctx, who)
		if err != nil || same(f.Acct, who) {
			return f, err
		}
		named := f.Acct
		if f, err = c.finger(ctx, named); err != nil {
			return nil, err
		}
		if !same(f.Acct, named) {
			return nil, network(acct, refused("%s leads to %s and that to %s", who, named, f.Acct))
		}
		return f, nil
	})
}

func same(a, b text.Acct) bool {
	return strings.EqualFold(a.Username, b.Username) && strings.EqualFold(a.Domain, b.Domain)
}

func (c *Client) finger(ctx context.Context, who text.Acct) (*Finger, error) {
	base := c.base(who.Domain)
	resource := "acct:" + who.String()
	a, err := c.Get(ctx, base+"/.well-known/webfinger?resource="+resource, "application/jrd+json, application/json", maxFinger)
	if model.KindOf(err) == model.KindNotFound {
		a, err = c.fingerByHostMeta(ctx, base, resource, err)
	}
	if err != nil {
		return nil, err
	}
	f, err := parseFinger(a.Body)
	if err != nil {
		return nil, network(a.URL, err)
	}
	return f, nil
}

// base is how a host of a handle is asked: development speaks plain http.
func (c *Client) base(domain string) string {
	if c.o.Development {
		return "http://" + domain
	}
	return "https://" + domain
}

// fingerByHostMeta asks where WebFinger is, for hosts that have it elsewhere (RFC 6415).
func (c *Client) fingerByHostMeta(ctx context.Context, base, resource string, missing error) (*Answer, error) {
	a, err := c.Get(ctx, base+"/.well-known/host-meta", "application/xrd+xml, application/xml, text/xml", maxFinger)
	if err != nil {
		if model.KindOf(err) == model.KindUnavailable {
			return nil, err
		}
		return nil, missing
	}
	template := parseHostMeta(a.Body)
	if template == "" {
		return nil, missing
	}
	return c.Get(ctx, strings.ReplaceAll(template, "{uri}", url.QueryEscape(resource)), "application/jrd+json, application/json", maxFinger)
}

// parseHostMeta gives the template of the link lrdd, "" when there is none.
func parseHostMeta(body []byte) string {
	var xrd struct {
		Links []struct {
			Rel      string `xml:"rel,attr"`
			Template string `xml:"template,attr"`
		} `xml:"Link"`
	}
	if err := xml.Unmarshal(body, &xrd); err != nil {
		return ""
	}
	for _, l := range xrd.Links {
		if l.Rel == "lrdd" && strings.Contains(l.Template, "{uri}") && len(l.Template) <= maxURL {
			return l.Template
		}
	}
	return ""
}

// parseFinger reads a JRD.
func parseFinger(body []byte) (*Finger, error) {
	var jrd struct {
		Subject string   `json:"subject"`
		Aliases []string `json:"aliases"`
		Links   []struct {
			Rel        string         `json:"rel"`
			Type       string         `json:"type"`
			Href       string         `json:"href"`
			Properties map[string]any `json:"properties"`
		} `json:"links"`
	}
	if err := json.Unmarshal(body, &jrd); err != nil {
		return nil, &model.Error{Kind: model.KindInvalid, Text: "The answer is no WebFinger document", Cause: err}
	}
	f := &Finger{Aliases: jrd.Aliases[:min(len(jrd.Aliases), maxSelves)]}
	var ok bool
	if f.Acct, ok = text.ParseAcct(strings.TrimPrefix(jrd.Subject, "acct:")); !ok || f.Acct.Domain == "" {
		return nil, model.Invalidf("The subject %q is no handle", clip(jrd.Subject))
	}
	for _, l := range jrd.Links {
		switch {
		case len(l.Href) > maxURL:
		case l.Rel == "self" && Streams(l.Type) && l.Href != "" && len(f.Selves) < maxSelves:
			kind, _ := l.Properties[streams+"#type"].(string)
			f.Selves = append(f.Selves, Self{URI: l.Href, Type: clip(kind)})
		case l.Rel == "http://webfinger.net/rel/profile-page" && f.Profile == "":
			f.Profile = l.Href
		}
	}
	if len(f.Selves) == 0 {
		return nil, model.Invalidf("%s has no actor", f.Acct)
	}
	f.Self = f.Selves[0].URI
	return f, nil
}
