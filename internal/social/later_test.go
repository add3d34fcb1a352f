package social_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// eachWithClock runs a test on every database, each with a clock of its own.
func eachWithClock(t *testing.T, test func(t *testing.T, p *place, c *clock)) {
	t.Helper()
	clocks := map[string]*clock{"sqlite": newClock(), "postgres": newClock()}
	for name, open := range map[string]func(t *testing.T) *store.DB{
		"sqlite": func(t *testing.T) *store.DB {
			return testkit.Open(t, store.Options{Dir: t.TempDir(), Clock: clocks["sqlite"].Now})
		},
		"postgres": func(t *testing.T) *store.DB {
			return testkit.Open(t, store.Options{URL: testkit.Postgres(t), Clock: clocks["postgres"].Now})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newPlace(t, open(t)), clocks[name])
		})
	}
}

func TestTheEndOfAPollIsToldOnceToItsAuthorAndVoters(t *testing.T) {
	t.Parallel()
	eachWithClock(t, func(t *testing.T, p *place, c *clock) {
		st := p.post(p.alice, social.Draft{Text: "tea?", Poll: &social.PollDraft{Options: []string{"yes", "no"}, ExpiresIn: time.Hour}})
		p.status(p.Vote(p.ctx, p.bob, st.PollID, []int{0}))
		job := model.ClosePoll{Poll: st.PollID}
		end := func() {
			t.Helper()
			if err := p.ClosePoll(p.ctx, job); err != nil {
				t.Fatal(err)
			}
		}
		end()
		equal(t, "told bob too early", p.told(p.bob), []string{})
		c.pass(2 * time.Hour)
		end()
		end()
		for _, who := range []*model.Account{p.alice, p.bob} {
			equal(t, "told "+who.Username, p.told(who), []string{fmt.Sprint("poll ", st.ID)})
		}
		if p.read(st.ID).Poll.ClosedAt == 0 {
			t.Error("the poll is not closed")
		}
		_, err := p.Vote(p.ctx, testkit.Person(t, p.DB, "carol"), st.PollID, []int{0})
		refused(t, err, model.KindInvalid, "Validation failed: The poll has already ended")
		if err := p.ClosePoll(p.ctx, model.ClosePoll{Poll: 1}); err != nil {
			t.Errorf("a job whose poll is gone: %v", err)
		}
	})
}

func TestAScheduledPostIsPostedOnceWhenItsTimeHasCome(t *testing.T) {
	t.Parallel()
	eachWithClock(t, func(t *testing.T, p *place, c *clock) {
		parent := p.post(p.bob, social.Draft{Text: "say when"})
		nobody := []model.ID{p.bob.ID}
		draft := social.Draft{
			Text: "when, @bob", SpoilerText: "late", InReplyToID: parent.ID, Idempotency: "k", AllowedMentions: &nobody,
			ScheduledAt: model.At(c.Now()).Add(time.Hour),
			Poll:        &social.PollDraft{Options: []string{"a", "b"}, ExpiresIn: time.Hour, Multiple: true},
		}
		made, err := p.Post(p.ctx, p.alice, draft)
		if err != nil {
			t.Fatal(err)
		}
		if made.Status != nil || made.Scheduled == nil {
			t.Fatalf("made %+v", made)
		}
		job := model.PublishScheduled{Scheduled: made.Scheduled.ID}
		publish := func() {
			t.Helper()
			if err := p.PublishScheduled(p.ctx, job); err != nil {
				t.Fatal(err)
			}
		}
		publish()
		equal(t, "home too early", p.home(p.alice), []model.ID{})
		later := made.Scheduled.ScheduledAt.Add(time.Hour)
		moved, err := p.Reschedule(p.ctx, p.alice, made.Scheduled.ID, later)
		if err != nil || moved.ScheduledAt != later {
			t.Fatalf("moved to %v, %v", moved, err)
		}
		_, err = p.Reschedule(p.ctx, p.alice, made.Scheduled.ID, model.At(c.Now()))
		refused(t, err, model.KindInvalid, "Validation failed: Scheduled at must be in the future")
		_, err = p.Reschedule(p.ctx, p.bob, made.Scheduled.ID, later)
		refused(t, err, model.KindNotFound, "Record not found")
		c.pass(90 * time.Minute)
		publish() // the job of the time before
		equal(t, "home at the time before", p.home(p.alice), []model.ID{})
		c.pass(time.Hour)
		publish()
		publish()
		home := p.home(p.alice)
		if len(home) != 1 {
			t.Fatalf("home %v, want one post", home)
		}
		st := p.read(home[0])
		if st.Text != "when, @bob" || st.SpoilerText != "late" || st.InReplyToID != parent.ID || st.Poll == nil || !st.Poll.Multiple {
			t.Errorf("posted %+v", st)
		}
		equal(t, "told bob", p.told(p.bob), []string{fmt.Sprint("mention ", st.ID)})
		if list, err := p.DB.Read(p.ctx).ScheduledStatuses(p.alice.ID, model.Page{Limit: 20}); err != nil || len(list) != 0 {
			t.Errorf("still scheduled: %v %v", list, err)
		}
		if again, err := p.Post(p.ctx, p.alice, draft); err != nil || again.Status == nil || again.Status.ID != st.ID {
			t.Errorf("a retried request made %+v, %v", again, err)
		}
	})
}

func TestACancelledSchedulePostsNothing(t *testing.T) {
	t.Parallel()
	eachWithClock(t, func(t *testing.T, p *place, c *clock) {
		made, err := p.Post(p.ctx, p.alice, social.Draft{Text: "perhaps", ScheduledAt: model.At(c.Now()).Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		refused(t, p.CancelScheduled(p.ctx, p.bob, made.Scheduled.ID), model.KindNotFound, "Record not found")
		if err := p.CancelScheduled(p.ctx, p.alice, made.Scheduled.ID); err != nil {
			t.Fatal(err)
		}
		c.pass(2 * time.Hour)
		if err := p.PublishScheduled(p.ctx, model.PublishScheduled{Scheduled: made.Scheduled.ID}); err != nil {
			t.Fatal(err)
		}
		equal(t, "home", p.home(p.alice), []model.ID{})
	})
}
