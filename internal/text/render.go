package text

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// Links says where the mentions and hashtags of a text lead.
type Links struct {
	// Mention gives the web page and the acct (user, or user@domain) of whom a mention names;
	// not ok leaves the mention as the text it is. Nil leaves all of them.
	Mention func(Piece) (page, acct string, ok bool)
	// Tags is what stands before a hashtag's name in its URL: "https://example.org/tags/".
	// "" leaves hashtags as text.
	Tags string
	// WithDomains shows user@domain where otherwise the user alone is shown.
	WithDomains bool

	relMe bool
}

// maxShown is how many characters of a link are shown after its scheme: Mastodon's thirty.
const maxShown = 30

// Render draws a post's text or a profile's note as the HTML Mastodon makes of it: paragraphs,
// line breaks, mentions, hashtags and shortened links.
func Render(source string, links Links) string {
	source = tidy(source)
	if strings.TrimSpace(source) == "" {
		return ""
	}
	d := drawing{out: make([]byte, 0, 2*len(source)+256), links: links, lines: true}
	d.out = append(d.out, "<p>"...)
	d.draw(source)
	return string(append(d.out, "</p>"...))
}

// RenderField draws the value of a profile field: one line, whole handles, and links that claim
// rel="me" so that the page they lead to can confirm them.
func RenderField(source string, links Links) string {
	source = tidy(source)
	if strings.TrimSpace(source) == "" {
		return ""
	}
	links.relMe, links.WithDomains = true, true
	d := drawing{out: make([]byte, 0, 2*len(source)+256), links: links}
	d.draw(source)
	return string(d.out)
}

type drawing struct {
	out   []byte
	links Links
	lines bool // newlines mean something
	begun bool // something stands in the first paragraph
	gap   int  // newlines seen and not yet drawn
}

// resolved is whom a mention names: page "" for nobody known.
type resolved struct {
	page, shown string
}

func (d *drawing) draw(source string) {
	found := Parse(source)
	people := d.people(found)
	at := 0
	for i, p := range found {
		d.text(source[at:p.Start])
		at = p.End
		d.breaks()
		switch p.Kind {
		case Mention:
			if people != nil && people[i].page != "" {
				d.mention(people[i])
				continue
			}
		case Hashtag:
			if d.links.Tags != "" {
				d.hashtag(p.Name)
				continue
			}
		case Link:
			d.link(p.Name)
			continue
		}
		d.text(source[p.Start:p.End])
	}
	d.text(source[at:])
}

// people asks whom the mentions name, before anything is drawn: two of the same username must both
// be shown with their domains.
func (d *drawing) people(found Found) []resolved {
	if d.links.Mention == nil {
		return nil
	}
	people := make([]resolved, len(found))
	namesakes := map[string]string{} // username -> the only acct that bears it, "" for several
	for i, p := range found {
		if p.Kind != Mention {
			continue
		}
		page, acct, ok := d.links.Mention(p)
		if !ok || !webPage(page) { // a remote account says what its page is; it may say javascript:
			continue
		}
		people[i] = resolved{page, acct}
		acct = strings.ToLower(acct)
		name, _, _ := strings.Cut(acct, "@")
		if other, seen := namesakes[name]; seen && other != acct {
			acct = ""
		}
		namesakes[name] = acct
	}
	for i, who := range people {
		name, _, _ := strings.Cut(who.shown, "@")
		if !d.links.WithDomains && namesakes[strings.ToLower(name)] != "" {
			people[i].shown = name
		}
	}
	return people
}

func webPage(u string) bool {
	return len(u) > 8 && (strings.EqualFold(u[:8], "https://") || strings.EqualFold(u[:7], "http://"))
}

// text draws words, with newlines gathered until it is known what follows them.
func (d *drawing) text(s string) {
	for d.lines && s != "" {
		line, rest, cut := strings.Cut(s, "\n")
		if line != "" {
			d.breaks()
			d.out = escape(d.out, line)
		}
		if !cut {
			return
		}
		d.gap++
		s = rest
	}
	d.out = escape(d.out, s)
}

// breaks draws the newlines gathered: one breaks the line, more begin a paragraph.
func (d *drawing) breaks() {
	switch {
	case !d.begun || d.gap == 0:
	case d.gap == 1:
		d.out = append(d.out, "<br />"...)
	default:
		d.out = append(d.out, "</p><p>"...)
	}
	d.begun, d.gap = true, 0
}

func (d *drawing) mention(who resolved) {
	d.out = append(d.out, `<span class="h-card" translate="no"><a href="`...)
	d.out = escape(d.out, who.page)
	d.out = append(d.out, `" class="u-url mention">@<span>`...)
	d.out = escape(d.out, who.shown)
	d.out = append(d.out, `</span></a></span>`...)
}

func (d *drawing) hashtag(name string) {
	d.out = append(d.out, `<a href="`...)
	d.out = escape(d.out, d.links.Tags)
	d.out = append(d.out, url.PathEscape(name)...)
	d.out = append(d.out, `" class="mention hashtag" rel="tag">#<span>`...)
	d.out = escape(d.out, name)
	d.out = append(d.out, `</span></a>`...)
}

// link draws a URL with its scheme and its tail hidden. The hidden parts are still text, so copying
// the link copies all of it.
func (d *drawing) link(u string) {
	shown := u
	for _, scheme := range []string{"https://", "http://"} {
		if strings.HasPrefix(u, scheme) {
			shown = strings.TrimPrefix(u[len(scheme):], "www.")
			break
		}
	}
	prefix := u[:len(u)-len(shown)]
	cut, tail := shortened(shown)
	d.out = append(d.out, `<a href="`...)
	d.out = escape(d.out, u)
	d.out = append(d.out, `" target="_blank" rel="nofollow noopener`...)
	if d.links.relMe {
		d.out = append(d.out, " me"...)
	}
	d.out = append(d.out, `" translate="no"><span class="invisible">`...)
	d.out = append(d.out, prefix...)
	d.out = append(d.out, `</span><span class="`...)
	if tail != "" {
		d.out = append(d.out, "ellipsis"...)
	}
	d.out = append(d.out, `">`...)
	d.out = escape(d.out, cut)
	d.out = append(d.out, `</span><span class="invisible">`...)
	d.out = escape(d.out, tail)
	d.out = append(d.out, `</span></a>`...)
}

// shortened cuts after thirty characters, unless only one would be hidden: the ellipsis is as wide.
func shortened(s string) (shown, tail string) {
	if len(s) <= maxShown {
		return s, ""
	}
	n := 0
	for i := range s {
		if n == maxShown {
			if utf8.RuneCountInString(s[i:]) == 1 {
				break
			}
			return s[:i], s[i:]
		}
		n++
	}
	return s, ""
}
