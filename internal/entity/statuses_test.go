package entity_test

import (
	"testing"

	"gomphothere/internal/entity"
	"gomphothere/internal/model"
)

func TestAReblogCarriesTheMarksOfWhatItShares(t *testing.T) {
	t.Parallel()
	v := viewerOf(alice())
	v.Marks = map[model.ID]model.Marks{100: model.Favourited | model.Reblogged}
	got := read(t, drawer().AppendStatus(nil, sharing(500, alice(), post()), v))
	if got["favourited"] != true || got["reblogged"] != true || got["bookmarked"] != false {
		t.Errorf("the reblog has other marks than what it shares: %v", got)
	}
	if got["content"] != "" || got["id"] != "500" || got["reblog"].(map[string]any)["id"] != "100" {
		t.Errorf("got %v, want an empty status around 100", got)
	}
	if _, ok := got["pinned"]; ok {
		t.Error("a reblog can be pinned")
	}
}

func TestOnlyOnesOwnStatusesTellWhetherTheyArePinned(t *testing.T) {
	t.Parallel()
	d := drawer()
	direct := post()
	direct.Visibility = model.Direct
	for name, c := range map[string]struct {
		s    *model.Status
		v    *model.Viewer
		want bool
	}{
		"mine":            {post(), viewerOf(alice()), true},
		"mine, direct":    {direct, viewerOf(alice()), false},
		"somebody else's": {post(), viewerOf(bob()), false},
		"for a visitor":   {post(), nil, false},
	} {
		if _, got := read(t, d.AppendStatus(nil, c.s, c.v))["pinned"]; got != c.want {
			t.Errorf("%s: got %t, want %t", name, got, c.want)
		}
	}
}

func TestAVisitorLearnsNothingOfAnybodysMarks(t *testing.T) {
	t.Parallel()
	for _, v := range []*model.Viewer{nil, {Now: now}} {
		got := read(t, drawer().AppendStatus(nil, post(), v))
		for _, key := range []string{"favourited", "reblogged", "muted", "bookmarked", "pinned", "filtered"} {
			if _, ok := got[key]; ok {
				t.Errorf("a visitor is told %s", key)
			}
		}
		if _, ok := got["poll"].(map[string]any)["own_votes"]; ok {
			t.Error("a visitor is told of votes")
		}
	}
}

func TestVotesStayHiddenUntilThePollIsOver(t *testing.T) {
	t.Parallel()
	d, s, v := drawer(), post(), viewerOf(bob())
	v.Votes = map[model.ID][]int{9: {1}}
	p := d.Poll(s, v)
	if p.Expired || p.Options[0].VotesCount != nil || !*p.Voted || (*p.OwnVotes)[0] != 1 {
		t.Errorf("while it is open: got %+v", p)
	}
	v.Now = s.Poll.ExpiresAt
	p = d.Poll(s, v)
	if !p.Expired || p.Options[0].VotesCount == nil || *p.Options[1].VotesCount != 6 {
		t.Errorf("when it is over: got %+v", p)
	}
	visitor := &model.Viewer{Now: s.Poll.ExpiresAt}
	if p = d.Poll(s, visitor); !p.Expired || p.OwnVotes != nil {
		t.Errorf("for a visitor: got %+v", p)
	}
	s.Poll.HideTotals = false
	if p = d.Poll(s, viewerOf(bob())); p.Options[0].VotesCount == nil || *p.Voted {
		t.Errorf("nothing to hide: got %+v", p)
	}
}

func TestAnAuthorIsNotAskedToVote(t *testing.T) {
	t.Parallel()
	p := drawer().Poll(post(), viewerOf(alice()))
	if !*p.Voted || len(*p.OwnVotes) != 0 {
		t.Errorf("got voted %t, own votes %v", *p.Voted, *p.OwnVotes)
	}
}

func TestWhomModeratorsMarkedSensitiveDoesNotSeeIt(t *testing.T) {
	t.Parallel()
	s := post()
	s.Account.SensitizedAt = now
	for name, c := range map[string]struct {
		v    *model.Viewer
		want bool
	}{"themselves": {viewerOf(alice()), false}, "somebody": {viewerOf(bob()), true}, "a visitor": {nil, true}} {
		if got := read(t, drawer().AppendStatus(nil, s, c.v))["sensitive"]; got != c.want {
			t.Errorf("%s: got %v, want %t", name, got, c.want)
		}
	}
}

func TestAQuoteShowsWhatItsReaderMaySee(t *testing.T) {
	t.Parallel()
	quoted := func(v model.Visibility) *model.Status {
		s := plain(7, bob())
		s.Visibility = v
		return s
	}
	me := alice()
	with := func(change func(r *model.Relations)) *model.Viewer {
		v := viewerOf(me)
		change(v.Relations)
		return v
	}
	plainly := func(*model.Relations) {}
	for name, c := range map[string]struct {
		quoted *model.Status
		state  string
		v      *model.Viewer
		want   string
		shown  bool
	}{
		"a public one":         {quoted(model.Public), "accepted", with(plainly), "accepted", true},
		"for a visitor":        {quoted(model.Public), "accepted", nil, "accepted", true},
		"not yet agreed to":    {quoted(model.Public), "pending", with(plainly), "pending", false},
		"taken back":           {quoted(model.Public), "revoked", with(plainly), "revoked", false},
		"private":              {quoted(model.Private), "accepted", with(plainly), "unauthorized", false},
		"private, to visitors": {quoted(model.Private), "accepted", nil, "unauthorized", false},
		"private, followed": {quoted(model.Private), "accepted", with(func(r *model.Relations) {
			r.Following = map[model.ID]model.Follow{2: {}}
		}), "accepted", true},
		"of one who blocks me": {quoted(model.Public), "accepted", with(func(r *model.Relations) { r.BlockedBy = map[model.ID]bool{2: true} }), "unauthorized", false},
		"of one I block":       {quoted(model.Public), "accepted", with(func(r *model.Relations) { r.Blocking = map[model.ID]bool{2: true} }), "blocked_account", true},
		"of one I mute":        {quoted(model.Public), "accepted", with(func(r *model.Relations) { r.Muting = map[model.ID]model.Mute{2: {}} }), "muted_account", true},
		"of a domain I block":  {quoted(model.Public), "accepted", with(func(r *model.Relations) { r.Domains = map[string]bool{"other.example": true} }), "blocked_domain", true},
	} {
		s := quoting(8, me, c.quoted)
		s.Quote.State = c.state
		q := drawer().Status(s, c.v).Quote.(*entity.Quote)
		if q.State != c.want || (q.QuotedStatus != nil) != c.shown {
			t.Errorf("%s: got %s, shown %t; want %s, shown %t", name, q.State, q.QuotedStatus != nil, c.want, c.shown)
		}
	}
	gone := quoting(8, me, plain(7, bob()))
	gone.Quote.Quoted = nil
	if q := drawer().Status(gone, nil).Quote.(*entity.Quote); q.State != "deleted" {
		t.Errorf("of what is gone: got %s", q.State)
	}
}

func TestAQuoteOfAQuoteIsOnlyAnID(t *testing.T) {
	t.Parallel()
	got := read(t, drawer().AppendStatus(nil, quoting(8, alice(), quoting(10, bob(), plain(12, bob()))), nil))
	inner := got["quote"].(map[string]any)["quoted_status"].(map[string]any)["quote"].(map[string]any)
	if inner["quoted_status_id"] != "12" || len(inner) != 2 {
		t.Errorf("got %v", inner)
	}
}

func TestWhoMayQuoteIsToldToEach(t *testing.T) {
	t.Parallel()
	follower := viewerOf(bob())
	follower.Relations.Following = map[model.ID]model.Follow{1: {}}
	for name, c := range map[string]struct {
		policy     model.QuotePolicy
		visibility model.Visibility
		v          *model.Viewer
		want       string
	}{
		"a visitor":               {model.QuotePublic << 16, model.Public, nil, "denied"},
		"the author":              {0, model.Private, viewerOf(alice()), "automatic"},
		"the author, direct":      {0, model.Direct, viewerOf(alice()), "denied"},
		"anybody":                 {model.QuotePublic << 16, model.Public, viewerOf(bob()), "automatic"},
		"anybody may ask":         {model.QuotePublic, model.Unlisted, viewerOf(bob()), "manual"},
		"a follower":              {model.QuoteFollowers << 16, model.Public, follower, "automatic"},
		"no follower":             {model.QuoteFollowers << 16, model.Public, viewerOf(bob()), "denied"},
		"a follower, private":     {model.QuoteFollowers << 16, model.Private, follower, "denied"},
		"a follower may ask":      {model.QuoteFollowers, model.Public, follower, "manual"},
		"whom the author follows": {model.QuoteFollowing << 16, model.Public, viewerOf(bob()), "unknown"},
		"nobody":                  {0, model.Public, viewerOf(bob()), "denied"},
	} {
		s := plain(1, alice())
		s.QuotePolicy, s.Visibility = c.policy, c.visibility
		if got := drawer().Status(s, c.v).QuoteApproval.CurrentUser; got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

func TestADeletedStatusGivesItsTextBack(t *testing.T) {
	t.Parallel()
	got := read(t, draw(t, drawer().DeletedStatus(post(), viewerOf(alice()))))
	if _, there := got["content"]; there || got["text"] != "Hi & bye <b>" {
		t.Errorf("got content %v and text %v", got["content"], got["text"])
	}
}

func TestSilentMentionsAreNotNamed(t *testing.T) {
	t.Parallel()
	if m := drawer().Status(post(), nil).Mentions; len(m) != 1 || m[0].Acct != "bob@other.example" {
		t.Errorf("got %v", m)
	}
}

func TestAPastVersionHasItsOwnMediaDescriptions(t *testing.T) {
	t.Parallel()
	e := &model.StatusEdit{MediaIDs: []model.ID{99, 7}, MediaDescriptions: []string{"gone", "then"}}
	got := drawer().StatusEdit(e, post(), []model.MediaAttachment{picture()}, nil)
	if len(got.Media) != 1 || *got.Media[0].Description != "then" || got.Poll != nil {
		t.Errorf("got %+v", got)
	}
}

func TestMediaHasNoAddressBeforeItIsProcessed(t *testing.T) {
	t.Parallel()
	m := picture()
	if got := drawer().Media(m); *got.URL != "https://files.example.org/m/7.jpg" || *got.PreviewURL != "https://files.example.org/m/7.small.jpg" {
		t.Errorf("got %s and %s", *got.URL, *got.PreviewURL)
	}
	m.Processing = "running"
	if got := drawer().Media(m); got.URL != nil {
		t.Errorf("got %s while it is processed", *got.URL)
	}
}
