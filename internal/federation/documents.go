package federation

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

const documentType = "application/activity+json; charset=utf-8"

// How long others may use what they were given without asking again. Mastodon says three minutes of everything.
const (
	documentAge   = 3 * time.Minute
	collectionAge = time.Minute
)

// asked is one question for a document.
type asked struct {
	f       *Federation
	r       *http.Request
	q       *store.Q
	account *model.Account // whose document; nil: nobody's
	signer  *model.Account // who signed the question; nil: nobody, or nobody looked
	looked  bool
}

// answer is a document on its way out.
type answer struct {
	body   []byte
	tag    string        // ETag, quoted
	age    time.Duration // for how long anybody may keep it; 0: nobody may
	public bool          // everybody may have it: it may be kept drawn
	moved  string        // it is found there instead
	owner  model.ID      // whose it is
	drawn  model.Time
}

// found is an answer that everybody may have.
func found(body []byte, age time.Duration) *answer {
	return &answer{body: body, age: age, public: true}
}

// served serves one kind of document to programs, and sends people to the page about it.
func (f *Federation) served(d document) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Vary", "Accept")
		if f.Site.AuthorizedFetch {
			h.Set("Vary", "Accept, Signature")
		}
		a := &asked{f: f, r: r, q: f.DB.Read(r.Context())}
		if d.page && !Wants(r) {
			f.toPage(w, r, a)
			return
		}
		out, err := f.answer(a, d)
		if err != nil {
			f.refuse(w, r, err)
			return
		}
		out.write(w, r)
	})
}

// answer finds a document: who may have it, kept or drawn.
func (f *Federation) answer(a *asked, d document) (*answer, error) {
	if f.Site.AuthorizedFetch && !d.open {
		if signer, err := a.who(); err != nil {
			return nil, err
		} else if signer == nil {
			return nil, model.Unauthorized("Request not signed")
		}
	}
	if d.whose {
		if err := a.find(); err != nil {
			return nil, err
		}
	}
	if d.kept == 0 || a.account.Suspended() {
		return d.draw(a)
	}
	as, err := a.keptAs(d.kept)
	if err != nil {
		return nil, err
	}
	if out := f.kept.get(as, a.account.ID, a.q.Now()); out != nil {
		return out, nil
	}
	if d.kept != keptActor {
		// What is not for everybody waits for its asker's key, maybe of another server's: nobody shall wait for that.
		if s, err := a.q.StatusByID(as.id); err != nil || !isPublic(s) {
			return d.draw(a)
		}
	}
	return f.kept.draw(as, a.account.ID, a.q.Now(), func() (*answer, error) { return d.draw(a) })
}

// keptAs names the document asked for.
func (a *asked) keptAs(k kind) (keptAs, error) {
	if k == keptActor {
		return keptAs{k, a.account.ID}, nil
	}
	id, err := model.ParseID(a.r.PathValue("status"))
	return keptAs{k, id}, err
}

// who is the account that signed the question, nil when nobody did. A signature that does not hold is an error.
func (a *asked) who() (*model.Account, error) {
	if a.looked {
		return a.signer, nil
	}
	if a.r.Header.Get("Signature") == "" && a.r.Header.Get("Signature-Input") == "" {
		a.looked = true
		return nil, nil
	}
	signer, err := a.f.Verified(a.r, nil)
	if err != nil {
		return nil, err
	}
	a.signer, a.looked = signer, true
	return signer, nil
}

// find finds the account of ours whose document is asked for. Deleted ones are told to be gone.
func (a *asked) find() (err error) {
	if name := a.r.PathValue("name"); name != "" {
		a.account, err = a.f.local(a.q, name)
	} else {
		var id model.ID
		if id, err = model.ParseID(a.r.PathValue("id")); err == nil {
			a.account, err = a.q.Account(id)
		}
	}
	if err == nil && (!a.account.Local() || a.account.Pending) {
		err = model.ErrNotFound()
	}
	if model.IsNotFound(err) {
		return a.gone(a.f.Site.Base+a.ownerPath(), err)
	}
	return err
}

// ownerPath is the part of the path that names the account.
func (a *asked) ownerPath() string {
	if name := a.r.PathValue("name"); name != "" {
		return "/users/" + name
	}
	return "/ap/users/" + a.r.PathValue("id")
}

// gone is what a missing thing's asker is told: that it was there, when a tombstone says so, else missing.
func (a *asked) gone(uri string, missing error) error {
	was, err := a.q.Tombstone(uri)
	if err != nil {
		return err
	}
	if was {
		return &model.Error{Kind: model.KindGone, Text: "This was deleted"}
	}
	return missing
}

// local finds an account of ours by name. Names are remembered: viral accounts of the older scheme cost no query.
func (f *Federation) local(q *store.Q, name string) (*model.Account, error) {
	key := strings.ToLower(name)
	if id, ok := f.kept.names.GetIfPresent(key); ok {
		if a, err := q.Account(id); err == nil && a.Local() && strings.EqualFold(a.Username, name) {
			return a, nil
		}
	}
	a, err := q.AccountByHandle(name, "")
	if err == nil {
		f.kept.names.Set(key, a.ID)
	}
	return a, err
}

// standing refuses what a suspended account has; its actor alone is shown, saying so (Mastodon: AccountOwnedConcern).
func (a *asked) standing() error {
	if a.account.Suspended() {
		return model.Forbidden("This account is suspended")
	}
	return nil
}

// toPage sends a browser to the page that shows what was asked for.
func (f *Federation) toPage(w http.ResponseWriter, r *http.Request, a *asked) {
	if err := a.find(); err != nil {
		f.refuse(w, r, err)
		return
	}
	to := a.account.URL
	if id := r.PathValue("status"); id != "" {
		if _, err := model.ParseID(id); err != nil {
			f.refuse(w, r, err)
			return
		}
		to += "/" + id
	}
	http.Redirect(w, r, to, http.StatusFound)
}

// write sends the answer, or says that what the asker has is still good.
func (out *answer) write(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	if out.moved != "" {
		http.Redirect(w, r, out.moved, http.StatusFound)
		return
	}
	if out.tag == "" {
		out.tag = tagOf(out.body)
	}
	h.Set("ETag", out.tag)
	if out.age > 0 {
		h.Set("Cache-Control", "public, max-age="+strconv.Itoa(int(out.age.Seconds())))
	} else {
		h.Set("Cache-Control", "private, no-store")
	}
	h.Set("Content-Type", documentType)
	if slices.ContainsFunc(strings.Split(r.Header.Get("If-None-Match"), ","), func(s string) bool {
		return strings.TrimPrefix(strings.TrimSpace(s), "W/") == out.tag
	}) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(out.body)))
	w.Write(out.body) // whoever went away does not hear it
}

func tagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}

// ActorDocument serves an account of ours to programs, at the address of its page too.
func (f *Federation) ActorDocument(w http.ResponseWriter, r *http.Request, name string) {
	r.SetPathValue("name", name)
	f.served(actorDocument()).ServeHTTP(w, r)
}

// StatusDocument serves a status of ours to programs, at the address of its page too.
func (f *Federation) StatusDocument(w http.ResponseWriter, r *http.Request, name, status string) {
	r.SetPathValue("name", name)
	r.SetPathValue("status", status)
	f.served(noteDocument()).ServeHTTP(w, r)
}

// Wants tells whether a request is a program's for a document, not a browser's for a page: by the first that Accept
// prefers of both. Who says nothing, or that anything will do, is taken for a browser, as Mastodon takes them.
func Wants(r *http.Request) bool {
	best, page := 0.0, 0.0
	for _, accept := range r.Header.Values("Accept") {
		for _, part := range strings.Split(accept, ",") {
			kind, params, _ := strings.Cut(part, ";")
			q := 1.0
			for _, p := range strings.Split(params, ";") {
				if v, ok := strings.CutPrefix(strings.TrimSpace(p), "q="); ok {
					if n, err := strconv.ParseFloat(v, 64); err == nil {
						q = n
					}
				}
			}
			switch strings.ToLower(strings.TrimSpace(kind)) {
			case "application/activity+json", "application/ld+json", "application/json":
				best = max(best, q)
			case "text/html", "application/xhtml+xml":
				page = max(page, q)
			}
		}
	}
	return best > 0 && best >= page
}
