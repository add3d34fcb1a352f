package api_test

import (
	"context"
	"strings"
	"testing"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

// staff gives somebody a role.
func staff(t *testing.T, s *testkit.Server, who *testkit.User, role string) {
	t.Helper()
	u, err := s.DB.Read(t.Context()).UserOf(who.Account.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Social.ModifyUser(t.Context(), u.ID, social.UserChange{Role: &role}); err != nil {
		t.Fatal(err)
	}
}

func TestModeratorsLearnWhoJoined(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		mod, alice := s.Person("mod"), s.Person("alice")
		staff(t, s, mod, "moderator")
		ctx := context.Background()
		for _, name := range []string{"newcomer", "another"} {
			u, err := s.Social.SignUp(ctx, social.NewUser{Username: name, Email: name + "@example.com", Password: "long enough", Agreement: true})
			if err != nil {
				t.Fatal(err)
			}
			if list := mod.List(200, "GET", "/api/v1/notifications?types[]=admin.sign_up&account_id="+u.AccountID.String(), nil); len(list) != 0 {
				t.Errorf("told before the address was confirmed: %v", list)
			}
			confirmed(t, s, name)
		}
		list := mod.List(200, "GET", "/api/v1/notifications", nil)
		if len(list) != 2 || list[1]["type"] != "admin.sign_up" || list[1]["account"].(map[string]any)["username"] != "newcomer" {
			t.Fatalf("the moderator was told %v", list)
		}
		groups := mod.Do(200, "GET", "/api/v2/notifications", nil)["notification_groups"].([]any)
		if len(groups) != 1 || groups[0].(map[string]any)["notifications_count"] != 2.0 {
			t.Errorf("groups %v", groups)
		}
		if list := alice.List(200, "GET", "/api/v1/notifications", nil); len(list) != 0 {
			t.Errorf("somebody else was told %v", list)
		}
	})
}

// confirmed follows the link in somebody's mail.
func confirmed(t *testing.T, s *testkit.Server, name string) {
	t.Helper()
	mails, err := s.DB.Read(t.Context()).Outbox(model.Page{Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mails {
		_, secret, found := strings.Cut(m.Text, "confirmation_token=")
		if found && m.To == name+"@example.com" {
			if _, err := s.Social.ConfirmEmail(t.Context(), strings.Fields(secret)[0], "192.0.2.1"); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestWhoBlocksADomainLearnsWhomTheyLost(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice, bob := s.Person("alice"), s.Person("bob")
		far, further := testkit.Stranger(t, s.DB, "far", "far.example"), testkit.Stranger(t, s.DB, "further", "far.example")
		if err := s.DB.Write(t.Context(), func(tx *store.Tx) error {
			for _, f := range [][2]model.ID{{alice.Account.ID, far.ID}, {alice.Account.ID, further.ID}, {far.ID, alice.Account.ID}, {far.ID, bob.Account.ID}} {
				if err := tx.AddFollow(&model.Follow{ID: tx.NewID(), AccountID: f[0], TargetID: f[1], ShowReblogs: true, CreatedAt: tx.Now()}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time nothing is lost
			alice.Do(200, "POST", "/api/v1/domain_blocks", testkit.P{"domain": "far.example"})
		}
		list := alice.List(200, "GET", "/api/v1/notifications", nil)
		if len(list) != 1 || list[0]["type"] != "severed_relationships" {
			t.Fatalf("told %v", list)
		}
		event := list[0]["event"].(map[string]any)
		if event["type"] != "user_domain_block" || event["target_name"] != "far.example" || event["followers_count"] != 1.0 || event["following_count"] != 2.0 || event["purged"] != false {
			t.Errorf("event %v", event)
		}
		group := alice.Do(200, "GET", "/api/v2/notifications", nil)["notification_groups"].([]any)[0].(map[string]any)
		if group["event"].(map[string]any)["id"] != event["id"] {
			t.Errorf("group %v", group)
		}
		if list := bob.List(200, "GET", "/api/v1/notifications", nil); len(list) != 0 {
			t.Errorf("bob was told %v", list)
		}
		alice.Do(200, "GET", "/api/v1/notifications/"+list[0]["id"].(string), nil)
		alice.Do(200, "POST", "/api/v1/notifications/"+list[0]["id"].(string)+"/dismiss", nil)
	})
}
