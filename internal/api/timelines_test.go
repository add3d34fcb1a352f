package api_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"gomphothere/internal/testkit"
)

// said posts a text and gives its id.
func said(u *testkit.User, text string) string {
	return u.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": text})["id"].(string)
}

func idsOf(list []testkit.JSON) (ids []string) {
	for _, e := range list {
		ids = append(ids, e["id"].(string))
	}
	return ids
}

func expectIDs(t *testing.T, what string, list []testkit.JSON, want ...string) {
	t.Helper()
	if got := idsOf(list); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestTimelinesOverHTTP(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice, bob := s.Person("alice"), s.Person("bob")
		cats := said(alice, "#cats")
		both := said(alice, "#cats #dogs")
		said(alice, "nothing")
		expectIDs(t, "tag", s.Visitor().List(200, "GET", "/api/v1/timelines/tag/Cats", nil), both, cats)
		expectIDs(t, "tag and another", bob.List(200, "GET", "/api/v1/timelines/tag/cats", url.Values{"all[]": {"dogs"}}), both)
		expectIDs(t, "tag without another", bob.List(200, "GET", "/api/v1/timelines/tag/cats?none[]=dogs", nil), cats)
		expectIDs(t, "no such tag", bob.List(200, "GET", "/api/v1/timelines/tag/unheard", nil))

		path := "/api/v1/accounts/" + alice.Account.ID.String() + "/statuses"
		res, _ := s.Visitor().Send(200, "GET", path+"?limit=2&exclude_replies=true", nil, nil)
		if link := res.Header.Get("Link"); !strings.Contains(link, "max_id="+both) || !strings.Contains(link, "exclude_replies=true") || !strings.Contains(link, "min_id=") {
			t.Errorf("Link: %s", link)
		}
		expectIDs(t, "a profile's next page", s.Visitor().List(200, "GET", path+"?limit=2&max_id="+both, nil), cats)
		expectIDs(t, "a profile's tag", s.Visitor().List(200, "GET", path+"?tagged=dogs", nil), both)
		s.Visitor().Do(404, "GET", "/api/v1/accounts/1/statuses", nil)
		s.Visitor().Do(400, "GET", path+"?max_id=x", nil)
	})
}

func TestListsOverHTTP(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice, bob, carol := s.Person("alice"), s.Person("bob"), s.Person("carol")
		alice.Do(200, "POST", "/api/v1/accounts/"+bob.Account.ID.String()+"/follow", nil)
		list := alice.Do(200, "POST", "/api/v1/lists", testkit.P{"title": "friends", "exclusive": true})
		id := list["id"].(string)
		if list["replies_policy"] != "list" || list["exclusive"] != true {
			t.Errorf("a new list: %v", list)
		}
		if e := alice.Do(422, "POST", "/api/v1/lists", testkit.P{"title": ""}); e["error"] != "Validation failed: Title can't be blank" {
			t.Errorf("no title: %v", e)
		}
		alice.Do(422, "PUT", "/api/v1/lists/"+id, testkit.P{"title": strings.Repeat("x", 257)})
		alice.Do(422, "PUT", "/api/v1/lists/"+id, testkit.P{"replies_policy": "odd"})
		if l := alice.Do(200, "PUT", "/api/v1/lists/"+id, testkit.P{"title": "pals", "replies_policy": "followed"}); l["title"] != "pals" || l["exclusive"] != true {
			t.Errorf("changed: %v", l)
		}
		accounts := "/api/v1/lists/" + id + "/accounts"
		alice.Do(200, "POST", accounts, url.Values{"account_ids[]": {bob.Account.ID.String()}})
		alice.Do(422, "POST", accounts, url.Values{"account_ids[]": {bob.Account.ID.String()}})
		alice.Do(422, "POST", accounts, url.Values{"account_ids[]": {carol.Account.ID.String()}})
		alice.Do(404, "POST", accounts, url.Values{"account_ids[]": {"12"}})
		bob.Do(404, "GET", "/api/v1/lists/"+id, nil)
		bob.Do(404, "POST", accounts, nil)
		expectIDs(t, "members", alice.List(200, "GET", accounts+"?limit=0", nil), bob.Account.ID.String())
		expectIDs(t, "lists", alice.List(200, "GET", "/api/v1/lists", nil), id)
		expectIDs(t, "lists with bob", alice.List(200, "GET", "/api/v1/accounts/"+bob.Account.ID.String()+"/lists", nil), id)
		expectIDs(t, "lists with carol", alice.List(200, "GET", "/api/v1/accounts/"+carol.Account.ID.String()+"/lists", nil))
		post := said(bob, "hello")
		expectIDs(t, "the list's timeline", alice.List(200, "GET", "/api/v1/timelines/list/"+id, nil), post)
		expectIDs(t, "home beside an exclusive list", alice.List(200, "GET", "/api/v1/timelines/home", nil))
		alice.With("read:statuses").Do(403, "GET", "/api/v1/timelines/list/"+id, nil)
		alice.Do(200, "DELETE", accounts, url.Values{"account_ids[]": {bob.Account.ID.String()}})
		expectIDs(t, "home when bob is off the list", alice.List(200, "GET", "/api/v1/timelines/home", nil), post)
		alice.Do(200, "DELETE", "/api/v1/lists/"+id, nil)
		alice.Do(404, "GET", "/api/v1/lists/"+id, nil)
		alice.Do(404, "GET", "/api/v1/timelines/list/"+id, nil)
		s.Visitor().Do(401, "GET", "/api/v1/lists", nil)
	})
}

func TestTagsOverHTTP(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice := s.Person("alice")
		said(alice, "#Cats")
		if tag := s.Visitor().Do(200, "GET", "/api/v1/tags/cats", nil); len(tag["history"].([]any)) != 7 || tag["following"] != nil {
			t.Errorf("for a visitor: %v", tag)
		}
		s.Visitor().Do(404, "GET", "/api/v1/tags/not%20one", nil)
		if tag := alice.Do(200, "POST", "/api/v1/tags/cats/follow", nil); tag["following"] != true || tag["featuring"] != false {
			t.Errorf("followed: %v", tag)
		}
		res, _ := alice.Send(200, "GET", "/api/v1/followed_tags?limit=1", nil, nil)
		if link := res.Header.Get("Link"); !strings.Contains(link, "max_id=") || !strings.Contains(link, "since_id=") {
			t.Errorf("Link: %s", link)
		}
		alice.Do(200, "POST", "/api/v1/tags/cats/unfollow", nil)
		if list := alice.List(200, "GET", "/api/v1/followed_tags", nil); len(list) != 0 {
			t.Errorf("nothing followed, but %v", list)
		}
		if tag := alice.Do(200, "POST", "/api/v1/tags/cats/feature", nil); tag["featuring"] != true {
			t.Errorf("featured: %v", tag)
		}
		featured := alice.List(200, "GET", "/api/v1/featured_tags", nil)
		if len(featured) != 1 || featured[0]["statuses_count"] != "1" {
			t.Errorf("featured: %v", featured)
		}
		if list := s.Visitor().List(200, "GET", "/api/v1/accounts/"+alice.Account.ID.String()+"/featured_tags", nil); len(list) != 1 {
			t.Errorf("on the profile: %v", list)
		}
		alice.Do(422, "POST", "/api/v1/featured_tags", testkit.P{"name": "cats"})
		alice.Do(422, "POST", "/api/v1/featured_tags", testkit.P{"name": "not one"})
		alice.Do(200, "DELETE", "/api/v1/featured_tags/"+featured[0]["id"].(string), nil)
		alice.Do(404, "DELETE", "/api/v1/featured_tags/"+featured[0]["id"].(string), nil)
		if list := alice.List(200, "GET", "/api/v1/featured_tags/suggestions", nil); len(list) != 1 {
			t.Errorf("suggested: %v", list)
		}
		alice.Do(200, "POST", "/api/v1/featured_tags", testkit.P{"name": "Dogs"})
		alice.Do(200, "POST", "/api/v1/tags/dogs/unfeature", nil)
	})
}

func TestSearchOverHTTP(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice, bob := s.Person("alice"), s.Person("bob")
		mine := said(alice, "my walrus #walrus")
		said(bob, "another walrus")
		found := alice.Do(200, "GET", "/api/v2/search", url.Values{"q": {"walrus"}, "resolve": {"true"}})
		if n := len(found["statuses"].([]any)); n != 1 {
			t.Errorf("%d statuses", n)
		}
		if n := len(found["hashtags"].([]any)); n != 1 {
			t.Errorf("%d hashtags", n)
		}
		found = alice.Do(200, "GET", "/api/v2/search", url.Values{"q": {"@bob"}, "type": {"accounts"}})
		if list := found["accounts"].([]any); len(list) != 1 || list[0].(map[string]any)["acct"] != "bob" {
			t.Errorf("@bob: %v", list)
		}
		found = alice.Do(200, "GET", "/api/v2/search", url.Values{"q": {alice.Do(200, "GET", "/api/v1/statuses/"+mine, nil)["url"].(string)}, "resolve": {"true"}})
		if list := found["statuses"].([]any); len(list) != 1 {
			t.Errorf("by address: %v", list)
		}
		if n := len(s.Visitor().Do(200, "GET", "/api/v2/search?q=walrus", nil)["statuses"].([]any)); n != 0 {
			t.Errorf("a visitor finds %d statuses", n)
		}
		s.Visitor().Do(401, "GET", "/api/v2/search?q=walrus&offset=1", nil)
		s.Visitor().Do(401, "GET", "/api/v2/search?q=walrus&resolve=true", nil)
		alice.Do(400, "GET", "/api/v2/search", nil)
		alice.Do(200, "GET", "/api/v2/search", url.Values{"q": {strings.Repeat(`"-(*`, 3000)}})
		expectIDs(t, "people", alice.List(200, "GET", "/api/v1/accounts/search?q=bo", nil), bob.Account.ID.String())
		expectIDs(t, "people followed", alice.List(200, "GET", "/api/v1/accounts/search?q=bo&following=true", nil))
		s.Visitor().Do(401, "GET", "/api/v1/accounts/search?q=bo", nil)
	})
}

func TestSuggestionsOverHTTP(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice, bob := s.Person("alice"), s.Person("bob")
		list := alice.List(200, "GET", "/api/v2/suggestions", nil)
		if len(list) != 1 || list[0]["account"].(map[string]any)["id"] != bob.Account.ID.String() {
			t.Errorf("suggestions: %v", list)
		}
		expectIDs(t, "bare accounts", alice.List(200, "GET", "/api/v1/suggestions", nil), bob.Account.ID.String())
		expectIDs(t, "directory", s.Visitor().List(200, "GET", "/api/v1/directory?order=new&local=true", nil), bob.Account.ID.String(), alice.Account.ID.String())
		alice.Do(200, "DELETE", "/api/v1/suggestions/"+bob.Account.ID.String(), nil)
		if list := alice.List(200, "GET", "/api/v2/suggestions", nil); len(list) != 0 {
			t.Errorf("suggested again: %v", list)
		}
	})
}
