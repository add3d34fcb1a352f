package entity_test

import (
	"encoding/json"
	"testing"

	"gomphothere/internal/entity"
	"gomphothere/internal/model"
)

const now = model.Time(1_790_000_000_000)

func drawer() *entity.Drawer {
	return &entity.Drawer{Base: "https://web.example.org", Domain: "example.org", MediaBase: "https://files.example.org/"}
}

func site() model.Site {
	return model.Site{
		Domain: "example.org", Base: "https://web.example.org", Title: "Example", Description: "Of a server", ContactEmail: "admin@example.org",
		Languages: []string{"en"}, Version: "1.0", Registrations: "approval", MaxCharacters: 500, MaxPollOptions: 4,
		MaxPollOptionCharacters: 50, MaxPinned: 5,
	}
}

func alice() *model.Account {
	return &model.Account{
		ID: 1, Username: "alice", DisplayName: "Alice :cat:", Note: "<p>I & you</p>", NoteText: "I & you",
		Fields: []model.Field{{Name: "Web", Value: `<a href="https://a.example">a</a>`, Text: "https://a.example", VerifiedAt: now}},
		URI:    "https://web.example.org/ap/users/1", URL: "https://web.example.org/@alice", ActorType: "Person",
		Avatar: "a/1.gif", AvatarStatic: "a/1.png", AvatarDescription: "Me", Header: "h/1.png", HeaderDescription: "My hills",
		Discoverable: true, Indexable: true, ShowMedia: true, ShowMediaReplies: true, ShowFeatured: true,
		AttributionDomains: []string{"blog.example"}, FollowersCount: 3, FollowingCount: 2, StatusesCount: 1,
		LastStatusAt: now, CreatedAt: now, Role: &model.Role{ID: 3, Name: "Owner", Color: "#ff0000", Permissions: 1, Highlighted: true},
		Emojis: []model.CustomEmoji{cat()}, Drawn: &model.Slot{},
	}
}

func bob() *model.Account {
	return &model.Account{
		ID: 2, Username: "bob", Domain: "other.example", URI: "https://other.example/users/bob", ActorType: "Service", Locked: true,
		CreatedAt: now, Drawn: &model.Slot{},
	}
}

func aliceUser() *model.User {
	return &model.User{ID: 5, AccountID: 1, Locale: "de", Role: alice().Role}
}

func cat() model.CustomEmoji {
	return model.CustomEmoji{ID: 6, Shortcode: "cat", File: "e/cat.gif", StaticFile: "e/cat.png", Category: "Beasts", VisibleInPicker: true}
}

func picture() model.MediaAttachment {
	return model.MediaAttachment{
		ID: 7, AccountID: 1, Type: "image", File: "m/7.jpg", Thumbnail: "m/7.small.jpg", Description: "Hills", Blurhash: "LEHV6nWB2yk8pyo0adR*.7kCMdnj",
		Meta: map[string]any{
			"original": map[string]any{"width": 4, "height": 2, "size": "4x2", "aspect": 2.0},
			"small":    map[string]any{"width": 2, "height": 1, "size": "2x1", "aspect": 2.0},
			"focus":    map[string]any{"x": 0.5, "y": -0.5},
		},
	}
}

func tag() model.Tag { return model.Tag{ID: 8, Name: "hügel", DisplayName: "Hügel"} }

// post is a status with everything.
func post() *model.Status {
	return &model.Status{
		ID: 100, AccountID: 1, URI: "https://web.example.org/ap/users/1/statuses/100", URL: "https://web.example.org/@alice/100", Local: true,
		Text: "Hi & bye <b>", Content: "<p>Hi &amp; bye &lt;b&gt;</p>", SpoilerText: "careful", Language: "en", Visibility: model.Public,
		InReplyToID: 90, InReplyToAccountID: 2, IsReply: true, QuotePolicy: (model.QuotePublic|model.QuoteFollowers)<<16 | model.QuoteFollowing,
		RepliesCount: 1, ReblogsCount: 2, FavouritesCount: 3, QuotesCount: 4, EditedAt: now, CreatedAt: now, Account: alice(), PollID: 9,
		Poll: &model.Poll{
			ID: 9, StatusID: 100, AccountID: 1, Options: []string{"one", `t"wo :cat:`}, Tallies: []int64{5, 6}, VotesCount: 11, VotersCount: 9,
			HideTotals: true, ExpiresAt: now + 1000,
		},
		Media:    []model.MediaAttachment{picture(), {ID: 10, Type: "video", Processing: "queued"}, {ID: 11, RemoteURL: "https://other.example/x"}},
		Mentions: []model.Mention{{AccountID: 2, Username: "bob", Domain: "other.example", URL: "https://other.example/@bob"}, {AccountID: 3, Silent: true}},
		Tags:     []model.Tag{tag()}, Emojis: []model.CustomEmoji{cat()}, App: &model.App{Name: "Clicks", Website: "https://app.example"},
		Drawn: &model.Slot{},
	}
}

// plain is a status with nothing but its text.
func plain(id model.ID, author *model.Account) *model.Status {
	return &model.Status{
		ID: id, AccountID: author.ID, URI: author.URI + "/" + id.String(), Content: "<p>plain</p>", Visibility: model.Public,
		CreatedAt: now, Account: author, Drawn: &model.Slot{},
	}
}

// quoting is a status that quotes another.
func quoting(id model.ID, author *model.Account, quoted *model.Status) *model.Status {
	s := plain(id, author)
	s.QuoteID = id + 1
	s.Quote = &model.Quote{ID: id + 1, StatusID: id, QuotedStatusID: quoted.ID, QuotedAccountID: quoted.AccountID, State: "accepted", Quoted: quoted}
	return s
}

// sharing is a reblog.
func sharing(id model.ID, author *model.Account, shared *model.Status) *model.Status {
	s := plain(id, author)
	s.Content, s.ReblogOfID, s.Reblog = "", shared.ID, shared
	return s
}

func viewerOf(a *model.Account) *model.Viewer {
	return &model.Viewer{Account: a, Relations: &model.Relations{AccountID: a.ID}, Now: now}
}

func filterOf() model.Filter {
	return model.Filter{
		ID: 20, AccountID: 1, Title: "No cats", Context: []string{"home"}, Action: "hide", ExpiresAt: now,
		Keywords: []model.FilterKeyword{{ID: 21, Keyword: "cat", WholeWord: true}}, Statuses: []model.FilterStatus{{ID: 22, StatusID: 100}},
	}
}

// draw is the JSON of v.
func draw(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// read is a document as values, to compare or to look into.
func read(t interface {
	Helper()
	Fatalf(string, ...any)
}, b []byte) map[string]any {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	return doc
}
