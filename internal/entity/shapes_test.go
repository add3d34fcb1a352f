package entity_test

import (
	"testing"

	"gomphothere/internal/entity"
	"gomphothere/internal/model"
	"gomphothere/internal/testkit"
)

// TestEveryEntityHasTheShapeOfTheReference draws each entity with everything and with as little as there can be.
func TestEveryEntityHasTheShapeOfTheReference(t *testing.T) {
	t.Parallel()
	d := drawer()
	me := viewerOf(alice())
	me.Marks = map[model.ID]model.Marks{100: model.Favourited | model.Pinned}
	me.Votes = map[model.ID][]int{9: {1}}
	me.Filtered = map[model.ID][]model.FilterResult{100: {{Filter: filterOf(), KeywordMatches: []string{"cat"}, StatusMatches: []model.ID{100}}, {Filter: model.Filter{ID: 1}}}}
	moved, suspended, memorial := alice(), alice(), alice()
	moved.MovedTo, moved.MovedToID = bob(), 2
	suspended.SuspendedAt, suspended.MovedTo = now, bob()
	memorial.Memorial, memorial.SilencedAt, memorial.Role = true, now, nil
	facts := entity.InstanceFacts{
		Site: site(), Contact: alice(), Rules: []model.Rule{{ID: 1, Text: "Be kind", Hint: "Or else"}}, VapidKey: "key", MimeTypes: []string{"image/png"},
		ActiveMonth: 1, Users: 2, Statuses: 3, Domains: 4, SourceURL: "https://code.example/",
	}
	notification := &model.Notification{ID: 30, Type: model.NotifyFavourite, From: bob(), FromID: 2, Status: post(), GroupKey: "favourite-100-1", Filtered: true, CreatedAt: now}
	follow := &model.Notification{ID: 31, Type: model.NotifyFollow, From: bob(), CreatedAt: now}
	report := &model.Report{ID: 32, AccountID: 2, TargetID: 1, StatusIDs: []model.ID{100}, RuleIDs: []model.ID{1}, Comment: "rude", Category: "violation", ActionTakenAt: now, CreatedAt: now}
	reported := &model.Notification{ID: 33, Type: model.NotifyAdminReport, From: bob(), Report: report, Reported: alice(), CreatedAt: now}
	severed := &model.Notification{ID: 34, Type: model.NotifySevered, From: bob(), CreatedAt: now, Severance: &model.Severance{
		ID: 35, Type: model.SeveredByServer, TargetName: "far.example", FollowersCount: 1, FollowingCount: 2, CreatedAt: now,
	}}
	push := &model.PushSubscription{ID: 36, Endpoint: "https://push.example/a", Alerts: map[string]bool{"mention": true}, Policy: "all"}
	group := entity.NotificationGroup{
		GroupKey: "favourite-100-1", NotificationsCount: 2, Type: model.NotifyFavourite, MostRecentNotificationID: 30, PageMinID: 29, PageMaxID: 30,
		LatestPageNotificationAt: now, SampleAccountIDs: []model.ID{2}, StatusID: 100,
	}
	lonely := entity.NotificationGroup{GroupKey: "ungrouped-31", NotificationsCount: 1, Type: model.NotifyFollow, MostRecentNotificationID: 31}
	edit := &model.StatusEdit{Content: "<p>a</p>", CreatedAt: now, MediaIDs: []model.ID{7}, MediaDescriptions: []string{"then"}, PollOptions: []string{"a", "b"}, QuoteID: 201}
	sensitive, spoiler := true, "careful"
	scheduled := &model.ScheduledStatus{ID: 40, ScheduledAt: now, Media: []model.MediaAttachment{picture()}, Params: model.ScheduledParams{
		Text: "later", Poll: &model.ScheduledPoll{Options: []string{"a", "b"}, ExpiresIn: 300}, MediaIDs: []model.ID{7}, Sensitive: &sensitive,
		SpoilerText: &spoiler, Visibility: model.Private, InReplyToID: 3, Language: "en", ApplicationID: 4, Idempotency: "x", QuotedStatusID: 100,
		QuoteApprovalPolicy: "followers", AllowedMentions: []model.ID{2},
	}}
	announcement := &model.Announcement{ID: 50, Content: "<p>News</p>", StartsAt: now, EndsAt: now, PublishedAt: now, UpdatedAt: now, Reactions: []model.Reaction{{Name: "cat", Count: 2, Me: true, Emoji: new(cat())}, {Name: "👍", Count: 1}}}
	refs := entity.AnnouncementRefs{Mentions: []*model.Account{alice()}, Statuses: []*model.Status{post()}, Tags: []model.Tag{tag()}, Emojis: []model.CustomEmoji{cat()}}
	featured := model.FeaturedTag{ID: 60, Name: "Hügel", StatusesCount: 2, LastStatusAt: now}
	app := &model.App{ID: 70, Name: "Clicks", Website: "https://app.example", RedirectURIs: []string{"urn:ietf:wg:oauth:2.0:oob"}, Scopes: "read write", ClientID: "id"}
	filter, nothing := filterOf(), "because"
	hashtag := tag()
	quote := quoting(200, bob(), quoting(300, alice(), plain(301, bob())))
	requests := &model.NotificationRequest{ID: 80, From: bob(), LastStatus: post(), NotificationsCount: 3, CreatedAt: now, UpdatedAt: now}
	talk := &model.Conversation{ID: 90, Participants: []*model.Account{bob()}, LastStatus: post(), Unread: true}
	thread := model.Context{Ancestors: []*model.Status{post()}, Descendants: []*model.Status{quote}}
	grouped := entity.Grouped{Accounts: []*model.Account{alice()}, Partial: []*model.Account{alice(), moved}, Statuses: []*model.Status{post()}, Groups: []entity.NotificationGroup{group, lonely}}
	silence := new(nothing)

	for _, c := range []struct {
		name string
		v    any
	}{
		{"Account", d.Account(alice())},
		{"Account", d.Account(bob())},
		{"Account", d.Account(moved)},
		{"Account", d.Account(suspended)},
		{"Account", d.Account(memorial)},
		{"Array<Account>", d.Accounts(nil)},
		{"CredentialAccount", d.CredentialAccount(alice(), aliceUser(), 4)},
		{"CredentialAccount", d.CredentialAccount(memorial, &model.User{}, 0)},
		{"MutedAccount", d.MutedAccount(alice(), now)},
		{"MutedAccount", d.MutedAccount(bob(), 0)},
		{"PartialAccountWithAvatar", d.PartialAccount(alice())},
		{"PartialAccountWithAvatar", d.PartialAccount(bob())},
		{"AccountRole", entity.AccountRole{ID: "1", Name: "a", Color: ""}},
		{"Account::Field", entity.Field{Name: "a"}},
		{"Role", d.Role(alice().Role)},
		{"Role", d.Role(nil)},
		{"Relationship", model.Relationship{ID: 1, Languages: []string{"en"}, MutingExpiresAt: now.OrNull()}},
		{"Relationship", model.Relationship{ID: 1}},
		{"FamiliarFollowers", d.FamiliarFollowers(1, []*model.Account{bob()})},
		{"FamiliarFollowers", d.FamiliarFollowers(1, nil)},
		{"Suggestion", d.Suggestion(bob(), []string{"friends_of_friends"})},
		{"Suggestion", d.Suggestion(bob(), nil)},
		{"Preferences", d.Preferences(alice(), aliceUser())},
		{"Preferences", d.Preferences(bob(), &model.User{})},
		{"Profile", d.Profile(alice(), []model.FeaturedTag{featured})},
		{"Profile", d.Profile(&model.Account{ID: 1}, nil)},

		{"Status", d.Status(post(), me)},
		{"Status", d.Status(post(), nil)},
		{"Status", d.Status(plain(1, bob()), nil)},
		{"Status", d.Status(sharing(5, bob(), post()), me)},
		{"Status", d.Status(quote, me)},
		{"Status", d.Status(quote, &model.Viewer{Now: now})},
		{"Array<Status>", d.Statuses(nil, nil)},
		{"DeletedStatus", d.DeletedStatus(post(), me)},
		{"Context", d.Context(thread, me)},
		{"Context", d.Context(model.Context{}, nil)},
		{"StatusSource", d.StatusSource(post())},
		{"StatusEdit", d.StatusEdit(edit, quote, []model.MediaAttachment{picture()}, me)},
		{"StatusEdit", d.StatusEdit(&model.StatusEdit{CreatedAt: now}, plain(1, bob()), nil, nil)},
		{"Poll", d.Poll(post(), me)},
		{"Poll", d.Poll(post(), nil)},
		{"MediaAttachment", d.Media(picture())},
		{"MediaAttachment", d.Media(model.MediaAttachment{ID: 1, Processing: "queued"})},
		{"CustomEmoji", d.Emoji(cat())},
		{"Array<CustomEmoji>", d.Emojis([]model.CustomEmoji{cat(), {ID: 1, Shortcode: "x", RemoteURL: "https://other.example/x"}})},
		{"ScheduledStatus", d.ScheduledStatus(scheduled)},
		{"ScheduledStatus", d.ScheduledStatus(&model.ScheduledStatus{ID: 1, ScheduledAt: now})},

		{"Filter", d.Filter(&filter)},
		{"Filter", d.Filter(&model.Filter{ID: 1})},
		{"FilterResult", d.FilterResult(model.FilterResult{Filter: filter, KeywordMatches: []string{"cat"}})},
		{"V1::Filter", d.V1Filter(&filter, filter.Keywords[0])},
		{"FilterKeyword", filter.Keywords[0]},
		{"FilterStatus", filter.Statuses[0]},
		{"List", model.List{ID: 1, RepliesPolicy: "list"}},
		{"Map<timeline, Marker>", map[string]model.Marker{"home": {LastReadID: 1, UpdatedAt: now}}},
		{"Tag", d.Tag(&hashtag, []entity.TagUse{{Day: now, Uses: 1, Accounts: 1}}, now, &entity.TagMarks{Following: true})},
		{"Tag", d.Tag(&model.Tag{ID: 1, Name: "a"}, nil, now, nil)},
		{"FeaturedTag", d.FeaturedTag(&featured, alice())},
		{"FeaturedTag", d.FeaturedTag(&model.FeaturedTag{ID: 1, Name: "a"}, bob())},
		{"Search", d.Search([]*model.Account{bob()}, []*model.Status{post()}, []entity.Tag{d.Tag(&hashtag, nil, now, nil)}, me)},
		{"Search", d.Search(nil, nil, nil, nil)},

		{"Notification", d.Notification(notification, me)},
		{"Notification", d.Notification(follow, me)},
		{"Notification", d.Notification(reported, me)},
		{"Notification", d.Notification(severed, me)},
		{"Report", d.Report(report, alice())},
		{"RelationshipSeveranceEvent", d.Severance(severed.Severance)},
		{"WebPushSubscription", d.WebPushSubscription(push, "key")},
		{"GroupedNotificationsResults", d.GroupedNotifications(grouped, me)},
		{"GroupedNotificationsResults", d.GroupedNotifications(entity.Grouped{}, nil)},
		{"NotificationPolicy", d.NotificationPolicy(&model.NotificationPolicy{ForBots: "drop"}, entity.PolicySummary{})},
		{"V1::NotificationPolicy", d.V1NotificationPolicy(&model.NotificationPolicy{}, entity.PolicySummary{})},
		{"NotificationRequest", d.NotificationRequest(requests, me)},
		{"NotificationRequest", d.NotificationRequest(&model.NotificationRequest{ID: 1, From: bob(), CreatedAt: now, UpdatedAt: now}, me)},
		{"NotificationRequestsMerged", entity.NotificationRequestsMerged{Merged: true}},
		{"UnreadCount", entity.UnreadCount{Count: 1}},
		{"Conversation", d.Conversation(talk, me)},
		{"Conversation", d.Conversation(&model.Conversation{ID: 1}, me)},
		{"Announcement", d.Announcement(announcement, refs, true)},
		{"Announcement", d.Announcement(&model.Announcement{ID: 1, PublishedAt: now, UpdatedAt: now}, entity.AnnouncementRefs{}, false)},

		{"Application", d.Application(app, "")},
		{"CredentialApplication", d.CredentialApplication(app, "secret", "key")},
		{"Application", d.Application(&model.App{ID: 1}, "")},
		{"Token", d.Token(&model.Token{Scopes: "read", CreatedAt: now}, "text")},
		{"OAuthMetadata", d.OAuthMetadata([]string{"read"})},
		{"OAuthUserinfo", d.OAuthUserinfo(alice())},
		{"Error", entity.Error{Error: "Record not found"}},
		{"ValidationError", entity.ValidationError{Error: "no", Details: map[string][]model.FieldFail{"email": {{Error: "ERR_TAKEN", Description: "is taken"}}}}},
		{"OAuthError", entity.OAuthError{Error: "invalid_grant", Description: "It is used up"}},

		{"Instance", d.Instance(facts)},
		{"Instance", d.Instance(entity.InstanceFacts{})},
		{"V1::Instance", d.V1Instance(facts)},
		{"V1::Instance", d.V1Instance(entity.InstanceFacts{})},
		{"Rule", d.Rule(facts.Rules[0])},
		{"InstanceActivityWeek", d.InstanceActivityWeek(now, 1, 2, 3)},
		{"Language", entity.Language{Code: "en", Name: "English"}},
		{"ExtendedDescription", entity.ExtendedDescription{UpdatedAt: now}},
		{"PrivacyPolicy", entity.PrivacyPolicy{UpdatedAt: now}},
		{"TermsOfService", entity.TermsOfService{EffectiveDate: now, SucceededBy: now.OrNull()}},
		{"TermsOfService", entity.TermsOfService{EffectiveDate: now}},
		{"DomainBlock", d.DomainBlock("bad.example", true, "suspend", silence)},
		{"DomainBlock", d.DomainBlock("bad.example", false, "silence", nil)},
		{"DomainBlockPreview", entity.DomainBlockPreview{}},
	} {
		testkit.CheckEntity(t, c.name, draw(t, c.v))
	}

	for name, b := range map[string][]byte{
		"Account":                     d.AppendAccount(nil, moved),
		"Array<Account>":              d.AppendAccounts(nil, []*model.Account{alice(), suspended}),
		"MutedAccount":                d.AppendMutedAccount(nil, alice(), now),
		"Status":                      d.AppendStatus(nil, sharing(5, bob(), post()), me),
		"Array<Status>":               d.AppendStatuses(nil, []*model.Status{post(), quote, plain(1, bob())}, nil),
		"Context":                     d.AppendContext(nil, thread, me),
		"Array<Notification>":         d.AppendNotifications(nil, []*model.Notification{notification, follow, reported, severed}, me),
		"GroupedNotificationsResults": d.AppendGroupedNotifications(nil, grouped, me),
		"Array<Conversation>":         d.AppendConversations(nil, []*model.Conversation{talk, {ID: 1}}, me),
		"Search":                      d.AppendSearch(nil, []*model.Account{bob()}, []*model.Status{post()}, nil, me),
		"Poll":                        d.AppendPoll(nil, post(), me),
	} {
		testkit.CheckEntity(t, name, b)
	}
}
