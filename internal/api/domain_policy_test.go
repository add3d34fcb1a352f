package api_test

import (
	"context"
	"testing"

	"gomphothere/internal/config"
	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/testkit"
)

// chief is somebody who may decide which servers this one speaks with.
func chief(t *testing.T, s *testkit.Server) *testkit.User {
	t.Helper()
	u := s.Person("chief")
	user, err := s.DB.Read(context.Background()).UserOf(u.Account.ID)
	if err != nil {
		t.Fatal(err)
	}
	role := "admin"
	if _, err := s.Social.ModifyUser(context.Background(), user.ID, social.UserChange{Role: &role}); err != nil {
		t.Fatal(err)
	}
	return u.With("admin:read admin:write")
}

func TestModeratorsBlockDomainsAndPeopleReadWhy(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		admin, alice := chief(t, s), s.Person("alice")
		alice.With("admin:write").Do(403, "POST", "/api/v1/admin/domain_blocks", testkit.P{"domain": "bad.example"})
		alice.Do(403, "GET", "/api/v1/admin/domain_blocks", nil)
		b := admin.Do(200, "POST", "/api/v1/admin/domain_blocks", testkit.P{"domain": "Bad.Example", "severity": "suspend", "public_comment": "spam", "obfuscate": true})
		if b["domain"] != "bad.example" || b["severity"] != "suspend" {
			t.Fatalf("made: %v", b)
		}
		id := b["id"].(string)
		again := admin.Do(422, "POST", "/api/v1/admin/domain_blocks", testkit.P{"domain": "bad.example"})
		if again["existing_domain_block"].(map[string]any)["id"] != id {
			t.Errorf("again: %v", again)
		}
		admin.Do(422, "POST", "/api/v1/admin/domain_blocks", testkit.P{"domain": "x.example", "severity": "obliterate"})
		alice.Do(404, "GET", "/api/v1/instance/domain_blocks", nil) // nobody reads it unless the owner wants
		admin.Do(200, "PUT", "/api/v1/admin/domain_blocks/"+id, testkit.P{"severity": "silence", "reject_media": true})
		if got := admin.Do(200, "GET", "/api/v1/admin/domain_blocks/"+id, nil); got["severity"] != "silence" || got["reject_media"] != true || got["public_comment"] != "spam" {
			t.Errorf("edited: %v", got)
		}
		if list := admin.List(200, "GET", "/api/v1/admin/domain_blocks", nil); len(list) != 1 {
			t.Errorf("listed: %v", list)
		}
		admin.Do(200, "DELETE", "/api/v1/admin/domain_blocks/"+id, nil)
		admin.Do(404, "GET", "/api/v1/admin/domain_blocks/"+id, nil)

		d := admin.Do(200, "POST", "/api/v1/admin/domain_allows", testkit.P{"domain": "good.example"})
		if list := admin.List(200, "GET", "/api/v1/admin/domain_allows", nil); len(list) != 1 || list[0]["id"] != d["id"] {
			t.Errorf("let in: %v", list)
		}
		admin.Do(200, "GET", "/api/v1/admin/domain_allows/"+d["id"].(string), nil)
		admin.Do(200, "DELETE", "/api/v1/admin/domain_allows/"+d["id"].(string), nil)
		admin.Do(404, "DELETE", "/api/v1/admin/domain_allows/"+d["id"].(string), nil)
	})
}

func TestTheListOfBlocksIsShownToWhomTheOwnerChose(t *testing.T) {
	t.Parallel()
	s := testkit.NewServer(t, "", func(c *config.Config) {
		c.Federation.ShowBlocks, c.Federation.ShowReasons = config.AudienceAll, config.AudienceUsers
	})
	severity, comment, hide := model.Suspend, "spam", true
	if _, err := s.Social.AddDomainBlock(context.Background(), "very.bad.example", social.DomainBlockChange{Severity: &severity, PublicComment: &comment, Obfuscate: &hide}); err != nil {
		t.Fatal(err)
	}
	open := s.Visitor().List(200, "GET", "/api/v1/instance/domain_blocks", nil)
	if len(open) != 1 || open[0]["domain"] == "very.bad.example" || open[0]["comment"] != nil {
		t.Errorf("a visitor reads %v", open)
	}
	if mine := s.Person("alice").List(200, "GET", "/api/v1/instance/domain_blocks", nil); mine[0]["comment"] != "spam" {
		t.Errorf("alice reads %v", mine)
	}
	testkit.Stranger(t, s.DB, "far", "far.example")
	testkit.Stranger(t, s.DB, "bad", "very.bad.example")
	if _, body := s.Visitor().Send(200, "GET", "/api/v1/instance/peers", nil, nil); string(body) != `["far.example"]` {
		t.Errorf("peers: %s", body)
	}
	if _, body := s.Visitor().Send(200, "GET", "/api/v1/peers/search?q=fa", nil, nil); string(body) != `["far.example"]` {
		t.Errorf("peers that begin with fa: %s", body)
	}
}

func TestAReportIsTakenAndForwarded(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice, bob := s.Person("alice"), s.Person("bob")
		st := bob.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "rude"})
		r := alice.Do(200, "POST", "/api/v1/reports", testkit.P{
			"account_id": bob.Account.ID.String(), "status_ids": []any{st["id"]}, "comment": "look", "category": "spam", "forward": true,
		})
		if r["comment"] != "look" || r["forwarded"] != false || r["category"] != "spam" || len(r["status_ids"].([]any)) != 1 {
			t.Errorf("about somebody here: %v", r)
		}
		far := testkit.Stranger(t, s.DB, "far", "far.example")
		if r = alice.Do(200, "POST", "/api/v1/reports", testkit.P{"account_id": far.ID.String(), "forward": true}); r["forwarded"] != true {
			t.Errorf("about somebody elsewhere: %v", r)
		}
		alice.Do(404, "POST", "/api/v1/reports", testkit.P{"account_id": far.ID.String(), "status_ids": []any{st["id"]}})
		alice.Do(404, "POST", "/api/v1/reports", testkit.P{"account_id": "1"})
		alice.Do(422, "POST", "/api/v1/reports", testkit.P{"account_id": far.ID.String(), "category": "violation", "rule_ids": []any{"77"}})
	})
}
