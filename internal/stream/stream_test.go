package stream_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

type (
	P    = testkit.P
	JSON = testkit.JSON
)

func post(u *testkit.User, text string, more ...P) JSON {
	p := P{"status": text}
	for _, m := range more {
		for k, v := range m {
			p[k] = v
		}
	}
	return u.Do(200, "POST", "/api/v1/statuses", p)
}

func id(doc JSON) string { return doc["id"].(string) }

func follow(u, whom *testkit.User) {
	u.Do(200, "POST", "/api/v1/accounts/"+whom.Account.ID.String()+"/follow", nil)
}

// update waits for an update and gives the status's id.
func update(t *testing.T, s *testkit.Stream) string {
	t.Helper()
	e := s.Next("update")
	testkit.CheckEntity(t, "Status", []byte(*e.Payload))
	return id(e.JSON(t))
}

func TestWhoFollowsSeesPostsEditsAndDeletionsAsTheyHappen(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice, bob := s.Person("alice"), s.Person("bob")
		follow(bob, alice)
		home := bob.Stream("stream=user")
		made := post(alice, "Hello, Bob")
		e := home.Next("update")
		if len(e.Stream) != 1 || e.Stream[0] != "user" {
			t.Errorf("the frame's stream is %v, want [user]", e.Stream)
		}
		testkit.CheckEntity(t, "Status", []byte(*e.Payload))
		got := e.JSON(t)
		if got["content"] != "<p>Hello, Bob</p>" || got["favourited"] != false {
			t.Errorf("the status came as %v", got)
		}
		if _, pinned := got["pinned"]; pinned {
			t.Error("somebody else's status says whether it is pinned")
		}
		alice.Do(200, "PUT", "/api/v1/statuses/"+id(made), P{"status": "Hello, Bob!"})
		if e := home.Next("status.update"); e.JSON(t)["content"] != "<p>Hello, Bob!</p>" {
			t.Errorf("the edit came as %s", *e.Payload)
		}
		alice.Do(200, "DELETE", "/api/v1/statuses/"+id(made), nil)
		if e := home.Next("delete"); *e.Payload != id(made) {
			t.Errorf("deleted %q, want %s", *e.Payload, id(made))
		}
	})
}

func TestAnAuthorSeesTheirOwnPostAsTheirs(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice := s.Person("alice")
		home := alice.Stream("stream=user")
		post(alice, "Mine")
		if got := home.Next("update").JSON(t); got["pinned"] != false {
			t.Errorf("one's own status does not say whether it is pinned: %v", got["pinned"])
		}
	})
}

func TestHomeStreamsCarryWhatHomeTimelinesShow(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice, bob, carol, dave := s.Person("alice"), s.Person("bob"), s.Person("carol"), s.Person("dave")
		follow(bob, alice)
		follow(bob, carol)
		follow(alice, bob)
		home := bob.Stream("stream=user")
		post(dave, "Nobody follows me")
		strangers := post(dave, "Answer me")
		post(alice, "@dave an answer to somebody Bob does not follow", P{"in_reply_to_id": id(strangers)})
		private := post(alice, "For followers", P{"visibility": "private"})
		if got := update(t, home); got != id(private) {
			t.Errorf("got %s first, want the post for followers %s", got, id(private))
		}
		// A reblog of what has just been seen is left out; of what has not, it is not.
		seen := post(alice, "Seen")
		if got := update(t, home); got != id(seen) {
			t.Fatalf("got %s, want %s", got, id(seen))
		}
		carol.Do(200, "POST", "/api/v1/statuses/"+id(seen)+"/reblog", nil)
		shared := carol.Do(200, "POST", "/api/v1/statuses/"+id(strangers)+"/reblog", nil)
		if got := update(t, home); got != id(shared) {
			t.Errorf("got %s, want the reblog of the unseen %s", got, id(shared))
		}
		// Blocks, mutes and hidden reblogs work from the next post on.
		bob.Do(200, "POST", "/api/v1/accounts/"+alice.Account.ID.String()+"/mute", nil)
		unheard := post(alice, "Bob does not hear this")
		after := post(carol, "But this")
		if got := update(t, home); got != id(after) {
			t.Errorf("after muting Alice: got %s, want %s", got, id(after))
		}
		bob.Do(200, "POST", "/api/v1/accounts/"+alice.Account.ID.String()+"/unmute", nil)
		again := post(alice, "Bob hears me again")
		if got := update(t, home); got != id(again) {
			t.Errorf("after unmuting Alice: got %s, want %s", got, id(again))
		}
		// The timeline and the stream agree, but for what was posted while Alice was muted: a stream never tells it later.
		var shown []string
		for _, st := range bob.List(200, "GET", "/api/v1/timelines/home", nil) {
			shown = append(shown, id(st))
		}
		if want := []string{id(again), id(after), id(unheard), id(shared), id(seen), id(private)}; strings.Join(shown, " ") != strings.Join(want, " ") {
			t.Errorf("the home timeline has %v, the stream had %v", shown, want)
		}
	})
}

func TestPublicStreamsAreFilteredForEachViewer(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice, bob, carol := s.Person("alice"), s.Person("bob"), s.Person("carol")
		local := bob.Stream("stream=public:local")
		all := bob.Stream("stream=public")
		remote := bob.Stream("stream=public:remote")
		media := bob.Stream("stream=public:media")
		first := post(alice, "Hello, world")
		for name, stream := range map[string]*testkit.Stream{"local": local, "all": all} {
			e := stream.Next("update")
			got := e.JSON(t)
			if id(got) != id(first) {
				t.Errorf("%s: got %s, want %s", name, id(got), id(first))
			}
			if _, marked := got["favourited"]; marked {
				t.Errorf("%s: a public stream's status carries somebody's marks", name)
			}
		}
		post(alice, "not listed", P{"visibility": "unlisted"})
		post(alice, "@bob an answer", P{"in_reply_to_id": id(first), "visibility": "public"})
		post(carol, "@alice to somebody else", P{"in_reply_to_id": id(first)})
		bob.Do(200, "POST", "/api/v1/accounts/"+carol.Account.ID.String()+"/block", nil)
		post(carol, "Bob blocked me")
		post(alice, "Listen to @carol")
		bob.Do(200, "POST", "/api/v2/filters", P{"title": "Tea", "context": []string{"public"}, "filter_action": "warn", "keywords_attributes": []P{{"keyword": "tea"}}})
		tea := post(alice, "A cup of tea")
		for _, stream := range []*testkit.Stream{local, all} {
			e := stream.Next("update")
			// The answer to oneself stands in public timelines, as Mastodon's do.
			if strings.Contains(*e.Payload, "an answer") {
				e = stream.Next("update")
			}
			got := e.JSON(t)
			if id(got) != id(tea) {
				t.Errorf("got %v, want the tea", got["content"])
			}
			filtered, _ := got["filtered"].([]any)
			if len(filtered) != 1 {
				t.Errorf("the filter's match is not told: %v", got["filtered"])
			}
			testkit.CheckEntity(t, "Status", []byte(*e.Payload))
		}
		// Nothing had come where nothing belonged.
		for name, stream := range map[string]*testkit.Stream{"remote": remote, "media": media} {
			stream.Say(P{"type": "subscribe", "stream": "direct"})
			stream.Say(P{"type": "subscribe", "stream": "user"})
			post(bob, name)
			if e := stream.Next("update"); e.Stream[0] != "user" {
				t.Errorf("%s: got something on %v", name, e.Stream)
			}
		}
	})
}

func TestTagsListsAndConversationsHaveStreamsOfTheirOwn(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice, bob := s.Person("alice"), s.Person("bob")
		follow(bob, alice)
		list := bob.Do(200, "POST", "/api/v1/lists", P{"title": "Close"})
		bob.Do(200, "POST", "/api/v1/lists/"+id(list)+"/accounts", P{"account_ids": []string{alice.Account.ID.String()}})
		all := bob.Stream("")
		all.Say(P{"type": "subscribe", "stream": "hashtag", "tag": "ÉTÉ"})
		all.Say(P{"type": "subscribe", "stream": "hashtag", "tag": "été"}) // the same
		all.Say(P{"type": "subscribe", "stream": "list", "list": id(list)})
		all.Say(P{"type": "subscribe", "stream": "direct"})
		made := post(alice, "La mer #ete")
		got := map[string]string{}
		for range 2 {
			e := all.Next("update")
			got[strings.Join(e.Stream, " ")] = id(e.JSON(t))
		}
		if got["hashtag ÉTÉ"] != id(made) || got["list "+id(list)] != id(made) {
			t.Errorf("got %v, want the tag as it was asked for and the list", got)
		}
		direct := post(alice, "@bob between us", P{"visibility": "direct"})
		e := all.Next("conversation")
		if got := update(t, all); got != id(direct) { // a list shows what its members write to one
			t.Errorf("the list got %s", got)
		}
		testkit.CheckEntity(t, "Conversation", []byte(*e.Payload))
		if last := e.JSON(t)["last_status"].(map[string]any); last["id"] != id(direct) {
			t.Errorf("the conversation's last status is %v", last["id"])
		}
		alice.Do(200, "DELETE", "/api/v1/statuses/"+id(made), nil)
		for range 2 {
			if e := all.Next("delete"); *e.Payload != id(made) {
				t.Errorf("deleted %s", *e.Payload)
			}
		}
		all.Say(P{"type": "unsubscribe", "stream": "hashtag", "tag": "ete"})
		bob.Do(200, "DELETE", "/api/v1/lists/"+id(list)+"/accounts", P{"account_ids": []string{alice.Account.ID.String()}})
		all.Say(P{"type": "subscribe", "stream": "public"})
		post(alice, "#ete again")
		last := post(alice, "The end")
		for got := ""; got != id(last); {
			e := all.Next("update")
			if e.Stream[0] != "public" {
				t.Errorf("after unsubscribing something came on %v", e.Stream)
			}
			got = id(e.JSON(t))
		}
	})
}

func TestNotificationsReachOnlyWhomTheyConcernAndOnlyWithTheScope(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice, bob := s.Person("alice"), s.Person("bob")
		made := post(alice, "Like me")
		home, only := alice.Stream("stream=user"), alice.With("read:notifications").Stream("stream=user:notification")
		blind := alice.With("read:statuses").Stream("stream=user")
		bob.Do(200, "POST", "/api/v1/statuses/"+id(made)+"/favourite", nil)
		for _, stream := range []*testkit.Stream{home, only} {
			e := stream.Next("notification")
			testkit.CheckEntity(t, "Notification", []byte(*e.Payload))
			if got := e.JSON(t); got["type"] != "favourite" {
				t.Errorf("got %v", got["type"])
			}
		}
		after := post(alice, "After")
		if got := update(t, blind); got != id(after) {
			t.Errorf("without the scope: got %s", got)
		}
		refused := alice.With("read:notifications").Stream("stream=public")
		e, err := refused.Read()
		if err != nil || e.Error != "Access token does not have the required scopes" || e.Status != 401 {
			t.Errorf("a stream beyond the scopes: %+v %v", e, err)
		}
	})
}

func TestChangedFiltersAndAnnouncementsAreTold(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice := s.Person("alice")
		home := alice.Stream("stream=user")
		alice.Do(200, "POST", "/api/v2/filters", P{"title": "Tea", "context": []string{"home"}})
		if e := home.Next("filters_changed"); e.Payload != nil {
			t.Errorf("changed filters have a payload: %s", *e.Payload)
		}
		a, err := s.Social.Announce(context.Background(), social.AnnouncementDraft{Text: "Cake at four"})
		if err != nil {
			t.Fatal(err)
		}
		e := home.Next("announcement")
		testkit.CheckEntity(t, "Announcement", []byte(*e.Payload))
		alice.Do(200, "PUT", "/api/v1/announcements/"+a.ID.String()+"/reactions/"+url.PathEscape("🍰"), nil)
		got := home.Next("announcement.reaction").JSON(t)
		if got["name"] != "🍰" || got["count"] != 1.0 || got["announcement_id"] != a.ID.String() {
			t.Errorf("the reaction came as %v", got)
		}
		if err := s.Social.RemoveAnnouncement(context.Background(), a.ID); err != nil {
			t.Fatal(err)
		}
		if e := home.Next("announcement.delete"); *e.Payload != a.ID.String() {
			t.Errorf("got %s", *e.Payload)
		}
	})
}

func TestTokensAreTakenWhereverClientsPutThem(t *testing.T) {
	t.Parallel()
	s := testkit.NewServer(t, "", nil)
	alice := s.Person("alice")
	for name, c := range map[string]struct {
		query  string
		header http.Header
		status int
		says   string
		echo   string
	}{
		"header":        {"", http.Header{"Authorization": {"Bearer " + alice.Token}}, 101, "", ""},
		"query":         {"access_token=" + alice.Token, nil, 101, "", ""},
		"protocol":      {"", http.Header{"Sec-Websocket-Protocol": {alice.Token}}, 101, "", alice.Token},
		"none":          {"", nil, 401, "Missing access token", ""},
		"wrong":         {"access_token=x", nil, 401, "Invalid access token", ""},
		"wrong version": {"access_token=" + alice.Token, http.Header{}, 101, "", ""},
	} {
		stream, err := alice.TryStream(c.query, c.header)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		res := stream.Response
		if res.StatusCode != c.status || res.Header.Get("X-Error-Message") != c.says || res.Header.Get("Sec-WebSocket-Protocol") != c.echo {
			t.Errorf("%s: got %s %q, protocol %q", name, res.Status, res.Header.Get("X-Error-Message"), res.Header.Get("Sec-WebSocket-Protocol"))
		}
		if c.status == 401 {
			if b, err := io.ReadAll(res.Body); err != nil || len(b) > 0 {
				t.Errorf("%s: the refusal has a body: %q %v", name, b, err)
			}
		}
	}
}

func TestWhatClientsGetWrongIsAnsweredAndTheConnectionStays(t *testing.T) {
	t.Parallel()
	s := testkit.NewServer(t, "", nil)
	alice, bob := s.Person("alice"), s.Person("bob")
	list := bob.Do(200, "POST", "/api/v1/lists", P{"title": "Bob's"})
	stream := alice.Stream("")
	for _, c := range []struct {
		say    P
		want   string
		status int
	}{
		{P{"type": "subscribe", "stream": "nonsense"}, "Unknown stream type", 400},
		{P{"type": "subscribe", "stream": "hashtag"}, "Missing tag name parameter", 400},
		{P{"type": "subscribe", "stream": "list"}, "Missing list name parameter", 400},
		{P{"type": "subscribe", "stream": "list", "list": id(list)}, "Not authorized to stream this list", 401},
	} {
		stream.Say(c.say)
		if e, err := stream.Read(); err != nil || e.Error != c.want || e.Status != c.status {
			t.Errorf("%v: got %+v %v", c.say, e, err)
		}
	}
	stream.Frame(0x1, []byte("nonsense"))
	stream.Say(P{"type": "dance"})
	stream.Say(P{"type": "subscribe", "stream": []string{"user"}})
	made := post(alice, "Still here")
	if got := update(t, stream); got != id(made) {
		t.Errorf("got %s", got)
	}
	stream.Frame(0x2, []byte{1, 2, 3})
	if end := stream.Ended(); end.Code != 1003 {
		t.Errorf("a binary frame ends with %v, want 1003", end)
	}
}

func TestARevokedTokenEndsItsStreamsAndNoOthers(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice := s.Person("alice")
		other := alice.With("read write")
		kept, revoked := alice.Stream("stream=user"), other.Stream("stream=user")
		_, events := eventSource(t, s, other, "/api/v1/streaming/user")
		err := s.DB.Write(context.Background(), func(tx *store.Tx) error {
			user, err := tx.UserOf(alice.Account.ID)
			if err != nil {
				return err
			}
			tokens, err := tx.TokensOf(user.ID)
			if err != nil {
				return err
			}
			for _, token := range tokens {
				if token.Scopes == "read write" {
					return tx.RemoveToken(token)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if end := revoked.Ended(); end.Code != 0 {
			t.Errorf("ended with %v, want no code", end)
		}
		if _, err := io.ReadAll(events); err != nil {
			t.Errorf("the event stream did not end well: %v", err)
		}
		made := post(alice, "Still there")
		if got := update(t, kept); got != id(made) {
			t.Errorf("got %s", got)
		}
		if err := s.Social.Suspend(context.Background(), alice.Account.ID, true); err != nil {
			t.Fatal(err)
		}
		for {
			e, err := kept.Read()
			if err != nil {
				break
			}
			if e.Event == "update" {
				t.Errorf("a suspended person hears %v", e)
			}
		}
	})
}

func eventSource(t *testing.T, s *testkit.Server, u *testkit.User, path string) (*http.Response, *bufio.Reader) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, "GET", s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if u.Token != "" {
		req.Header.Set("Authorization", "Bearer "+u.Token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	return res, bufio.NewReader(res.Body)
}

// lineWith reads lines until one begins so.
func lineWith(t *testing.T, r *bufio.Reader, prefix string) string {
	t.Helper()
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("waiting for %q: %v", prefix, err)
		}
		if rest, ok := strings.CutPrefix(line, prefix); ok {
			return strings.TrimSuffix(rest, "\n")
		}
	}
}

func TestEventSourcesCarryTheSame(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice := s.Person("alice")
		for path, want := range map[string]int{
			"user": 200, "user/notification": 200, "public": 200, "public/local": 200, "public/remote": 200, "direct": 200,
			"hashtag?tag=tea": 200, "hashtag/local?tag=tea": 200, "public?only_media=true": 200,
			"hashtag": 400, "list": 400, "list?list=7": 401, "nonsense": 400,
		} {
			res, body := eventSource(t, s, alice, "/api/v1/streaming/"+path)
			if res.StatusCode != want {
				t.Errorf("%s: %s, want %d", path, res.Status, want)
			}
			if want != 200 {
				var doc JSON
				if err := json.NewDecoder(body).Decode(&doc); err != nil || doc["error"] == nil {
					t.Errorf("%s: no error is told: %v %v", path, doc, err)
				}
				continue
			}
			if line, err := body.ReadString('\n'); err != nil || line != ":)\n" {
				t.Errorf("%s begins with %q %v", path, line, err)
			}
			if retry := lineWith(t, body, "retry: "); len(retry) < 4 {
				t.Errorf("%s: come back after %s ms", path, retry)
			}
			if kind := res.Header.Get("Content-Type"); kind != "text/event-stream" || res.Header.Get("Cache-Control") != "private, no-store" {
				t.Errorf("%s is %q", path, kind)
			}
			if path == "user" {
				made := post(alice, "Line\nbreaks \"and\" \\ all")
				if event := lineWith(t, body, "event: "); event != "update" {
					t.Errorf("event %q", event)
				}
				data := lineWith(t, body, "data: ")
				testkit.CheckEntity(t, "Status", []byte(data))
				if !strings.Contains(data, `"id":"`+id(made)+`"`) {
					t.Errorf("data %s", data)
				}
			}
		}
		if res, _ := eventSource(t, s, s.Visitor(), "/api/v1/streaming/public"); res.StatusCode != 401 {
			t.Errorf("without a token: %s", res.Status)
		}
		res, body := eventSource(t, s, s.Visitor(), "/api/v1/streaming/health")
		if b, err := io.ReadAll(body); err != nil || string(b) != "OK" || res.Header.Get("Content-Type") != "text/plain" {
			t.Errorf("health: %q %v", b, err)
		}
	})
}

func TestAppsFindTheStreamingAddress(t *testing.T) {
	t.Parallel()
	s := testkit.NewServer(t, "", nil)
	want := "ws" + strings.TrimPrefix(s.URL, "http")
	v2 := s.Visitor().Do(200, "GET", "/api/v2/instance", nil)
	if got := v2["configuration"].(map[string]any)["urls"].(map[string]any)["streaming"]; got != want {
		t.Errorf("v2 says %v, want %s", got, want)
	}
	v1 := s.Visitor().Do(200, "GET", "/api/v1/instance", nil)
	if got := v1["urls"].(map[string]any)["streaming_api"]; got != want {
		t.Errorf("v1 says %v, want %s", got, want)
	}
}

func TestOldStatusesThatArriveLateAreNoNews(t *testing.T) {
	t.Parallel()
	s := testkit.NewServer(t, "", nil)
	alice := s.Person("alice")
	stranger := testkit.Stranger(t, s.DB, "zoe", "far.example")
	stream := alice.Stream("stream=public")
	arrive := func(at model.Time) (made model.ID) {
		err := s.DB.Write(context.Background(), func(tx *store.Tx) error {
			made = tx.NewIDAt(at)
			st := &model.Status{ID: made, AccountID: stranger.ID, Content: "<p>From afar</p>", Visibility: model.Public, URI: "https://far.example/" + made.String(), ConversationID: made, CreatedAt: at}
			if err := tx.AddConversation(made, 0, ""); err != nil {
				return err
			}
			tx.Publish(model.Event{Type: model.EventUpdate, Stream: "public", Account: stranger.ID, ID: made})
			return tx.AddStatus(st)
		})
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	arrive(s.DB.Now().Add(-24 * time.Hour))
	fresh := arrive(s.DB.Now())
	if got := update(t, stream); got != fresh.String() {
		t.Errorf("got %s, want the fresh one %s", got, fresh)
	}
}
