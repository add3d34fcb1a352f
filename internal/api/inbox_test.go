package api_test

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/testkit"
)

func TestNotificationsOverHTTP(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice, bob, carol := s.Person("alice"), s.Person("bob"), s.Person("carol")
		st := alice.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "hello"})
		id := st["id"].(string)
		bob.Do(200, "POST", "/api/v1/statuses/"+id+"/favourite", nil)
		carol.Do(200, "POST", "/api/v1/statuses/"+id+"/favourite", nil)
		bob.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "@alice hi", "in_reply_to_id": id})

		list := alice.List(200, "GET", "/api/v1/notifications?limit=2", nil)
		if len(list) != 2 || list[0]["type"] != "mention" || list[1]["type"] != "favourite" {
			t.Fatalf("notifications: %v", list)
		}
		if list[1]["status"].(map[string]any)["id"] != id {
			t.Errorf("a favourite of another status: %v", list[1])
		}
		res, _ := alice.Send(200, "GET", "/api/v1/notifications?limit=2", nil, nil)
		if link := res.Header.Get("Link"); !strings.Contains(link, "max_id="+list[1]["id"].(string)) || !strings.Contains(link, "min_id="+list[0]["id"].(string)) {
			t.Errorf("Link: %s", link)
		}
		for query, want := range map[string]int{
			"types[]=mention": 1, "exclude_types[]=mention": 2, "account_id=" + carol.Account.ID.String(): 1, "types[]=poll": 0,
			"types[]=mention&types[]=favourite": 3,
		} {
			if got := alice.List(200, "GET", "/api/v1/notifications?"+query, nil); len(got) != want {
				t.Errorf("%s gives %d, want %d", query, len(got), want)
			}
		}
		if one := alice.Do(200, "GET", "/api/v1/notifications/"+list[0]["id"].(string), nil); one["type"] != "mention" {
			t.Errorf("one: %v", one)
		}
		bob.Do(404, "GET", "/api/v1/notifications/"+list[0]["id"].(string), nil)
		bob.Do(404, "POST", "/api/v1/notifications/"+list[0]["id"].(string)+"/dismiss", nil)
		if n := alice.Do(200, "GET", "/api/v1/notifications/unread_count", nil); n["count"] != 3.0 {
			t.Errorf("unread: %v", n)
		}
		if n := alice.Do(200, "GET", "/api/v2/notifications/unread_count", nil); n["count"] != 2.0 {
			t.Errorf("unread groups: %v", n)
		}

		groups := alice.Do(200, "GET", "/api/v2/notifications", nil)["notification_groups"].([]any)
		if len(groups) != 2 {
			t.Fatalf("groups: %v", groups)
		}
		fav := groups[1].(map[string]any)
		if fav["notifications_count"] != 2.0 || fav["status_id"] != id || len(fav["sample_account_ids"].([]any)) != 2 {
			t.Errorf("group: %v", fav)
		}
		key := fav["group_key"].(string)
		partial := alice.Do(200, "GET", "/api/v2/notifications?expand_accounts=partial_avatars", nil)
		if len(partial["accounts"].([]any)) != 2 || len(partial["partial_accounts"].([]any)) != 0 {
			// carol is the face of the favourites, bob of the mention
			t.Errorf("partial: %v", partial)
		}
		alice.Do(400, "GET", "/api/v2/notifications?expand_accounts=none", nil)
		alice.Do(200, "GET", "/api/v2/notifications/"+key, nil)
		if who := alice.List(200, "GET", "/api/v2/notifications/"+key+"/accounts", nil); len(who) != 2 || who[0]["username"] != "carol" {
			t.Errorf("accounts: %v", who)
		}
		alice.Do(200, "POST", "/api/v2/notifications/"+key+"/dismiss", nil)
		alice.Do(404, "GET", "/api/v2/notifications/"+key, nil)
		alice.Do(200, "POST", "/api/v1/notifications/"+list[0]["id"].(string)+"/dismiss", nil)
		if left := alice.List(200, "GET", "/api/v1/notifications", nil); len(left) != 0 {
			t.Errorf("left: %v", left)
		}
		bob.Do(200, "POST", "/api/v1/statuses/"+id+"/unfavourite", nil)
		bob.Do(200, "POST", "/api/v1/statuses/"+id+"/favourite", nil)
		alice.Do(200, "POST", "/api/v2/notifications/clear", nil)
		if left := alice.List(200, "GET", "/api/v1/notifications", nil); len(left) != 0 {
			t.Errorf("after clearing: %v", left)
		}
		alice.With("write").Do(403, "GET", "/api/v1/notifications", nil)
		s.Visitor().Do(401, "GET", "/api/v1/notifications", nil)
	})
}

func TestRequestsOverHTTP(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice, bob, carol := s.Person("alice"), s.Person("bob"), s.Person("carol")
		if p := alice.Do(200, "GET", "/api/v2/notifications/policy", nil); p["for_not_following"] != "accept" || p["for_limited_accounts"] != "filter" {
			t.Errorf("default policy: %v", p)
		}
		alice.Do(200, "PATCH", "/api/v2/notifications/policy", testkit.P{"for_not_following": "filter"})
		alice.Do(422, "PATCH", "/api/v2/notifications/policy", testkit.P{"for_not_following": "perhaps"})
		if p := alice.Do(200, "GET", "/api/v1/notifications/policy", nil); p["filter_not_following"] != true {
			t.Errorf("first version: %v", p)
		}
		for _, who := range []*testkit.User{bob, carol} {
			who.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "@alice hi"})
			who.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "@alice hi again"})
		}
		p := alice.Do(200, "GET", "/api/v2/notifications/policy", nil)
		if sum := p["summary"].(map[string]any); sum["pending_requests_count"] != 2.0 || sum["pending_notifications_count"] != 4.0 {
			t.Errorf("summary: %v", sum)
		}
		list := alice.List(200, "GET", "/api/v1/notifications/requests", nil)
		if len(list) != 2 || list[0]["notifications_count"] != "2" {
			t.Fatalf("requests: %v", list)
		}
		carols, bobs := list[0]["id"].(string), list[1]["id"].(string)
		alice.Do(200, "GET", "/api/v1/notifications/requests/"+bobs, nil)
		bob.Do(404, "GET", "/api/v1/notifications/requests/"+bobs, nil)
		alice.Do(200, "POST", "/api/v1/notifications/requests/accept", testkit.P{"id": []string{bobs, "99"}})
		if m := alice.Do(200, "GET", "/api/v1/notifications/requests/merged", nil); m["merged"] != true {
			t.Errorf("merged: %v", m)
		}
		if got := alice.List(200, "GET", "/api/v1/notifications", nil); len(got) != 2 {
			t.Errorf("after accepting bob: %v", got)
		}
		if got := alice.List(200, "GET", "/api/v1/notifications?include_filtered=true", nil); len(got) != 4 || got[0]["filtered"] != true {
			t.Errorf("with held-back ones: %v", got)
		}
		alice.Do(200, "POST", "/api/v1/notifications/requests/"+carols+"/dismiss", nil)
		alice.Do(404, "POST", "/api/v1/notifications/requests/"+carols+"/accept", nil)
		if got := alice.List(200, "GET", "/api/v1/notifications?include_filtered=true", nil); len(got) != 2 {
			t.Errorf("after dismissing carol: %v", got)
		}
	})
}

func TestConversationsAndMarkersOverHTTP(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice, bob := s.Person("alice"), s.Person("bob")
		alice.Do(200, "POST", "/api/v1/accounts/"+bob.Account.ID.String()+"/follow", nil)
		bob.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "@alice psst", "visibility": "direct"})
		list := alice.List(200, "GET", "/api/v1/conversations", nil)
		if len(list) != 1 || list[0]["unread"] != true {
			t.Fatalf("conversations: %v", list)
		}
		id := list[0]["id"].(string)
		if c := alice.Do(200, "POST", "/api/v1/conversations/"+id+"/read", nil); c["unread"] != false {
			t.Errorf("read: %v", c)
		}
		if c := alice.Do(200, "POST", "/api/v1/conversations/"+id+"/unread", nil); c["unread"] != true {
			t.Errorf("unread: %v", c)
		}
		bob.Do(404, "POST", "/api/v1/conversations/"+id+"/read", nil)
		bob.Do(404, "DELETE", "/api/v1/conversations/"+id, nil)
		alice.Do(200, "DELETE", "/api/v1/conversations/"+id, nil)
		alice.Do(404, "DELETE", "/api/v1/conversations/"+id, nil)

		m := alice.Do(200, "POST", "/api/v1/markers", url.Values{"home[last_read_id]": {"12"}, "notifications[last_read_id]": {"34"}})
		if len(m) != 2 || m["home"].(map[string]any)["last_read_id"] != "12" {
			t.Errorf("set: %v", m)
		}
		if m = alice.Do(200, "GET", "/api/v1/markers?timeline[]=home", nil); len(m) != 1 {
			t.Errorf("read: %v", m)
		}
		if m = alice.Do(200, "GET", "/api/v1/markers", nil); len(m) != 0 {
			t.Errorf("none asked for: %v", m)
		}
		alice.Do(422, "POST", "/api/v1/markers", testkit.P{"home": testkit.P{"last_read_id": "x"}})
	})
}

func TestFiltersOverHTTP(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice, bob := s.Person("alice"), s.Person("bob")
		f := alice.Do(200, "POST", "/api/v2/filters", url.Values{
			"title": {"films"}, "context[]": {"home", "thread"}, "filter_action": {"hide"}, "expires_in": {"86400"},
			"keywords_attributes[][keyword]": {"spoiler"}, "keywords_attributes[][whole_word]": {"false"},
		})
		id := f["id"].(string)
		keyword := f["keywords"].([]any)[0].(map[string]any)["id"].(string)
		if f["filter_action"] != "hide" || f["expires_at"] == nil {
			t.Errorf("filter: %v", f)
		}
		st := bob.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "spoilers!"})["id"].(string)
		seen := alice.Do(200, "GET", "/api/v1/statuses/"+st, nil)
		results := seen["filtered"].([]any)
		if len(results) != 1 || results[0].(map[string]any)["keyword_matches"].([]any)[0] != "spoiler" {
			t.Errorf("filtered: %v", results)
		}
		if own := bob.Do(200, "GET", "/api/v1/statuses/"+st, nil)["filtered"].([]any); len(own) != 0 {
			t.Errorf("bob's own: %v", own)
		}
		alice.Do(200, "PUT", "/api/v2/filters/"+id, testkit.P{
			"keywords_attributes": []testkit.P{{"id": keyword, "_destroy": true}, {"keyword": "twist"}}, "expires_in": "",
		})
		f = alice.Do(200, "GET", "/api/v2/filters/"+id, nil)
		if f["expires_at"] != nil || len(f["keywords"].([]any)) != 1 {
			t.Errorf("edited: %v", f)
		}
		k := alice.Do(200, "POST", "/api/v2/filters/"+id+"/keywords", testkit.P{"keyword": "end"})["id"].(string)
		alice.Do(200, "PUT", "/api/v2/filters/keywords/"+k, testkit.P{"keyword": "ending", "whole_word": "false"})
		if got := alice.Do(200, "GET", "/api/v2/filters/keywords/"+k, nil); got["keyword"] != "ending" || got["whole_word"] != false {
			t.Errorf("keyword: %v", got)
		}
		if got := alice.List(200, "GET", "/api/v2/filters/"+id+"/keywords", nil); len(got) != 2 {
			t.Errorf("keywords: %v", got)
		}
		bob.Do(404, "GET", "/api/v2/filters/keywords/"+k, nil)
		bob.Do(404, "DELETE", "/api/v2/filters/"+id, nil)
		row := alice.Do(200, "POST", "/api/v2/filters/"+id+"/statuses", testkit.P{"status_id": st})["id"].(string)
		if got := alice.List(200, "GET", "/api/v2/filters/"+id+"/statuses", nil); len(got) != 1 || got[0]["status_id"] != st {
			t.Errorf("statuses: %v", got)
		}
		alice.Do(200, "GET", "/api/v2/filters/statuses/"+row, nil)
		alice.Do(200, "DELETE", "/api/v2/filters/statuses/"+row, nil)
		alice.Do(404, "GET", "/api/v2/filters/statuses/"+row, nil)
		alice.Do(200, "DELETE", "/api/v2/filters/keywords/"+k, nil)
		if got := alice.List(200, "GET", "/api/v1/filters", nil); len(got) != 1 || got[0]["phrase"] != "twist" || got[0]["irreversible"] != true {
			t.Errorf("first version: %v", got)
		}
		old := alice.Do(200, "POST", "/api/v1/filters", testkit.P{"phrase": "rain", "context": []string{"home"}})["id"].(string)
		alice.Do(200, "PUT", "/api/v1/filters/"+old, testkit.P{"phrase": "snow", "context": []string{"home"}, "whole_word": true})
		alice.Do(200, "GET", "/api/v1/filters/"+old, nil)
		alice.Do(200, "DELETE", "/api/v1/filters/"+old, nil)
		alice.Do(422, "POST", "/api/v2/filters", testkit.P{"title": "x", "context": []string{"kitchen"}})
		alice.Do(200, "DELETE", "/api/v2/filters/"+id, nil)
		if got := alice.List(200, "GET", "/api/v2/filters", nil); len(got) != 0 {
			t.Errorf("left: %v", got)
		}
	})
}

func TestTheInstanceOverHTTP(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		ctx := context.Background()
		v := s.Visitor()
		if i := v.Do(200, "GET", "/api/v2/instance", nil); len(i["rules"].([]any)) != 0 {
			t.Errorf("rules: %v", i["rules"])
		}
		if _, err := s.Social.SetRule(ctx, model.Rule{Text: "Be kind"}); err != nil {
			t.Fatal(err)
		}
		if i := v.Do(200, "GET", "/api/v2/instance", nil); len(i["rules"].([]any)) != 1 {
			t.Errorf("a new rule is not seen at once: %v", i["rules"])
		}
		v.Do(200, "GET", "/api/v1/instance", nil)
		v.List(200, "GET", "/api/v1/instance/rules", nil)
		v.Do(200, "GET", "/api/v1/instance/extended_description", nil)
		v.Do(200, "GET", "/api/v1/instance/privacy_policy", nil)
		v.Do(404, "GET", "/api/v1/instance/terms_of_service", nil)
		if err := s.Social.SetSiteText(ctx, social.TextTerms, "Agree."); err != nil {
			t.Fatal(err)
		}
		v.Do(200, "GET", "/api/v1/instance/terms_of_service", nil)
		if l := v.List(200, "GET", "/api/v1/instance/languages", nil); len(l) < 180 || l[0]["code"] != "aa" {
			t.Errorf("%d languages", len(l))
		}
		v.Do(200, "GET", "/api/v1/instance/translation_languages", nil)
		_, body := v.Send(200, "GET", "/api/v1/instance/peers", nil, nil)
		var peers []string
		if err := json.Unmarshal(body, &peers); err != nil || peers == nil {
			t.Errorf("peers: %s %v", body, err)
		}
		if l := v.List(200, "GET", "/api/v1/instance/activity", nil); len(l) != 12 {
			t.Errorf("%d weeks", len(l))
		}
		v.Do(404, "GET", "/api/v1/instance/domain_blocks", nil)
		v.List(200, "GET", "/api/v1/custom_emojis", nil)
		v.Do(200, "GET", "/.well-known/nodeinfo", nil)
		if n := v.Do(200, "GET", "/nodeinfo/2.0", nil); n["software"].(map[string]any)["name"] != "gomphothere" {
			t.Errorf("nodeinfo: %v", n)
		}
		if _, body := v.Send(200, "GET", "/health", nil, nil); string(body) != "OK" {
			t.Errorf("health: %s", body)
		}

		alice := s.Person("alice")
		a, err := s.Social.Announce(ctx, social.AnnouncementDraft{Text: "Cake"})
		if err != nil {
			t.Fatal(err)
		}
		path := "/api/v1/announcements/" + a.ID.String()
		alice.Do(200, "PUT", path+"/reactions/"+url.PathEscape("🎂"), nil)
		alice.Do(422, "PUT", path+"/reactions/cake", nil)
		alice.Do(200, "POST", path+"/dismiss", nil)
		list := alice.List(200, "GET", "/api/v1/announcements", nil)
		if len(list) != 1 || list[0]["read"] != true || len(list[0]["reactions"].([]any)) != 1 {
			t.Errorf("announcements: %v", list)
		}
		alice.Do(200, "DELETE", path+"/reactions/"+url.PathEscape("🎂"), nil)
		alice.Do(404, "DELETE", path+"/reactions/"+url.PathEscape("🎂"), nil)
		v.Do(401, "GET", "/api/v1/announcements", nil)
	})
}
