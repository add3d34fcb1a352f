package ap

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gomphothere/internal/model"
)

func aPerson() *model.Account {
	uri := "https://a.example/ap/users/1"
	return &model.Account{
		ID: 1, Username: "alice", DisplayName: "Alice :cat:", Note: "<p>hello</p>", ActorType: "Person",
		URI: uri, URL: "https://a.example/@alice", InboxURL: uri + "/inbox", OutboxURL: uri + "/outbox", SharedInboxURL: "https://a.example/inbox",
		FollowersURL: uri + "/followers", FollowingURL: uri + "/following", FeaturedURL: uri + "/collections/featured",
		Fields: []model.Field{{Name: "Site", Value: `<a href="https://alice.example" rel="me">alice.example</a>`}},
		Avatar: "avatars/1.png", AvatarDescription: "A cat", Header: "headers/1.jpg", Discoverable: true, Indexable: true, ShowMedia: true,
		AlsoKnownAs: []string{"https://old.example/users/alice"}, AttributionDomains: []string{"news.example"},
		Emojis:    []model.CustomEmoji{{ID: 5, Shortcode: "cat", File: "emoji/cat.png", UpdatedAt: 1700000000000}},
		CreatedAt: 1700000000000,
	}
}

func aStatus() *model.Status {
	me := aPerson()
	return &model.Status{
		ID: 2, AccountID: 1, Account: me, Local: true, URI: me.URI + "/statuses/2", URL: me.URL + "/2", Visibility: model.Public,
		Content:     `<p>Hello <span class="h-card" translate="no"><a href="https://b.example/@bob" class="u-url mention">@<span>bob</span></a></span>, the <a href="https://a.example/tags/cats" class="mention hashtag" rel="tag">#<span>cats</span></a> &amp; <a href="https://a.example/tags/dogs" class="mention hashtag" rel="tag">#<span>dogs</span></a> are well.</p>`,
		SpoilerText: "pets", Language: "en", CreatedAt: 1700000000000, QuotePolicy: model.QuotePublic << 16,
		FavouritesCount: 3, ReblogsCount: 1,
		Mentions: []model.Mention{{AccountID: 9, Username: "bob", Domain: "b.example"}},
		Tags:     []model.Tag{{Name: "cats"}, {Name: "dogs", DisplayName: "Dogs"}},
		Emojis:   []model.CustomEmoji{{ID: 5, Shortcode: "cat", File: "emoji/cat.png", UpdatedAt: 1700000000000}},
		Media: []model.MediaAttachment{{ID: 3, Type: "image", ContentType: "image/png", File: "media/3.png", Description: "A cat", Blurhash: "UBL_:rOpGG-;~qRjayWB00xuofM{",
			Meta: map[string]any{"focus": map[string]any{"x": 0.5, "y": -0.25}, "original": map[string]any{"width": 800.0, "height": 600.0}}}},
	}
}

// TestDocumentsOfOurs draws every document and activity there is and compares it with what is kept. Each is read again.
func TestDocumentsOfOurs(t *testing.T) {
	t.Parallel()
	d := Drawer{Base: "https://a.example", Domain: "example", MediaBase: "https://a.example/files/"}
	me, s := aPerson(), aStatus()
	bob := &model.Account{ID: 9, Username: "bob", Domain: "b.example", URI: "https://b.example/users/bob", URL: "https://b.example/@bob"}
	community := &model.Account{ID: 10, Username: "books", Domain: "lemmy.example", ActorType: "Group", URI: "https://lemmy.example/c/books", FollowersURL: "https://lemmy.example/c/books/followers"}
	x := Around{Context: "https://a.example/contexts/1-7", InReplyTo: "https://b.example/users/bob/statuses/1", Mentioned: []*model.Account{bob, community}, Replies: []string{me.URI + "/statuses/4"}}
	older := *me
	older.URI, older.FeaturedURL, older.Emojis, older.Fields = "https://a.example/users/alice", "", nil, nil
	older.MovedTo = &model.Account{URI: "https://c.example/users/alice"}
	gone := *me
	gone.SuspendedAt = 1700000000000
	poll := *s
	poll.Poll = &model.Poll{Options: []string{"tea", "coffee"}, Tallies: []int64{2, 3}, VotersCount: 4, Multiple: true, ExpiresAt: 1700000600000}
	poll.Media, poll.Emojis, poll.Tags, poll.EditedAt = nil, nil, nil, 1700000100000
	private := *s
	private.Visibility, private.Media, private.Tags, private.Emojis = model.Private, nil, nil, nil
	private.Mentions = append(private.Mentions, model.Mention{AccountID: 10, Silent: true})
	direct := private
	direct.Visibility, direct.Language = model.Direct, ""
	unlisted := private
	unlisted.Visibility = model.Unlisted
	theirs := &model.Status{ID: 20, URI: "https://b.example/users/bob/statuses/1", URL: "https://b.example/@bob/1", AccountID: 9, Account: bob, Visibility: model.Public}
	reblog := &model.Status{ID: 21, AccountID: 1, Account: me, URI: me.URI + "/statuses/21/activity", Visibility: model.Public, ReblogOfID: 20, Reblog: theirs, CreatedAt: 1700000000000}
	own := *reblog
	own.Visibility, own.Reblog = model.Private, &private
	quote := unlisted
	quote.Quote = &model.Quote{ID: 30, State: "accepted", AccountID: 1, QuotedAccountID: 9, Quoted: theirs, ApprovalURI: "https://b.example/approvals/1"}
	lost := unlisted
	lost.Quote = &model.Quote{ID: 31, State: "deleted"}
	keys := []model.Key{{KeyID: me.URI + "#main-key", Algorithm: model.RSA, Public: "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n"}, {KeyID: me.URI + "#ed25519-key", Algorithm: model.Ed25519, Public: edKey(t)}}
	asked := &model.Quote{ID: 32, ActivityURI: "https://b.example/users/bob#quote_requests/1"}
	const quoting = "https://b.example/users/bob/statuses/8"
	for name, doc := range map[string][]byte{
		"actor":                      d.Actor(me, Self{Keys: keys, Tags: []string{"Cats"}}),
		"actor-older-moved":          d.Actor(&older, Self{}),
		"actor-suspended":            d.Actor(&gone, Self{Keys: keys}),
		"note":                       d.Note(s, x),
		"note-unlisted":              d.Note(&unlisted, x),
		"note-private":               d.Note(&private, x),
		"note-direct":                d.Note(&direct, x),
		"note-quote":                 d.Note(&quote, x),
		"note-quote-deleted":         d.Note(&lost, x),
		"question":                   d.Note(&poll, Around{}),
		"create":                     d.Create(&direct, x),
		"update":                     d.Update(&poll, Around{}, 1700000100000),
		"announce":                   d.Announce(reblog, Around{}),
		"announce-own-private":       d.Announce(&own, x),
		"undo-announce":              d.UndoAnnounce(me, reblog.URI, theirs.URI, bob.URI, true),
		"delete":                     d.Delete(me, s.URI),
		"delete-actor":               d.DeleteActor(me),
		"update-actor":               d.UpdateActor(me, Self{}, 1700000100000),
		"like":                       d.Like(me, 40, theirs.URI),
		"undo-like":                  d.UndoLike(me, 40, theirs.URI),
		"vote":                       d.Vote(me, 41, theirs.URI, bob.URI, "tea", 1700000000000),
		"follow":                     d.Follow(me, "https://a.example/5a1c", bob.URI),
		"follow-relay":               d.Follow(me, "https://a.example/5a1d", Public),
		"undo-follow":                d.UndoFollow(me, "https://a.example/5a1c", bob.URI),
		"accept-follow":              d.AcceptFollow(me, "https://b.example/f/1", bob.URI),
		"reject-follow":              d.RejectFollow(me, "https://b.example/f/1", bob.URI),
		"block":                      d.Block(me, "https://a.example/5a1e", bob.URI),
		"undo-block":                 d.UndoBlock(me, "https://a.example/5a1e", bob.URI),
		"flag":                       d.Flag(&model.Account{URI: "https://a.example/actor"}, "https://a.example/5a1f", []string{bob.URI, theirs.URI}, "Spam <3", bob.URI),
		"move":                       d.Move(me, &model.Account{ID: 50, URI: "https://c.example/users/alice"}),
		"add":                        d.Add(me, s.URI),
		"remove":                     d.Remove(&older, s.URI),
		"add-tag":                    d.AddTag(me, "Cats"),
		"remove-tag":                 d.RemoveTag(me, "Cats"),
		"quote-request":              d.QuoteRequest(&quote, x, theirs.URI),
		"accept-quote":               d.AcceptQuote(me, asked, bob.URI, quoting, s.URI, ApprovalURI(me, 32)),
		"reject-quote":               d.RejectQuote(me, asked.ActivityURI, bob.URI, quoting, ""),
		"quote-authorization":        d.QuoteAuthorization(ApprovalURI(me, 32), me, quoting, s.URI),
		"delete-quote-authorization": d.DeleteQuoteAuthorization(me, ApprovalURI(me, 32), quoting, s.URI),
		"tombstone":                  d.Tombstone(s.URI, 1700000000000),
		"emoji":                      d.Emoji(s.Emojis[0]),
		"replies":                    d.Replies(s, x.Replies),
		"tags":                       d.HashtagCollection(me, []string{"Cats"}),
		"collection-total":           d.Collection(Collected{ID: me.FollowersURL, Ordered: true, Total: 7}),
		"collection-items":           d.Collection(Collected{ID: me.FeaturedURL, Ordered: true, Total: 1, Docs: [][]byte{d.Tombstone(s.URI, 0)}}),
		"collection-page":            d.CollectionPage(CollectedPage{ID: me.OutboxURL + "?page=true", Ordered: true, PartOf: me.OutboxURL, Next: me.OutboxURL + "?max_id=1&page=true", Total: -1, Items: []string{s.URI}}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, err := Parse(doc)
			if err != nil {
				t.Fatalf("not read again: %v\n%s", err, doc)
			}
			if inner := o.Object.Object(); inner != nil && inner.IsNote() && name != "vote" {
				if _, err := inner.Note(); err != nil {
					t.Error(err)
				}
			}
			declared(t, doc)
			var v json.RawMessage = doc
			text, err := json.MarshalIndent(v, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", "drawn", name+".json")
			if *update {
				if err := os.WriteFile(file, append(text, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(text) + "\n"; got != string(want) {
				t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
			}
		})
	}
}

// declared checks that a document's @context declares each extension term that it uses, and none that it does not.
func declared(t *testing.T, doc []byte) {
	t.Helper()
	var top struct {
		Context json.RawMessage `json:"@context"`
	}
	if err := json.Unmarshal(doc, &top); err != nil {
		t.Fatal(err)
	}
	body := strings.Replace(string(doc), string(top.Context), "", 1)
	for _, term := range []string{
		"sensitive", "conversation", "Hashtag", "Emoji", "focalPoint", "blurhash", "votersCount", "manuallyApprovesFollowers",
		"featured", "featuredTags", "discoverable", "indexable", "showFeatured", "showMedia", "showRepliesInMedia", "memorial",
		"suspended", "attributionDomains", "alsoKnownAs", "movedTo", "PropertyValue", "value", "quote", "quoteUri", "_misskey_quote",
		"quoteAuthorization", "QuoteRequest", "QuoteAuthorization", "interactingObject", "interactionTarget", "interactionPolicy",
		"canQuote", "automaticApproval", "Multikey", "assertionMethod", "publicKeyMultibase", "controller",
	} {
		used := strings.Contains(body, `"`+term+`":`) || strings.Contains(body, `"type":"`+term+`"`)
		has := strings.Contains(string(top.Context), `"`+term+`":`)
		if used && !has {
			t.Errorf("%s is used and not declared", term)
		}
		if has && !used && term != "quoteUri" && term != "_misskey_quote" {
			t.Errorf("%s is declared and not used", term)
		}
	}
}

func TestALimitedAuthorReachesOnlyFollowers(t *testing.T) {
	t.Parallel()
	s := aStatus()
	bob := &model.Account{ID: 9, Username: "bob", Domain: "b.example", URI: "https://b.example/users/bob"}
	doc := string(Drawer{}.Note(s, Around{Mentioned: []*model.Account{bob}, Unheard: []model.ID{9}}))
	if strings.Contains(doc, `"cc":["https://a.example/ap/users/1/followers","https://b.example`) || !strings.Contains(doc, `"href":"https://b.example/users/bob"`) {
		t.Errorf("bob is to be named and not addressed: %s", doc)
	}
}
