package ap

import (
	"encoding/json"
	"testing"

	"gomphothere/internal/model"
)

func TestWhatIsDrawnIsReadAgain(t *testing.T) {
	t.Parallel()
	d := Drawer{Base: "https://a.example", Domain: "a.example", MediaBase: "https://a.example/files/"}
	me := &model.Account{ID: 1, Username: "alice", URI: "https://a.example/ap/users/1", URL: "https://a.example/@alice",
		InboxURL: "https://a.example/ap/users/1/inbox", FollowersURL: "https://a.example/ap/users/1/followers", ActorType: "Person"}
	s := &model.Status{ID: 2, URI: me.URI + "/statuses/2", URL: me.URL + "/2", Content: "<p>hi</p>", Visibility: model.Public, Account: me, AccountID: 1, Language: "en", CreatedAt: 1700000000000}
	for _, doc := range [][]byte{d.Create(s, Around{}), d.Actor(me, Self{})} {
		if !json.Valid(doc) {
			t.Fatalf("invalid JSON: %s", doc)
		}
		o, err := Parse(doc)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s", doc)
		if o.IsActor() {
			p, err := o.Profile()
			if err != nil || p.Account.Username != "alice" {
				t.Fatalf("%+v %v", p, err)
			}
			continue
		}
		n, err := o.Object.Object().Note()
		if err != nil || n.Content != s.Content || n.Visibility(me.FollowersURL) != model.Public {
			t.Fatalf("%+v %v", n, err)
		}
	}
}
