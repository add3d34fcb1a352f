package api

import (
	"net/http"
	"net/url"
	"strconv"

	"gomphothere/internal/model"
	"gomphothere/internal/oauth"
)

// request is what a handler gets: who asks, and what.
type request struct {
	*http.Request
	params
	me     *model.Account  // nil: a visitor or an app
	who    *oauth.Identity // nil: a visitor
	header http.Header     // of the answer
}

// id reads the id in the path. What is no id belongs to nobody: not found.
func (r *request) id() (model.ID, error) { return r.pathID("id") }

func (r *request) pathID(name string) (model.ID, error) {
	id, err := model.ParseID(r.PathValue(name))
	if err == nil && id == 0 {
		err = model.ErrNotFound()
	}
	return id, err
}

// page reads the paging parameters. A limit out of bounds is brought within them, as Mastodon does.
func (r *request) page(limit, most int) (model.Page, error) {
	p := model.Page{Limit: limit}
	var err error
	for name, into := range map[string]*model.ID{"max_id": &p.MaxID, "since_id": &p.SinceID, "min_id": &p.MinID} {
		if s := r.str(name); s != "" {
			if *into, err = model.ParseID(s); err != nil {
				return p, model.BadRequestf("%s is not an id", name)
			}
		}
	}
	if r.str("min_id") != "" && p.MinID == 0 {
		p.MinID = 1 // from the beginning upwards; 0 in a page is no cursor, and no row has 1
	}
	if n, ok := r.num("limit"); ok {
		p.Limit = int(min(max(n, 1), int64(most)))
	}
	if n, ok := r.num("offset"); ok && n > 0 {
		const deepest = 10_000 // offsets are counted through; deeper pages are for cursors
		p.Offset = int(min(n, deepest))
	}
	return p, nil
}

// link sets the Link header for a list of cursors, newest first: next below the last, prev above the first.
// up is min_id where the list pages upwards (statuses), since_id elsewhere.
func (r *request) link(a *API, p model.Page, up string, cursors []model.ID) {
	if len(cursors) == 0 {
		return
	}
	value := ""
	if len(cursors) >= p.Limit {
		value = `<` + r.paged(a, "max_id", cursors[len(cursors)-1]) + `>; rel="next", `
	}
	r.header.Set("Link", value+`<`+r.paged(a, up, cursors[0])+`>; rel="prev"`)
}

// paged is this request's address with another cursor.
func (r *request) paged(a *API, name string, id model.ID) string {
	q := r.URL.Query()
	for _, n := range []string{"max_id", "since_id", "min_id"} {
		q.Del(n)
	}
	q.Set(name, id.String())
	return a.Site.Base + r.URL.Path + "?" + q.Encode()
}

// linkOffset sets the Link header for a list paged by offset.
func (r *request) linkOffset(a *API, p model.Page, n int) {
	to := func(offset int) string {
		q := url.Values{}
		for k, v := range r.URL.Query() {
			q[k] = v
		}
		q.Set("offset", strconv.Itoa(offset))
		return a.Site.Base + r.URL.Path + "?" + q.Encode()
	}
	value := ""
	if n >= p.Limit {
		value = `<` + to(p.Offset+p.Limit) + `>; rel="next"`
	}
	if p.Offset > 0 {
		if value != "" {
			value += ", "
		}
		value += `<` + to(max(0, p.Offset-p.Limit)) + `>; rel="prev"`
	}
	if value != "" {
		r.header.Set("Link", value)
	}
}

// ids gives the cursors of statuses.
func ids(list []*model.Status) []model.ID {
	out := make([]model.ID, len(list))
	for i, s := range list {
		out[i] = s.ID
	}
	return out
}
