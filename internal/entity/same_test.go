package entity_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gomphothere/internal/model"
)

// TestBytesAndStructsSayTheSame: whatever the status and whoever reads, what is appended is what the struct marshals
// to, both when it is drawn for the first time and when it was kept.
func TestBytesAndStructsSayTheSame(t *testing.T) {
	t.Parallel()
	d := drawer()
	rapid.Check(t, func(t *rapid.T) {
		accounts := []*model.Account{anAccount(t, 1), anAccount(t, 2), anAccount(t, 3)}
		s := aStatus(t, accounts, 2)
		v := aViewer(t, accounts)
		want := compact(t, d.Status(s, v))
		for _, when := range []string{"first", "kept"} {
			if diff := cmp.Diff(want, read(t, d.AppendStatus(nil, s, v))); diff != "" {
				t.Fatalf("status, %s (-struct +bytes):\n%s", when, diff)
			}
		}
		if diff := cmp.Diff(compact(t, d.Account(s.Account)), read(t, d.AppendAccount(nil, s.Account))); diff != "" {
			t.Fatalf("account (-struct +bytes):\n%s", diff)
		}
		other := aViewer(t, accounts) // what was kept for one reader does not leak to the next
		if diff := cmp.Diff(compact(t, d.Status(s, other)), read(t, d.AppendStatus(nil, s, other))); diff != "" {
			t.Fatalf("status for another (-struct +bytes):\n%s", diff)
		}

		until := model.Time(rapid.SampledFrom([]int64{0, int64(now)}).Draw(t, "until"))
		n := &model.Notification{ID: 1, Type: rapid.SampledFrom([]string{"follow", "mention", "a\"b"}).Draw(t, "type"), From: s.Account,
			Status: s, GroupKey: text(t, "key"), Filtered: rapid.Bool().Draw(t, "filtered"), CreatedAt: until}
		c := &model.Conversation{ID: 2, Unread: n.Filtered, Participants: accounts}
		if rapid.Bool().Draw(t, "last") {
			c.LastStatus = s
		}
		thread := model.Context{Ancestors: []*model.Status{s, s}}
		for name, pair := range map[string][2]any{
			"muted account": {d.MutedAccount(s.Account, until), d.AppendMutedAccount(nil, s.Account, until)},
			"notification":  {d.Notification(n, v), d.AppendNotification(nil, n, v)},
			"conversation":  {d.Conversation(c, v), d.AppendConversation(nil, c, v)},
			"context":       {d.Context(thread, v), d.AppendContext(nil, thread, v)},
			"search":        {d.Search(accounts, thread.Ancestors, nil, v), d.AppendSearch(nil, accounts, thread.Ancestors, nil, v)},
		} {
			if diff := cmp.Diff(compact(t, pair[0]), read(t, pair[1].([]byte))); diff != "" {
				t.Fatalf("%s (-struct +bytes):\n%s", name, diff)
			}
		}
	})
}

func compact(t *rapid.T, v any) map[string]any {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return read(t, b)
}

// text is any text, hostile ones too.
func text(t *rapid.T, name string) string {
	return rapid.OneOf(rapid.SampledFrom([]string{"", "plain", "\xff broken \x00\n\"\\\u2028<&>", ":cat: 🐈", "é"}), rapid.String()).Draw(t, name)
}

func sometimes[V any](t *rapid.T, name string, v V) (out V) {
	if rapid.Bool().Draw(t, name) {
		return v
	}
	return out
}

func anAccount(t *rapid.T, id model.ID) *model.Account {
	a := alice()
	a.ID, a.DisplayName, a.Note = id, text(t, "name"), text(t, "note")
	a.Domain = sometimes(t, "remote", "other.example")
	a.URL = sometimes(t, "url", a.URL)
	a.SuspendedAt = sometimes(t, "suspended", now)
	a.SilencedAt = sometimes(t, "silenced", now)
	a.SensitizedAt = sometimes(t, "sensitized", now)
	a.MovedTo = sometimes(t, "moved", bob())
	a.LastStatusAt = sometimes(t, "active", now)
	a.Drawn = sometimes(t, "kept account", &model.Slot{})
	return a
}

func aStatus(t *rapid.T, authors []*model.Account, depth int) *model.Status {
	s := plain(model.ID(rapid.IntRange(1, 5).Draw(t, "id")), rapid.SampledFrom(authors).Draw(t, "author"))
	if rapid.Bool().Draw(t, "everything") {
		everything, author := post(), s.Account
		everything.ID, everything.Account, everything.AccountID = s.ID, author, author.ID
		s = everything
		s.Poll.AccountID = author.ID
		s.Poll.Options = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string { return text(t, "option") }), 0, 3).Draw(t, "options")
		s.Poll.HideTotals = rapid.Bool().Draw(t, "hidden")
		s.Poll.ClosedAt = sometimes(t, "closed", now)
		s.Poll.ExpiresAt = rapid.SampledFrom([]model.Time{0, now - 1, now, now + 1}).Draw(t, "expires")
	}
	s.Content, s.SpoilerText = text(t, "content"), text(t, "spoiler")
	s.Visibility = rapid.SampledFrom([]model.Visibility{model.Public, model.Unlisted, model.Private, model.Direct}).Draw(t, "visibility")
	s.Sensitive = rapid.Bool().Draw(t, "sensitive")
	s.QuotePolicy = model.QuotePolicy(rapid.IntRange(0, 15).Draw(t, "automatic")<<16 | rapid.IntRange(0, 15).Draw(t, "manual"))
	s.Drawn = sometimes(t, "kept status", &model.Slot{})
	if depth == 0 {
		return s
	}
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		shared := aStatus(t, authors, depth-1)
		s.ReblogOfID, s.Reblog = shared.ID, shared
	case 1:
		quoted := aStatus(t, authors, depth-1)
		s.Quote = &model.Quote{ID: 7, StatusID: s.ID, QuotedStatusID: quoted.ID, QuotedAccountID: quoted.AccountID, Quoted: sometimes(t, "looked up", quoted)}
		s.Quote.State = rapid.SampledFrom([]string{"", "pending", "accepted", "accepted", "accepted", "revoked"}).Draw(t, "state")
		s.Quote.QuotedStatusID = sometimes(t, "there", s.Quote.QuotedStatusID)
	}
	return s
}

func aViewer(t *rapid.T, accounts []*model.Account) *model.Viewer {
	kind := rapid.IntRange(0, 4).Draw(t, "viewer")
	if kind == 0 {
		return nil
	}
	if kind == 1 {
		return &model.Viewer{Now: now, Relations: model.Visitor()}
	}
	v := viewerOf(accounts[0])
	v.Votes = map[model.ID][]int{9: rapid.SliceOfN(rapid.IntRange(0, 3), 0, 2).Draw(t, "votes")}
	v.Marks, v.Filtered = map[model.ID]model.Marks{}, map[model.ID][]model.FilterResult{}
	for id := model.ID(1); id <= 5; id++ {
		v.Marks[id] = model.Marks(rapid.IntRange(0, 31).Draw(t, "marks"))
		if rapid.Bool().Draw(t, "filtered") {
			v.Filtered[id] = []model.FilterResult{{Filter: filterOf(), KeywordMatches: []string{text(t, "word")}}}
		}
	}
	circle := func(name string) map[model.ID]bool { return map[model.ID]bool{2: rapid.Bool().Draw(t, name)} }
	v.Relations.Blocking, v.Relations.BlockedBy = circle("blocks"), circle("blocked")
	v.Relations.Domains = map[string]bool{"other.example": rapid.Bool().Draw(t, "domain")}
	if rapid.Bool().Draw(t, "follows") {
		v.Relations.Following = map[model.ID]model.Follow{2: {}, 3: {}}
	}
	if rapid.Bool().Draw(t, "mutes") {
		v.Relations.Muting = map[model.ID]model.Mute{3: {}}
	}
	return v
}
