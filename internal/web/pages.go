package web

import (
	"bytes"
	"embed"
	"errors"
	"html"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"gomphothere/internal/entity"
	"gomphothere/internal/federation"
	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

//go:embed pages
var pageFiles embed.FS

// Pages shows people and what they wrote for everybody, at the addresses that are shared: /@name and /@name/id. They
// need no script. Programs find the ActivityPub documents at the same addresses.
type Pages struct {
	DB        *store.DB
	Site      model.Site
	Draw      entity.Drawer
	Documents *federation.Federation
	Log       *slog.Logger

	templates map[string]*template.Template
}

const (
	pageStatuses = 20 // of a profile; more in apps
	// pageAge is how long browsers keep a page: reading again shows what changed.
	pageAge = "public, max-age=15"
	// stylePath is where what these pages add to the style of sign-in's is.
	stylePath = "/assets/pages.css"
	// shareText is how much of a status is shown where its address is shared (bytes).
	shareText = 500
)

// Ready reads the templates.
func (p *Pages) Ready() error {
	p.templates = map[string]*template.Template{}
	funcs := template.FuncMap{
		"safe": func(s string) template.HTML { return template.HTML(s) }, // stored content was made safe when it came
		"date": func(t model.Time) string { return t.Std().Format("2 January 2006, 15:04 UTC") },
		"iso":  func(t model.Time) string { return t.Std().Format(time.RFC3339) },
		"day":  func(t model.Time) string { return t.Std().Format("January 2006") },
	}
	for _, name := range []string{"profile", "status", "lost"} {
		t, err := template.New(name).Funcs(funcs).ParseFS(pageFiles, "pages/layout.html", "pages/parts.html", "pages/"+name+".html")
		if err != nil {
			return err
		}
		p.templates[name] = t
	}
	return nil
}

// Handler puts the pages before the other doors: their addresses begin with /@, which no other does.
func (p *Pages) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == stylePath {
			w.Header().Set("Content-Type", "text/css; charset=utf-8")
			w.Header().Set("Cache-Control", pictureAge)
			http.ServeFileFS(w, r, pageFiles, "pages/pages.css")
			return
		}
		path, ok := strings.CutPrefix(r.URL.Path, "/@")
		if !ok || r.Method != http.MethodGet && r.Method != http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		name, status, _ := strings.Cut(path, "/")
		if strings.Contains(status, "/") || name == "" {
			next.ServeHTTP(w, r)
			return
		}
		if federation.Wants(r) {
			if status == "" {
				p.Documents.ActorDocument(w, r, name)
			} else {
				p.Documents.StatusDocument(w, r, name, status)
			}
			return
		}
		if err := p.serve(w, r, name, status); err != nil {
			p.lost(w, r, err)
		}
	})
}

// view is what a page shows.
type view struct {
	Site        model.Site
	Style       string
	Title       string
	Description string
	URL         string // canonical
	Document    string // the same for programs
	Image       string
	Kind        string // og:type
	Noindex     bool
	Account     *model.Account
	Avatar      string
	Header      string
	Handle      string
	Post        *post
	Posts       []post
	Text        string
}

// post is a status as a page shows it.
type post struct {
	*model.Status
	Avatar string
	Handle string
	By     string // who shared it, "" when it is their own
	Media  []entity.MediaAttachment
	Quoted *post
}

func (p *Pages) serve(w http.ResponseWriter, r *http.Request, name, status string) error {
	q := p.DB.Read(r.Context())
	a, err := q.AccountByHandle(name, "")
	if err != nil {
		return err
	}
	switch {
	case a.Pending:
		return model.ErrNotFound()
	case a.Suspended():
		return &model.Error{Kind: model.KindGone, Text: "This account is suspended."}
	}
	v := view{
		Site: p.Site, Style: stylePath, Account: a, Handle: "@" + a.Username + "@" + p.Site.Domain, Noindex: a.Noindex,
	}
	drawn := p.Draw.Account(a)
	v.Avatar, v.Header = drawn.Avatar, drawn.Header
	v.Image = v.Avatar
	w.Header().Add("Link", `<`+p.Site.Base+`/.well-known/webfinger?resource=acct%3A`+a.Username+`%40`+p.Site.Domain+`>; rel="lrdd"; type="application/jrd+json"`)
	if status == "" {
		return p.profile(w, q, v)
	}
	return p.status(w, q, v, status)
}

func (p *Pages) profile(w http.ResponseWriter, q *store.Q, v view) error {
	a := v.Account
	v.Kind, v.URL, v.Document = "profile", a.URL, a.URI
	v.Title = named(a) + " (" + v.Handle + ")"
	v.Description = plain(a.Note, shareText)
	ids, err := q.AccountIDs(store.AccountFilter{Account: a.ID, ExcludeReplies: true}, model.Page{Limit: pageStatuses})
	if err != nil {
		return err
	}
	list, err := q.Statuses(ids)
	if err != nil {
		return err
	}
	for _, s := range list {
		shown := s.Shown()
		if shown.Visibility != model.Public && shown.Visibility != model.Unlisted || shown.Account.Suspended() {
			continue
		}
		one := p.post(shown)
		if s != shown {
			one.By = named(a)
		}
		v.Posts = append(v.Posts, one)
	}
	return p.show(w, http.StatusOK, "profile", v)
}

func (p *Pages) status(w http.ResponseWriter, q *store.Q, v view, status string) error {
	id, err := model.ParseID(status)
	if err != nil {
		return err
	}
	s, err := q.StatusFor(nil, id)
	if err != nil {
		return err
	}
	if s.AccountID != v.Account.ID || s.Reblog != nil {
		return model.ErrNotFound()
	}
	one := p.post(s)
	v.Kind, v.URL, v.Document, v.Post = "article", s.URL, s.URI, &one
	text := plain(s.Content, shareText)
	if s.SpoilerText != "" {
		text = s.SpoilerText // what is behind a warning stays behind it
	}
	v.Title = named(v.Account) + ": “" + clip(strings.ReplaceAll(text, "\n", " "), 80) + "”"
	v.Description = text
	if !s.Sensitive && s.SpoilerText == "" {
		for _, m := range one.Media {
			if m.Type == "image" && m.URL != nil {
				v.Image = *m.URL
				break
			}
		}
	}
	return p.show(w, http.StatusOK, "status", v)
}

func (p *Pages) post(s *model.Status) post {
	one := post{Status: s, Avatar: p.Draw.Account(s.Account).Avatar, Handle: "@" + s.Account.Username + "@" + p.Site.Domain}
	if !s.Account.Local() {
		one.Handle = "@" + s.Account.Acct()
	}
	for _, m := range s.Media {
		one.Media = append(one.Media, p.Draw.Media(m))
	}
	if c := s.Quote; c != nil && c.State == "accepted" && c.Quoted != nil && (c.Quoted.Visibility == model.Public || c.Quoted.Visibility == model.Unlisted) {
		inner := *c.Quoted
		inner.Quote = nil
		quoted := p.post(&inner)
		one.Quoted = &quoted
	}
	return one
}

// Share is a poll's share of an option, of a hundred.
func (o post) Share(i int) int64 {
	if o.Poll == nil || i >= len(o.Poll.Tallies) || o.Poll.VotesCount == 0 || o.Poll.HideTotals && o.Poll.ClosedAt == 0 {
		return 0
	}
	return o.Poll.Tallies[i] * 100 / o.Poll.VotesCount
}

// Name is how the author is called.
func (o post) Name() string { return named(o.Account) }

func named(a *model.Account) string {
	if a.DisplayName != "" {
		return a.DisplayName
	}
	return a.Username
}

// lost says why there is nothing.
func (p *Pages) lost(w http.ResponseWriter, r *http.Request, err error) {
	status, text := http.StatusInternalServerError, "Something went wrong here."
	switch model.KindOf(err) {
	case model.KindNotFound:
		status, text = http.StatusNotFound, "There is nothing at this address, or it is not for everybody."
	case model.KindGone:
		status = http.StatusGone
		var e *model.Error
		if errors.As(err, &e) {
			text = e.Text
		}
	default:
		p.Log.Error("page failed", "path", r.URL.Path, "error", err)
	}
	v := view{Site: p.Site, Style: stylePath, Title: "Not here", Text: text, Noindex: true}
	if err := p.show(w, status, "lost", v); err != nil {
		p.Log.Error("page failed", "path", r.URL.Path, "error", err)
	}
}

func (p *Pages) show(w http.ResponseWriter, status int, name string, v view) error {
	var b bytes.Buffer
	if err := p.templates[name].ExecuteTemplate(&b, "layout", v); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Vary", "Accept")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' https: data:; media-src 'self' https:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	if status == http.StatusOK {
		h.Set("Cache-Control", pageAge)
	}
	if v.Document != "" {
		h.Add("Link", `<`+v.Document+`>; rel="alternate"; type="application/activity+json"`)
	}
	w.WriteHeader(status)
	_, err := w.Write(b.Bytes())
	if err != nil {
		p.Log.Debug("browser went away", "error", err)
	}
	return nil
}

// plain is the text of content, which was made safe before, in at most so many bytes.
func plain(content string, most int) string {
	content = strings.NewReplacer("</p>", "\n", "<br>", "\n", "<br/>", "\n", "<br />", "\n", "</li>", "\n").Replace(content)
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(content, "<")
		b.WriteString(before)
		if !found {
			break
		}
		_, content, _ = strings.Cut(rest, ">")
	}
	return clip(strings.TrimSpace(html.UnescapeString(b.String())), most)
}

// clip cuts a text between two characters.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	cut := 0
	for i := range s {
		if i > most {
			break
		}
		cut = i
	}
	return s[:cut] + "…"
}
