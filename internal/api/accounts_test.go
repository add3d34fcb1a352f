package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gomphothere/internal/testkit"
)

func TestFollowingFromAskingToListing(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice, bob := s.Person("alice"), s.Person("bob")
		toBob, toAlice := "/api/v1/accounts/"+bob.Account.ID.String(), "/api/v1/accounts/"+alice.Account.ID.String()
		if got := alice.Do(403, "POST", toAlice+"/follow", nil)["error"]; got != "Following your own account is not allowed" {
			t.Errorf("following oneself: %v", got)
		}
		alice.Do(404, "POST", "/api/v1/accounts/12345/follow", nil)
		alice.Do(422, "POST", toBob+"/follow", testkit.P{"languages": []string{"klingon?"}})
		if got := alice.Do(200, "POST", toBob+"/follow", testkit.P{"reblogs": false, "languages": []string{"de"}}); got["following"] != true || got["showing_reblogs"] != false || fmt.Sprint(got["languages"]) != "[de]" {
			t.Errorf("follow: %v", got)
		}
		bob.Do(200, "PATCH", "/api/v1/accounts/update_credentials", testkit.P{"locked": true})
		carol := s.Person("carol")
		if got := carol.Do(200, "POST", toBob+"/follow", nil); got["requested"] != true || got["following"] != false {
			t.Errorf("asking a locked person: %v", got)
		}
		source := bob.Do(200, "GET", "/api/v1/accounts/verify_credentials", nil)["source"].(map[string]any)
		if source["follow_requests_count"] != 1.0 {
			t.Errorf("bob has %v requests", source["follow_requests_count"])
		}
		waiting := bob.List(200, "GET", "/api/v1/follow_requests", nil)
		if len(waiting) != 1 || waiting[0]["username"] != "carol" {
			t.Errorf("waiting: %v", waiting)
		}
		answer := "/api/v1/follow_requests/" + carol.Account.ID.String()
		if got := bob.Do(200, "POST", answer+"/authorize", nil); got["followed_by"] != true {
			t.Errorf("authorized: %v", got)
		}
		bob.Do(404, "POST", answer+"/authorize", nil)
		bob.Do(404, "POST", answer+"/reject", nil)
		if got := bob.Do(200, "POST", "/api/v1/accounts/"+carol.Account.ID.String()+"/remove_from_followers", nil); got["followed_by"] != false {
			t.Errorf("removed: %v", got)
		}
		list := s.Visitor().List(200, "GET", toBob+"/followers", nil)
		if len(list) != 1 || list[0]["username"] != "alice" {
			t.Errorf("bob's followers: %v", list)
		}
	})
}

func TestPagingThroughFollowersReachesEverybodyOnce(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		star := s.Person("star")
		path := "/api/v1/accounts/" + star.Account.ID.String()
		for i := range 5 {
			s.Person(fmt.Sprintf("fan%d", i)).Do(200, "POST", path+"/follow", nil)
		}
		var seen []string
		next := path + "/followers?limit=2"
		for range 5 {
			res, body := s.Visitor().Send(200, "GET", next, nil, nil)
			var page []struct{ Username string }
			if err := json.Unmarshal(body, &page); err != nil {
				t.Fatal(err)
			}
			for _, a := range page {
				seen = append(seen, a.Username)
			}
			link := res.Header.Get("Link")
			if !strings.Contains(link, `rel="prev"`) && len(page) > 0 {
				t.Errorf("no way back in %q", link)
			}
			at := strings.Index(link, `>; rel="next"`)
			if at < 0 {
				break
			}
			u, err := url.Parse(link[1:at])
			if err != nil {
				t.Fatal(err)
			}
			next = u.RequestURI()
		}
		if got := strings.Join(seen, " "); got != "fan4 fan3 fan2 fan1 fan0" {
			t.Errorf("seen %s", got)
		}
	})
}

func TestRelationshipsComeInTheOrderAskedEachOnce(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice, bob, carol := s.Person("alice"), s.Person("bob"), s.Person("carol")
		b, c := bob.Account.ID.String(), carol.Account.ID.String()
		carol.Do(200, "POST", "/api/v1/accounts/"+alice.Account.ID.String()+"/follow", nil)
		list := alice.List(200, "GET", "/api/v1/accounts/relationships?id[]="+c+"&id[]="+b+"&id[]="+c+"&id[]=1&id[]=x", nil)
		if len(list) != 2 || list[0]["id"] != c || list[1]["id"] != b || list[0]["followed_by"] != true {
			t.Errorf("got %v", list)
		}
		if list := alice.List(200, "GET", "/api/v1/accounts/relationships?id="+b, nil); len(list) != 1 {
			t.Errorf("a single id gives %v", list)
		}
		if err := s.Social.Suspend(t.Context(), bob.Account.ID, true); err != nil {
			t.Fatal(err)
		}
		if list := alice.List(200, "GET", "/api/v1/accounts/relationships?id[]="+b, nil); len(list) != 0 {
			t.Errorf("a suspended account gives %v", list)
		}
		if list := alice.List(200, "GET", "/api/v1/accounts/relationships?with_suspended=true&id[]="+b, nil); len(list) != 1 {
			t.Errorf("asked with suspended: %v", list)
		}
	})
}

func TestBlocksMutesAndNotes(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice, bob := s.Person("alice"), s.Person("bob")
		path := "/api/v1/accounts/" + bob.Account.ID.String()
		if got := alice.Do(200, "POST", path+"/mute", testkit.P{"notifications": false, "duration": 3600}); got["muting"] != true || got["muting_notifications"] != false || got["muting_expires_at"] == nil {
			t.Errorf("mute: %v", got)
		}
		alice.Do(422, "POST", path+"/mute", testkit.P{"duration": "soon"})
		if list := alice.List(200, "GET", "/api/v1/mutes", nil); len(list) != 1 || list[0]["mute_expires_at"] == nil {
			t.Errorf("mutes: %v", list)
		}
		if got := alice.Do(200, "POST", path+"/unmute", nil); got["muting"] != false {
			t.Errorf("unmute: %v", got)
		}
		if got := alice.Do(200, "POST", path+"/block", nil); got["blocking"] != true {
			t.Errorf("block: %v", got)
		}
		if list := alice.List(200, "GET", "/api/v1/blocks", nil); len(list) != 1 || list[0]["username"] != "bob" {
			t.Errorf("blocks: %v", list)
		}
		bob.Do(403, "POST", "/api/v1/accounts/"+alice.Account.ID.String()+"/follow", nil)
		if got := alice.Do(200, "POST", path+"/unblock", nil); got["blocking"] != false {
			t.Errorf("unblock: %v", got)
		}
		if got := alice.Do(200, "POST", path+"/note", testkit.P{"comment": "owes me a trunk"}); got["note"] != "owes me a trunk" {
			t.Errorf("note: %v", got)
		}
		alice.Do(422, "POST", path+"/note", testkit.P{"comment": strings.Repeat("x", 2001)})
		if got := alice.Do(200, "POST", path+"/note", testkit.P{"comment": ""}); got["note"] != "" {
			t.Errorf("no note: %v", got)
		}
		alice.With("read").Do(403, "POST", path+"/block", nil)
		s.Visitor().Do(401, "POST", path+"/block", nil)
	})
}

func TestEndorsementsNeedAFollow(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice, bob := s.Person("alice"), s.Person("bob")
		path := "/api/v1/accounts/" + bob.Account.ID.String()
		alice.Do(422, "POST", path+"/endorse", nil)
		alice.Do(200, "POST", path+"/follow", nil)
		if got := alice.Do(200, "POST", path+"/pin", nil); got["endorsed"] != true {
			t.Errorf("endorse: %v", got)
		}
		for _, of := range []string{"/api/v1/endorsements", "/api/v1/endorsements?limit=0", "/api/v1/accounts/" + alice.Account.ID.String() + "/endorsements"} {
			if list := alice.List(200, "GET", of, nil); len(list) != 1 || list[0]["username"] != "bob" {
				t.Errorf("%s: %v", of, list)
			}
		}
		alice.Do(200, "POST", path+"/unfollow", nil)
		if list := alice.List(200, "GET", "/api/v1/endorsements", nil); len(list) != 0 {
			t.Errorf("after unfollowing: %v", list)
		}
	})
}

func TestDomainsAreBlockedUnderOneSpelling(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice := s.Person("alice")
		alice.Do(422, "POST", "/api/v1/domain_blocks", testkit.P{"domain": ""})
		alice.Do(422, "POST", "/api/v1/domain_blocks", testkit.P{"domain": "not a domain"})
		alice.Do(200, "POST", "/api/v1/domain_blocks", testkit.P{"domain": "BÜCHER.example"})
		alice.Do(200, "POST", "/api/v1/domain_blocks", testkit.P{"domain": "xn--bcher-kva.example."})
		if got := alice.Do(200, "GET", "/api/v1/domain_blocks/preview?domain=b%C3%BCcher.example", nil); got["following_count"] != 0.0 || got["followers_count"] != 0.0 {
			t.Errorf("preview: %v", got)
		}
		names := func() string {
			_, body := alice.Send(200, "GET", "/api/v1/domain_blocks", nil, nil)
			return string(body)
		}
		if got := names(); got != `["xn--bcher-kva.example"]` {
			t.Errorf("blocked: %s", got)
		}
		alice.Do(200, "DELETE", "/api/v1/domain_blocks", testkit.P{"domain": "bücher.example"})
		if got := names(); got != `[]` {
			t.Errorf("unblocked: %s", got)
		}
	})
}

func TestAProfileIsEditedByFormAndByJSON(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice := s.Person("alice")
		got := alice.Do(200, "PATCH", "/api/v1/accounts/update_credentials", url.Values{
			"display_name": {"Alice"}, "bot": {"true"}, "source[privacy]": {"private"}, "source[quote_policy]": {"nobody"},
			"fields_attributes[0][name]": {"Cat"}, "fields_attributes[0][value]": {"Mimi"},
			"fields_attributes[1][name]": {""}, "fields_attributes[1][value]": {""},
		})
		source := got["source"].(map[string]any)
		if got["display_name"] != "Alice" || got["bot"] != true || source["privacy"] != "private" || source["quote_policy"] != "nobody" || len(got["fields"].([]any)) != 1 {
			t.Errorf("by form: %v", got)
		}
		got = alice.Do(200, "PATCH", "/api/v1/profile", testkit.P{"note": "I like #tusks", "show_media": false, "fields_attributes": []any{}})
		if got["note"] != "I like #tusks" || got["show_media"] != false || got["display_name"] != "Alice" || len(got["fields"].([]any)) != 0 {
			t.Errorf("by JSON: %v", got)
		}
		alice.Do(200, "PUT", "/api/v1/profile", testkit.P{"locked": true})
		if got := alice.Do(200, "GET", "/api/v1/profile", nil); got["locked"] != true || !strings.Contains(got["formatted_note"].(string), "/tags/tusks") {
			t.Errorf("the profile is %v", got)
		}
		refused := alice.Do(422, "PATCH", "/api/v1/accounts/update_credentials", testkit.P{"display_name": strings.Repeat("x", 31)})
		if refused["error"] != "Validation failed: Display name is too long (maximum is 30 characters)" || refused["details"] == nil {
			t.Errorf("refused with %v", refused)
		}
		if got := alice.Do(200, "GET", "/api/v1/preferences", nil); got["posting:default:visibility"] != "private" || got["posting:default:quote_policy"] != "nobody" {
			t.Errorf("preferences: %v", got)
		}
		alice.Do(200, "DELETE", "/api/v1/profile/avatar", nil)
		alice.Do(200, "DELETE", "/api/v1/profile/header", nil)
		alice.With("profile").Do(200, "GET", "/api/v1/accounts/verify_credentials", nil)
	})
}

func TestAPictureIsRefusedInWordsAndNothingOfTheFormIsSaved(t *testing.T) {
	t.Parallel()
	s := testkit.NewServer(t, "", nil)
	alice := s.Person("alice")
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := form.WriteField("display_name", "Alice with a hat"); err != nil {
		t.Fatal(err)
	}
	file, err := form.CreateFormFile("avatar", "hat.png")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write([]byte("\x89PNG")); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, s.URL+"/api/v1/accounts/update_credentials", &body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.Header.Set("Authorization", "Bearer "+alice.Token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var doc struct{ Error string }
	if err := json.NewDecoder(res.Body).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != 422 || !strings.Contains(doc.Error, "cannot take pictures yet") {
		t.Errorf("got %d %q", res.StatusCode, doc.Error)
	}
	if got := alice.Do(200, "GET", "/api/v1/accounts/verify_credentials", nil)["display_name"]; got != "alice" {
		t.Errorf("the name became %v", got)
	}
}

func TestWhoIsNotThereYetIsNotThere(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice, bob := s.Person("alice"), s.Person("bob")
		path := "/api/v1/accounts/" + bob.Account.ID.String()
		if got := s.Visitor().Do(200, "GET", path, nil); got["acct"] != "bob" {
			t.Errorf("bob is %v", got)
		}
		if got := s.Visitor().Do(200, "GET", "/api/v1/accounts/lookup?acct=@BOB", nil); got["id"] != bob.Account.ID.String() {
			t.Errorf("looked up %v", got)
		}
		s.Visitor().Do(404, "GET", "/api/v1/accounts/lookup?acct=bob@far.example", nil)
		s.Visitor().Do(404, "GET", "/api/v1/accounts/none", nil)
		if list := s.Visitor().List(200, "GET", "/api/v1/accounts?id[]="+bob.Account.ID.String()+"&id[]=7", nil); len(list) != 1 {
			t.Errorf("by ids: %v", list)
		}
		many := strings.Repeat("&id[]=7", 41)
		s.Visitor().Do(422, "GET", "/api/v1/accounts?"+many[1:], nil)
		if list := alice.List(200, "GET", "/api/v1/accounts/familiar_followers?id[]="+bob.Account.ID.String(), nil); len(list) != 1 || len(list[0]["accounts"].([]any)) != 0 {
			t.Errorf("familiar: %v", list)
		}
		if err := s.Social.Suspend(t.Context(), bob.Account.ID, true); err != nil {
			t.Fatal(err)
		}
		if got := s.Visitor().Do(200, "GET", path, nil); got["suspended"] != true {
			t.Errorf("suspended bob is %v", got)
		}
		alice.Do(404, "POST", path+"/follow", nil)
	})
}
