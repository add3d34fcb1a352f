package social_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

// note is one of five statuses of rex's, who is of another server; what it answers or quotes may not be here yet.
func (w *life) note(t *rapid.T) social.RemoteStatus {
	named := func(of string) string { return fmt.Sprintf("%s/notes/%d", w.rex.URI, rapid.IntRange(1, 5).Draw(t, of)) }
	related := func(what string) string {
		switch rapid.IntRange(0, 3).Draw(t, what) {
		case 0:
			return named("other")
		case 1:
			if len(w.made) > 0 {
				if st, err := w.DB.Read(context.Background()).StatusByID(w.something(t)); err == nil {
					return st.URI
				}
			}
		}
		return ""
	}
	r := social.RemoteStatus{
		URI: named("name"), Content: rapid.SampledFrom([]string{"<p>a</p>", "<p>b</p>"}).Draw(t, "text"), InReplyToURI: related("answers"),
		Visibility: rapid.SampledFrom([]model.Visibility{model.Public, model.Private, model.Direct}).Draw(t, "visibility"),
		CreatedAt:  w.DB.Now().Add(-time.Duration(rapid.IntRange(0, 9).Draw(t, "minutes")) * time.Minute),
		Fetched:    rapid.Bool().Draw(t, "fetched"), QuotePolicy: model.QuotePublic << 16,
	}
	if quoted := related("quotes"); quoted != "" {
		r.Quote = &social.RemoteQuote{URI: quoted}
	}
	if rapid.Bool().Draw(t, "names") {
		r.Mentions = []model.Mention{{AccountID: w.someone(t).ID, Silent: rapid.Bool().Draw(t, "silently")}}
	}
	if rapid.Bool().Draw(t, "asks") {
		r.Poll = &social.RemotePoll{Options: []string{"a", "b"}, Tallies: []int64{1, 2}, EndsAt: w.DB.Now().Add(time.Hour)}
	}
	return r
}

func (w *life) arrive(t *rapid.T) {
	st, fresh, err := w.KnowStatus(context.Background(), w.rex, w.note(t))
	w.may(err)
	if fresh {
		w.made = append(w.made, st.ID)
	}
}

func (w *life) editElsewhere(t *rapid.T) {
	r := w.note(t)
	r.EditedAt = w.DB.Now()
	_, err := w.UpdateStatus(context.Background(), w.rex, r)
	w.may(err)
}

func (w *life) forgetElsewhere(t *rapid.T) {
	w.may(w.ForgetStatus(context.Background(), w.rex, w.note(t).URI))
}

func (w *life) boost(t *rapid.T) {
	uri := fmt.Sprintf("%s/boosts/%d", w.rex.URI, rapid.IntRange(1, 4).Draw(t, "boost"))
	if rapid.IntRange(0, 3).Draw(t, "undo") == 0 {
		w.may(w.UndoReblog(context.Background(), w.rex, uri))
		return
	}
	at := w.DB.Now().Add(-time.Duration(rapid.IntRange(0, 9).Draw(t, "minutes")) * time.Minute)
	st, err := w.Reblog(context.Background(), w.rex, w.something(t), social.ReblogOptions{URI: uri, CreatedAt: at})
	w.may(err)
	if err == nil && !slices.Contains(w.made, st.ID) {
		w.made = append(w.made, st.ID)
	}
}

func (w *life) ask(t *rapid.T) {
	quoting, err := w.DB.Read(context.Background()).StatusByID(w.something(t))
	if err != nil || quoting.Quote == nil || quoting.Quote.Quoted == nil {
		t.Skip("no quote")
	}
	if quoting.Local {
		w.may(w.QuoteApproved(context.Background(), w.rex, quoting.URI, w.rex.URI+"/approvals/"+quoting.ID.String()))
		return
	}
	w.may(w.QuoteAsked(context.Background(), w.rex, quoting.Quote.Quoted, quoting.URI, w.rex.URI+"/requests/"+quoting.ID.String()))
}
