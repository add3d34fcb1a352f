package entity_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"gomphothere/internal/entity"
	"gomphothere/internal/model"
)

func TestAHashtagTellsOfSevenDaysNewestFirst(t *testing.T) {
	t.Parallel()
	const day = 24 * 60 * 60 * 1000
	h := tag()
	got := drawer().Tag(&h, []entity.TagUse{{Day: now, Uses: 2, Accounts: 1}, {Day: now - 2*day, Uses: 3, Accounts: 2}, {Day: now - 9*day, Uses: 9}}, now, nil).History
	want := []entity.TagDay{
		{Day: "1789948800", Uses: "2", Accounts: "1"}, {Day: "1789862400", Uses: "0", Accounts: "0"}, {Day: "1789776000", Uses: "3", Accounts: "2"},
		{Day: "1789689600", Uses: "0", Accounts: "0"}, {Day: "1789603200", Uses: "0", Accounts: "0"}, {Day: "1789516800", Uses: "0", Accounts: "0"},
		{Day: "1789430400", Uses: "0", Accounts: "0"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAnObfuscatedDomainKeepsItsDots(t *testing.T) {
	t.Parallel()
	got := drawer().DomainBlock("very.bad.example", true, "suspend", nil)
	if got.Domain != "very.***.***mple" {
		t.Errorf("got %s", got.Domain)
	}
	if open := drawer().DomainBlock("very.bad.example", false, "suspend", nil); open.Domain != "very.bad.example" || open.Digest != got.Digest {
		t.Errorf("got %+v and %+v", open, got)
	}
}

func TestStreamingIsBesideTheAPI(t *testing.T) {
	t.Parallel()
	d := drawer()
	if got := d.Instance(entity.InstanceFacts{}).Configuration.URLs.Streaming; got != "wss://web.example.org" {
		t.Errorf("got %s", got)
	}
	d.Base = "http://localhost:8080"
	if got := d.V1Instance(entity.InstanceFacts{}).URLs.StreamingAPI; got != "ws://localhost:8080" {
		t.Errorf("got %s", got)
	}
}

func TestRegistrationsAreToldAsTheyAre(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string][2]bool{"open": {true, false}, "approval": {true, true}, "invite": {false, false}, "closed": {false, false}} {
		s := site()
		s.Registrations = setting
		v2, v1 := drawer().Instance(entity.InstanceFacts{Site: s}), drawer().V1Instance(entity.InstanceFacts{Site: s})
		if got := [2]bool{v2.Registrations.Enabled, v2.Registrations.ApprovalRequired}; got != want {
			t.Errorf("%s: got %v, want %v", setting, got, want)
		}
		if got := [2]bool{v1.Registrations, v1.ApprovalRequired}; got != want {
			t.Errorf("%s, v1: got %v, want %v", setting, got, want)
		}
	}
}

func TestAScheduledStatusSaysNullForWhatWasNotAsked(t *testing.T) {
	t.Parallel()
	p := read(t, draw(t, drawer().ScheduledStatus(&model.ScheduledStatus{ID: 1})))["params"].(map[string]any)
	for _, key := range []string{"poll", "media_ids", "sensitive", "spoiler_text", "in_reply_to_id", "language", "scheduled_at", "idempotency", "quoted_status_id", "allowed_mentions"} {
		if v, there := p[key]; v != nil || !there {
			t.Errorf("%s: got %v (there: %t), want null", key, v, there)
		}
	}
}

func TestAPolicyNobodySetIsMastodons(t *testing.T) {
	t.Parallel()
	got := drawer().NotificationPolicy(&model.NotificationPolicy{}, entity.PolicySummary{PendingRequestsCount: 1})
	want := entity.NotificationPolicy{
		ForNotFollowing: "accept", ForNotFollowers: "accept", ForNewAccounts: "accept", ForPrivateMentions: "filter",
		ForLimitedAccounts: "filter", ForBots: "accept", Summary: entity.PolicySummary{PendingRequestsCount: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyNotificationsAboutStatusesCarryOne(t *testing.T) {
	t.Parallel()
	n := &model.Notification{ID: 5, Type: model.NotifyFollow, From: bob(), Status: post(), CreatedAt: now}
	got := read(t, drawer().AppendNotification(nil, n, nil))
	if got["status"] != nil || got["group_key"] != "ungrouped-5" {
		t.Errorf("got status %v, group key %v", got["status"], got["group_key"])
	}
}
