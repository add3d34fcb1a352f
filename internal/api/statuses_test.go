package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gomphothere/internal/testkit"
)

// id of an answer.
func id(doc testkit.JSON) string { return fmt.Sprint(doc["id"]) }

func idsIn(list []testkit.JSON) string {
	var out []string
	for _, doc := range list {
		out = append(out, id(doc))
	}
	return strings.Join(out, " ")
}

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestAPostIsWrittenEditedReadAndDeletedForRedrafting(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, srv *testkit.Server) {
		alice, bob, visitor := srv.Person("alice"), srv.Person("bob"), srv.Visitor()
		st := alice.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "teh cat", "poll": testkit.P{"options": []string{"a", "b"}, "expires_in": 600}})
		path := "/api/v1/statuses/" + id(st)
		want(t, "history of one never edited", len(visitor.List(200, "GET", path+"/history", nil)), 1)
		for _, method := range []string{"PUT", "PATCH"} {
			edited := alice.Do(200, method, path, testkit.P{"status": "the cat by " + method, "language": "en"})
			if edited["edited_at"] == nil || edited["poll"] != nil {
				t.Errorf("edited by %s: %v", method, edited)
			}
		}
		want(t, "history", len(bob.List(200, "GET", path+"/history", nil)), 3)
		want(t, "source", bob.Do(200, "GET", path+"/source", nil)["text"], "the cat by PATCH")
		reply := bob.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "@alice miaow", "in_reply_to_id": id(st)})
		thread := visitor.Do(200, "GET", path+"/context", nil)
		want(t, "descendants", len(thread["descendants"].([]any)), 1)
		want(t, "several", idsIn(visitor.List(200, "GET", "/api/v1/statuses", url.Values{"id[]": {id(reply), "7", id(st)}})), id(reply)+" "+id(st))
		var many []string
		for i := range 21 {
			many = append(many, fmt.Sprint(i+1))
		}
		visitor.Do(422, "GET", "/api/v1/statuses", url.Values{"id[]": many})
		bob.Do(404, "PUT", path, testkit.P{"status": "mine"})
		bob.Do(404, "DELETE", path, nil)
		deleted := alice.Do(200, "DELETE", path, nil)
		want(t, "text for redrafting", deleted["text"], "the cat by PATCH")
		want(t, "error", visitor.Do(404, "GET", path, nil)["error"], "Record not found")
	})
}

func TestWhatPeopleDoWithAPostIsShownAndListed(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, srv *testkit.Server) {
		alice, bob, visitor := srv.Person("alice"), srv.Person("bob"), srv.Visitor()
		var posts []string
		for i := range 3 {
			st := id(alice.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": fmt.Sprint("number ", i)}))
			posts = append(posts, st)
			for _, verb := range []string{"favourite", "bookmark", "reblog"} {
				bob.Do(200, "POST", "/api/v1/statuses/"+st+"/"+verb, nil)
			}
		}
		path := "/api/v1/statuses/" + posts[0]
		seen := bob.Do(200, "GET", path, nil)
		for _, mark := range []string{"favourited", "bookmarked", "reblogged"} {
			want(t, mark, seen[mark], true)
		}
		for _, list := range []string{"bookmarks", "favourites"} {
			res, _ := bob.Send(200, "GET", "/api/v1/"+list+"?limit=2", nil, nil)
			next := strings.Split(strings.Split(res.Header.Get("Link"), ">")[0], srv.Social.Site.Base)[1]
			want(t, "second page of "+list, idsIn(bob.List(200, "GET", next, nil)), posts[0])
		}
		for _, list := range []string{"favourited_by", "reblogged_by"} {
			want(t, list, idsIn(visitor.List(200, "GET", path+"/"+list, nil)), bob.Account.ID)
		}
		for _, verb := range []string{"unfavourite", "unbookmark", "unreblog"} {
			after := bob.Do(200, "POST", path+"/"+verb, nil)
			want(t, "id after "+verb, id(after), posts[0])
		}
		seen = bob.Do(200, "GET", path, nil)
		for _, mark := range []string{"favourited", "bookmarked", "reblogged"} {
			want(t, mark, seen[mark], false)
		}
		want(t, "muted", bob.Do(200, "POST", path+"/mute", nil)["muted"], true)
		want(t, "muted", bob.Do(200, "POST", path+"/unmute", nil)["muted"], false)
		want(t, "pinned", alice.Do(200, "POST", path+"/pin", nil)["pinned"], true)
		want(t, "pinned", alice.Do(200, "POST", path+"/unpin", nil)["pinned"], false)
		bob.Do(422, "POST", path+"/pin", nil)
		bob.With("read").Do(403, "POST", path+"/reblog", nil)
		visitor.Do(401, "POST", path+"/reblog", nil)
	})
}

func TestAPollIsVotedInOverTheAPI(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, srv *testkit.Server) {
		alice, bob := srv.Person("alice"), srv.Person("bob")
		st := alice.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "tea?", "poll": testkit.P{"options": []string{"yes", "no"}, "expires_in": 600}})
		path := "/api/v1/polls/" + id(st["poll"].(map[string]any))
		voted := bob.Do(200, "POST", path+"/votes", url.Values{"choices[]": {"1"}})
		want(t, "own votes", voted["own_votes"], "[1]")
		want(t, "error", bob.Do(422, "POST", path+"/votes", testkit.P{"choices": []int{0}})["error"], "Validation failed: You have already voted on this poll")
		want(t, "error", alice.Do(422, "POST", path+"/votes", testkit.P{"choices": []int{0}})["error"], "Validation failed: You cannot vote in your own polls")
		bob.Do(422, "POST", path+"/votes", testkit.P{"choices": []string{"tea"}})
		want(t, "votes", srv.Visitor().Do(200, "GET", path, nil)["votes_count"], 1)
		bob.Do(404, "GET", "/api/v1/polls/1", nil)
	})
}

func TestASchedulesTimeIsMovedAndTheScheduleCancelled(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, srv *testkit.Server) {
		alice, bob := srv.Person("alice"), srv.Person("bob")
		at := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }
		sc := alice.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "later", "scheduled_at": at(time.Hour)})
		path := "/api/v1/scheduled_statuses/" + id(sc)
		alice.Do(200, "GET", path, nil)
		bob.Do(404, "GET", path, nil)
		for _, method := range []string{"PUT", "PATCH"} {
			moved := alice.Do(200, method, path, testkit.P{"scheduled_at": at(3 * time.Hour)})
			if moved["scheduled_at"] == sc["scheduled_at"] {
				t.Errorf("%s moved nothing: %v", method, moved)
			}
		}
		alice.Do(422, "PUT", path, testkit.P{"scheduled_at": at(time.Minute)})
		want(t, "listed", idsIn(alice.List(200, "GET", "/api/v1/scheduled_statuses", nil)), id(sc))
		alice.Do(200, "DELETE", path, nil)
		alice.Do(404, "DELETE", path, nil)
		want(t, "listed after", idsIn(alice.List(200, "GET", "/api/v1/scheduled_statuses", nil)), "")
	})
}

func TestAQuoteIsListedAndRevoked(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, srv *testkit.Server) {
		alice, bob := srv.Person("alice"), srv.Person("bob")
		st := id(alice.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "quotable"}))
		quoting := bob.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "look", "quoted_status_id": st})
		path := "/api/v1/statuses/" + st
		want(t, "state", quoting["quote"].(map[string]any)["state"], "accepted")
		want(t, "quotes", idsIn(alice.List(200, "GET", path+"/quotes", nil)), id(quoting))
		bob.Do(403, "POST", path+"/quotes/"+id(quoting)+"/revoke", nil)
		revoked := alice.Do(200, "POST", path+"/quotes/"+id(quoting)+"/revoke", nil)
		want(t, "state", revoked["quote"].(map[string]any)["state"], "revoked")
		policy := alice.Do(200, "PUT", path+"/interaction_policy", testkit.P{"quote_approval_policy": "followers"})
		want(t, "policy", policy["quote_approval"].(map[string]any)["automatic"], "[followers]")
		alice.Do(422, "PATCH", path+"/interaction_policy", testkit.P{"quote_approval_policy": "friends"})
		bob.Do(403, "PATCH", path+"/interaction_policy", nil)
		bob.Send(404, "POST", path+"/translate", nil, http.Header{})
	})
}
