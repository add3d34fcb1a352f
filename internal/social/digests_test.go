package social_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

// watch is a clock that a test moves.
type watch struct {
	mu  sync.Mutex
	now time.Time
}

func (w *watch) read() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *watch) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// mailing is a server that mails, and its people.
type mailing struct {
	*social.Social
	*watch
	t *testing.T
}

func eachMailing(t *testing.T, test func(m *mailing)) {
	t.Parallel()
	for _, database := range []string{"sqlite", "postgres"} {
		w := &watch{now: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)}
		t.Run(database, func(t *testing.T) {
			o := store.Options{Dir: t.TempDir(), Clock: w.read}
			if database == "postgres" {
				o = store.Options{URL: testkit.Postgres(t), Clock: w.read}
			}
			m := &mailing{Social: testkit.World(t, testkit.Open(t, o)), watch: w, t: t}
			m.Site.MailsNotifications, m.Site.MailsPerHour = true, 2
			test(m)
		})
	}
}

// mention lets from mention to.
func (m *mailing) mention(from, to *model.Account, text string) {
	m.t.Helper()
	if _, err := m.Post(context.Background(), from, social.Draft{Text: "@" + to.Username + " " + text, Visibility: model.Public}); err != nil {
		m.t.Fatal(err)
	}
}

// due tells whether a mail is being thought of.
func (m *mailing) due() bool {
	m.t.Helper()
	counts, err := m.DB.Read(context.Background()).JobCounts()
	if err != nil {
		m.t.Fatal(err)
	}
	return slices.ContainsFunc(counts, func(c store.KindCount) bool { return c.Kind == "mail_notifications" && c.Waiting > 0 })
}

// run runs somebody's job and gives the mails it made.
func (m *mailing) run(who *model.Account) []*model.Mail {
	m.t.Helper()
	before := m.mails()
	if err := m.MailNotifications(context.Background(), model.MailNotifications{Account: who.ID}); err != nil {
		m.t.Fatal(err)
	}
	return m.mails()[:len(m.mails())-len(before)]
}

func (m *mailing) mails() []*model.Mail {
	m.t.Helper()
	list, err := m.DB.Read(context.Background()).Outbox(model.Page{Limit: 100})
	if err != nil {
		m.t.Fatal(err)
	}
	return list
}

func TestWhatHappensWhileSomebodyIsAwayComesInOneMailAnHour(t *testing.T) {
	eachMailing(t, func(m *mailing) {
		alice, bob := testkit.Person(m.t, m.DB, "alice"), testkit.Person(m.t, m.DB, "bob")
		for range 30 {
			m.mention(bob, alice, "are <you> there?")
		}
		if !m.due() {
			m.t.Fatal("no mail is thought of")
		}
		m.pass(5 * time.Minute)
		got := m.run(alice)
		if len(got) != 1 {
			m.t.Fatalf("%d mails", len(got))
		}
		letter := got[0]
		if letter.To != "alice@example.org" || letter.Subject != "30 notifications on Example" ||
			strings.Count(letter.Text, "bob (@bob) mentioned you") != 20 || !strings.Contains(letter.Text, "And 10 more.") ||
			!strings.Contains(letter.Text, "are <you> there?") || !strings.Contains(letter.HTML, "are &lt;you&gt; there?") || strings.Contains(letter.HTML, "<you>") ||
			!strings.HasPrefix(letter.Unsubscribe, "https://example.org/unsubscribe?token=") || !strings.Contains(letter.Text, letter.Unsubscribe) {
			m.t.Errorf("the mail: %q to %s\n%s\n%s", letter.Subject, letter.To, letter.Text, letter.HTML)
		}
		if again := m.run(alice); len(again) != 0 {
			m.t.Error("the same was told twice")
		}
		m.pass(10 * time.Minute)
		m.mention(bob, alice, "hello?")
		if early := m.run(alice); len(early) != 0 {
			m.t.Error("a second mail within the hour")
		}
		if !m.due() {
			m.t.Error("what came within the hour is forgotten")
		}
		m.pass(time.Hour)
		if later := m.run(alice); len(later) != 1 || later[0].Subject != "bob mentioned you" {
			m.t.Errorf("after the hour: %v", later)
		}
	})
}

func TestWhoIsHereOrHasReadItGetsNoMail(t *testing.T) {
	eachMailing(t, func(m *mailing) {
		ctx := context.Background()
		alice, bob, carol := testkit.Person(m.t, m.DB, "alice"), testkit.Person(m.t, m.DB, "bob"), testkit.Person(m.t, m.DB, "carol")
		active := func(who *model.Account) {
			if err := m.DB.Write(ctx, func(tx *store.Tx) error {
				u, err := tx.UserOf(who.ID)
				if err != nil {
					return err
				}
				return tx.SetActive(u.ID)
			}); err != nil {
				m.t.Fatal(err)
			}
		}
		active(alice)
		m.pass(time.Minute)
		m.mention(bob, alice, "one")
		m.pass(5 * time.Minute)
		if got := m.run(alice); len(got) != 0 {
			m.t.Error("alice was here a moment ago and got a mail")
		}
		m.pass(time.Hour)
		active(alice) // she came back
		m.pass(2 * time.Hour)
		if got := m.run(alice); len(got) != 0 {
			m.t.Error("alice came back after it happened and got a mail")
		}
		m.mention(bob, alice, "two")
		m.pass(2 * time.Hour)
		if got := m.run(alice); len(got) != 1 || strings.Contains(got[0].Text, "@alice one") {
			m.t.Errorf("alice is away and got %v", got)
		}

		m.mention(bob, carol, "read")
		list, err := m.Notifications(ctx, carol, social.NotificationQuery{}, model.Page{Limit: 1})
		if err != nil {
			m.t.Fatal(err)
		}
		if _, err := m.SetMarkers(ctx, carol, map[string]model.ID{"notifications": list[0].ID}); err != nil {
			m.t.Fatal(err)
		}
		m.pass(2 * time.Hour)
		if got := m.run(carol); len(got) != 0 {
			m.t.Error("carol has read it and got a mail")
		}
	})
}

func TestPeopleChooseWhatComesByMail(t *testing.T) {
	eachMailing(t, func(m *mailing) {
		ctx := context.Background()
		alice, bob := testkit.Person(m.t, m.DB, "alice"), testkit.Person(m.t, m.DB, "bob")
		u, err := m.DB.Read(ctx).UserOf(alice.ID)
		if err != nil {
			m.t.Fatal(err)
		}
		made, err := m.Post(ctx, alice, social.Draft{Text: "hello"})
		if err != nil {
			m.t.Fatal(err)
		}
		if _, err := m.Favourite(ctx, bob, made.Status.ID, true); err != nil {
			m.t.Fatal(err)
		}
		if m.due() {
			m.t.Error("favourites come by mail though nobody asked for that")
		}
		if err := m.SetMails(ctx, u.ID, []string{model.NotifyFavourite, "nonsense"}, false); err != nil {
			m.t.Fatal(err)
		}
		m.mention(bob, alice, "hi")
		if m.due() {
			m.t.Error("mentions come by mail though alice does not want them")
		}
		if _, err := m.Favourite(ctx, bob, made.Status.ID, false); err != nil {
			m.t.Fatal(err)
		}
		if _, err := m.Favourite(ctx, bob, made.Status.ID, true); err != nil {
			m.t.Fatal(err)
		}
		m.pass(time.Hour)
		got := m.run(alice)
		if len(got) != 1 || got[0].Subject != "bob favourited your post" {
			m.t.Fatalf("got %v", got)
		}
		_, token, _ := strings.Cut(got[0].Unsubscribe, "token=")
		for _, wrong := range []string{"", "1", token + "x", "1" + token, "2." + strings.Split(token, ".")[1]} {
			if err := m.StopMails(ctx, wrong); !model.IsNotFound(err) {
				m.t.Errorf("the link %q: %v", wrong, err)
			}
		}
		if err := m.StopMails(ctx, token); err != nil {
			m.t.Fatal(err)
		}
		if u, err = m.DB.Read(ctx).UserOf(alice.ID); err != nil {
			m.t.Fatal(err)
		}
		for _, typ := range model.MailableTypes() {
			if u.Settings.Mails(typ) {
				m.t.Errorf("%s still comes by mail", typ)
			}
		}
		m.mention(bob, alice, "still there?")
		m.pass(2 * time.Hour)
		if got := m.run(alice); len(got) != 0 {
			m.t.Error("a mail after the link was used")
		}
	})
}

func TestNotificationsNeverUseUpWhatSafetyNeeds(t *testing.T) {
	eachMailing(t, func(m *mailing) {
		ctx := context.Background()
		bob := testkit.Person(m.t, m.DB, "bob")
		var people []*model.Account
		for _, name := range []string{"a", "b", "c"} {
			people = append(people, testkit.Person(m.t, m.DB, name))
		}
		for _, p := range people {
			m.mention(bob, p, "hi")
		}
		m.pass(time.Hour)
		sent := 0
		for _, p := range people {
			sent += len(m.run(p))
		}
		if sent != 2 {
			m.t.Errorf("%d mails within the hour, 2 are allowed", sent)
		}
		if err := m.RequestReset(ctx, "c@example.org", "192.0.2.1"); err != nil {
			m.t.Fatal(err)
		}
		if newest := m.mails()[0]; newest.To != "c@example.org" || newest.Unsubscribe != "" {
			m.t.Errorf("the mail about the password waits: %+v", newest)
		}
		m.pass(2 * time.Hour)
		if got := m.run(people[2]); len(got) != 1 {
			m.t.Errorf("what was held back is lost: %v", got)
		}
	})
}

func TestWhosePhoneIsToldGetsNoMailUnlessTheyWishIt(t *testing.T) {
	eachMailing(t, func(m *mailing) {
		ctx := context.Background()
		alice, bob := testkit.Person(m.t, m.DB, "alice"), testkit.Person(m.t, m.DB, "bob")
		u, err := m.DB.Read(ctx).UserOf(alice.ID)
		if err != nil {
			m.t.Fatal(err)
		}
		_, token, err := m.CommandToken(ctx, "alice", "push")
		if err != nil {
			m.t.Fatal(err)
		}
		if _, err := m.SubscribePush(ctx, token, "secret", social.PushDraft{
			Endpoint: "https://push.example/1", Auth: "BTBZMqHH6r4Tts7J_aSIgg",
			P256DH: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
		}); err != nil {
			m.t.Fatal(err)
		}
		m.mention(bob, alice, "one")
		if m.due() {
			m.t.Error("a mail is thought of")
		}
		if err := m.SetMails(ctx, u.ID, []string{model.NotifyMention}, true); err != nil {
			m.t.Fatal(err)
		}
		m.mention(bob, alice, "two")
		m.pass(time.Hour)
		if got := m.run(alice); len(got) != 1 {
			m.t.Errorf("got %v", got)
		}
	})
}
