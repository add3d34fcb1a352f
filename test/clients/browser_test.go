package clients

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// A browser is one person's: it keeps cookies, follows links home and fills in forms, hidden fields included. It
// runs no scripts.
type browser struct {
	home     string // the server's address
	name     string // whose browser
	password string // what they type
	deny     bool   // they say no to the app
	http     http.Client
}

func newBrowser(home, name string) (*browser, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	b := &browser{home: home, name: name, password: password, http: http.Client{Jar: jar, Timeout: time.Minute}}
	b.http.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if !b.athome(r.URL) { // an app's own address: nobody listens there
			return http.ErrUseLastResponse
		}
		if len(via) > 10 {
			return errors.New("redirects without end")
		}
		return nil
	}
	return b, nil
}

func (b *browser) athome(u *url.URL) bool { return u.Scheme+"://"+u.Host == b.home }

// A page is what the browser shows, or where it was sent away to.
type page struct {
	at   *url.URL
	away *url.URL
	root *html.Node
}

// pagesToCode bounds the way from an app's link to its code: sign in, consent, code.
const pagesToCode = 5

// authorize opens an app's link, signs in if asked, allows what the app wants, and gives the code that the page
// shows or that the app's address is sent.
func (b *browser) authorize(link string) (code string, err error) {
	asked, err := url.Parse(link)
	if err != nil {
		return "", err
	}
	if !b.athome(asked) {
		return "", fmt.Errorf("the app sends %s to %s, which is not the server %s", b.name, link, b.home)
	}
	p, err := b.open(http.MethodGet, asked, nil, nil)
	if err != nil {
		return "", err
	}
	for range pagesToCode {
		if p.away != nil {
			return sentCode(asked, p.away)
		}
		if code := p.shownCode(); code != "" {
			return code, nil
		}
		fill := map[string]string{}
		form := p.form(func(f *html.Node) bool {
			secret := find(f, func(n *html.Node) bool { return n.Data == "input" && attr(n, "type") == "password" })
			named := find(f, func(n *html.Node) bool {
				return n.Data == "input" && (attr(n, "type") == "text" || attr(n, "type") == "email")
			})
			if secret == nil || named == nil {
				return false
			}
			fill = map[string]string{attr(named, "name"): b.name + "@example.org", attr(secret, "name"): b.password}
			return true
		})
		if form == nil {
			form = p.form(func(f *html.Node) bool {
				return strings.HasPrefix(attr(f, "action"), "/oauth/authorize") && (attr(f, "id") == "deny") == b.deny
			})
		}
		if form == nil {
			return "", fmt.Errorf("%s sees neither a sign-in nor a consent form nor a code at %s:\n%s", b.name, p.at, text(p.root))
		}
		if p, err = b.submit(p, form, fill); err != nil {
			return "", err
		}
	}
	return "", fmt.Errorf("%s comes to no code, but again to %s:\n%s", b.name, p.at, text(p.root))
}

// sentCode reads the address that the browser was sent to: it must be the app's, and bring its state back.
func sentCode(asked, away *url.URL) (string, error) {
	q := asked.Query()
	got := away.Query()
	switch {
	case !strings.HasPrefix(away.String(), q.Get("redirect_uri")+"?"):
		return "", fmt.Errorf("sent to %s, and not to the app's %s", away, q.Get("redirect_uri"))
	case got.Get("state") != q.Get("state"):
		return "", fmt.Errorf("sent to %s, but the app's state was %q", away, q.Get("state"))
	case got.Get("code") == "":
		return "", fmt.Errorf("sent to %s without a code: %s", away, got.Get("error"))
	}
	return got.Get("code"), nil
}

// shownCode is the code that a page shows to be copied into the app.
func (p *page) shownCode() string {
	n := find(p.root, func(n *html.Node) bool { return n.Data == "input" && has(n, "readonly") })
	if n == nil || p.form(func(f *html.Node) bool { return within(n, f) }) != nil {
		return ""
	}
	return attr(n, "value")
}

func (p *page) form(is func(*html.Node) bool) *html.Node {
	return find(p.root, func(n *html.Node) bool { return n.Data == "form" && is(n) })
}

// submit sends a form as pressing its button does.
func (b *browser) submit(p *page, form *html.Node, fill map[string]string) (*page, error) {
	action, err := p.at.Parse(attr(form, "action"))
	if err != nil {
		return nil, err
	}
	if !b.athome(action) || !strings.EqualFold(attr(form, "method"), http.MethodPost) {
		return nil, fmt.Errorf("the form at %s is sent with %s to %s", p.at, attr(form, "method"), action)
	}
	values := url.Values{}
	each(form, func(n *html.Node) {
		name, value := attr(n, "name"), attr(n, "value")
		tick := slices.Contains([]string{"checkbox", "radio"}, attr(n, "type"))
		if n.Data != "input" || name == "" || tick && !has(n, "checked") {
			return
		}
		if filled, ok := fill[name]; ok {
			value = filled
		}
		values.Add(name, value)
	})
	return b.open(http.MethodPost, action, values, p.at)
}

// longestPage bounds what is read of a page: ours have a few kilobytes.
const longestPage = 1 << 20

func (b *browser) open(method string, to *url.URL, form url.Values, from *url.URL) (*page, error) {
	r, err := http.NewRequest(method, to.String(), strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", b.home)
		r.Header.Set("Referer", from.String())
	}
	res, err := b.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if away, err := res.Location(); err == nil && !b.athome(away) {
		return &page{away: away}, nil
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, longestPage))
	if err != nil {
		return nil, err
	}
	if kind := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || !strings.HasPrefix(kind, "text/html") {
		return nil, fmt.Errorf("%s %s: %s, %s:\n%s", method, to, res.Status, kind, body)
	}
	root, err := html.Parse(strings.NewReader(string(body)))
	if err != nil {
		return nil, err
	}
	return &page{at: res.Request.URL, root: root}, nil
}

func each(n *html.Node, visit func(*html.Node)) {
	for c := range n.Descendants() {
		if c.Type == html.ElementNode {
			visit(c)
		}
	}
}

// find is the first element that is what was sought, or nil.
func find(n *html.Node, is func(*html.Node) bool) *html.Node {
	for c := range n.Descendants() {
		if c.Type == html.ElementNode && is(c) {
			return c
		}
	}
	return nil
}

func within(n, parent *html.Node) bool { return slices.Contains(slices.Collect(n.Ancestors()), parent) }

func has(n *html.Node, key string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// text is what a person would read, for messages.
func text(n *html.Node) string {
	var words []string
	for c := range n.Descendants() {
		if c.Type == html.TextNode && c.Parent.Data != "style" && c.Parent.Data != "script" {
			words = append(words, strings.Fields(c.Data)...)
		}
	}
	return strings.Join(words, " ")
}
