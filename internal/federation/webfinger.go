package federation

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"gomphothere/internal/ap"
	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// How long others may keep what WebFinger says (Mastodon's): who is here seldom moves; who is not may come.
const (
	fingerAge = 3 * 24 * time.Hour
	missAge   = 3 * time.Minute
)

// finger is a JSON resource descriptor (RFC 7033 §4.4).
type finger struct {
	Subject string       `json:"subject,omitempty"`
	Aliases []string     `json:"aliases,omitempty"`
	Links   []fingerLink `json:"links"`
}

type fingerLink struct {
	Rel      string `json:"rel"`
	Type     string `json:"type,omitempty"`
	Href     string `json:"href,omitempty"`
	Template string `json:"template,omitempty"`
}

// webfinger answers where an account of ours is (RFC 7033): asked for by handle, by its actor's address or its page's.
func (f *Federation) webfinger(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	query := r.URL.Query()
	a, err := f.fingered(r, query.Get("resource"))
	if err != nil {
		status := http.StatusInternalServerError
		switch model.KindOf(err) {
		case model.KindBadRequest:
			status = http.StatusBadRequest
		case model.KindNotFound:
			status = http.StatusNotFound
		case model.KindGone:
			status = http.StatusGone
		default:
			f.Log.Error("webfinger failed", "error", err)
		}
		if status != http.StatusInternalServerError {
			h.Set("Cache-Control", "public, max-age="+strconv.Itoa(int(missAge.Seconds())))
		}
		w.WriteHeader(status)
		return
	}
	doc := f.fingerOf(a)
	if rels := query["rel"]; len(rels) > 0 { // RFC 7033 §4.3
		doc.Links = slices.DeleteFunc(doc.Links, func(l fingerLink) bool { return !slices.Contains(rels, l.Rel) })
	}
	h.Set("Cache-Control", "public, max-age="+strconv.Itoa(int(fingerAge.Seconds())))
	f.writeJSON(w, "application/jrd+json; charset=utf-8", doc)
}

// fingered finds whom a resource means.
func (f *Federation) fingered(r *http.Request, resource string) (*model.Account, error) {
	if resource == "" || len(resource) > 2048 {
		return nil, model.BadRequestf("resource is missing")
	}
	q := f.DB.Read(r.Context())
	if ap.Host(resource) != "" {
		return f.fingeredByAddress(r, q, resource)
	}
	handle := strings.TrimPrefix(strings.TrimPrefix(resource, "acct:"), "@")
	name, host, ok := strings.Cut(handle, "@")
	if !ok || name == "" || host == "" {
		return nil, model.BadRequestf("resource is no handle and no address")
	}
	web := ap.Host(f.Site.Base)
	if host = ap.Host("https://" + host); host != f.Site.Domain && host != web {
		return nil, model.ErrNotFound()
	}
	if name == f.Site.Domain || name == web {
		return f.Social.InstanceActor(r.Context())
	}
	return f.fingeredByName(q, name)
}

// fingeredByAddress knows actors by their ids, whatever scheme made them, and by the addresses of their pages.
func (f *Federation) fingeredByAddress(r *http.Request, q *store.Q, resource string) (*model.Account, error) {
	if ap.Host(resource) != ap.Host(f.Site.Base) {
		return nil, model.ErrNotFound()
	}
	u, err := url.Parse(resource)
	if err != nil {
		return nil, model.BadRequestf("resource is no address")
	}
	path := strings.TrimSuffix(u.Path, "/")
	if path == "" || path == "/actor" {
		return f.Social.InstanceActor(r.Context())
	}
	if id, ok := strings.CutPrefix(path, "/ap/users/"); ok {
		n, err := model.ParseID(id)
		if err != nil {
			return nil, err
		}
		a, err := q.Account(n)
		if err != nil {
			return nil, goneBy(q, f.Site.Base+path, err)
		}
		return here(a)
	}
	for _, prefix := range []string{"/users/", "/@"} {
		if name, ok := strings.CutPrefix(path, prefix); ok && !strings.Contains(name, "/") {
			a, err := f.fingeredByName(q, name)
			return a, goneBy(q, f.Site.Base+"/users/"+name, err)
		}
	}
	return nil, model.ErrNotFound()
}

func (f *Federation) fingeredByName(q *store.Q, name string) (*model.Account, error) {
	a, err := f.local(q, name)
	if err != nil {
		return nil, err
	}
	return here(a)
}

// here refuses accounts that nobody is to meet.
func here(a *model.Account) (*model.Account, error) {
	if !a.Local() || a.Pending {
		return nil, model.ErrNotFound()
	}
	return a, nil
}

// goneBy turns "not found" into "gone" where a tombstone says so.
func goneBy(q *store.Q, uri string, err error) error {
	if !model.IsNotFound(err) {
		return err
	}
	if was, e := q.Tombstone(uri); e != nil {
		return e
	} else if was {
		return &model.Error{Kind: model.KindGone, Text: "This account was deleted"}
	}
	return err
}

// fingerOf tells where an account is. The subject has the domain of handles, the addresses that of the web.
func (f *Federation) fingerOf(a *model.Account) finger {
	links := []fingerLink{
		{Rel: "http://webfinger.net/rel/profile-page", Type: "text/html", Href: a.URL},
		{Rel: "self", Type: "application/activity+json", Href: a.URI},
	}
	if a.ID == model.InstanceActorID {
		return finger{"acct:" + f.Site.Domain + "@" + f.Site.Domain, []string{a.URI}, links[1:]}
	}
	links = append(links, fingerLink{Rel: "http://ostatus.org/schema/1.0/subscribe", Template: f.Site.Base + "/authorize_interaction?uri={uri}"})
	if a.Avatar != "" && !a.Suspended() {
		links = append(links, fingerLink{Rel: "http://webfinger.net/rel/avatar", Type: ap.ImageType(a.Avatar), Href: f.Draw.MediaBase + a.Avatar})
	}
	links = append(links, // FEP-3b86
		fingerLink{Rel: "https://w3id.org/fep/3b86/Create", Template: f.Site.Base + "/share?text={content}"},
		fingerLink{Rel: "https://w3id.org/fep/3b86/Object", Template: f.Site.Base + "/authorize_interaction?uri={object}"},
	)
	return finger{"acct:" + a.Username + "@" + f.Site.Domain, []string{a.URL, a.URI}, links}
}

// hostMeta tells old software where WebFinger is (RFC 6415).
func (f *Federation) hostMeta(w http.ResponseWriter, r *http.Request) {
	type link struct {
		Rel      string `xml:"rel,attr"`
		Template string `xml:"template,attr"`
	}
	doc := struct {
		XMLName xml.Name `xml:"http://docs.oasis-open.org/ns/xri/xrd-1.0 XRD"`
		Link    link
	}{Link: link{"lrdd", f.lrdd()}}
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		f.hostMetaJSON(w, r)
		return
	}
	body, err := xml.MarshalIndent(doc, "", "  ")
	if err != nil {
		f.refuse(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Vary", "Accept")
	h.Set("Content-Type", "application/xrd+xml; charset=utf-8")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cache-Control", "public, max-age="+strconv.Itoa(int(fingerAge.Seconds())))
	w.Write([]byte(xml.Header))
	w.Write(body)
}

// hostMetaJSON tells the same in JSON (RFC 6415 appendix A).
func (f *Federation) hostMetaJSON(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Vary", "Accept")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cache-Control", "public, max-age="+strconv.Itoa(int(fingerAge.Seconds())))
	f.writeJSON(w, "application/json; charset=utf-8", finger{Links: []fingerLink{{Rel: "lrdd", Template: f.lrdd()}}})
}

func (f *Federation) lrdd() string { return f.Site.Base + "/.well-known/webfinger?resource={uri}" }

func (f *Federation) writeJSON(w http.ResponseWriter, kind string, doc any) {
	w.Header().Set("Content-Type", kind)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(doc); err != nil {
		f.Log.Debug("peer went away", "error", err)
	}
}
