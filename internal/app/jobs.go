package app

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"gomphothere/internal/federation"
	"gomphothere/internal/model"
	"gomphothere/internal/queue"
)

// kinds is the table of jobs. Shares are weights, never strict: what a person waits for comes before clean-up.
func (a *App) kinds() []queue.Kind {
	return []queue.Kind{
		queue.Handle(queue.Kind{Weight: 4}, a.Social.PublishScheduled),
		queue.Handle(queue.Kind{Weight: 4}, a.Social.ClosePoll),
		queue.Handle(queue.Kind{Weight: 4, Timeout: time.Minute}, a.Mailer.Send),
		// A lane is a push service: few connections to each, and little patience, so that one that hangs holds little.
		queue.Handle(queue.Kind{Weight: 4, Timeout: 30 * time.Second, InFlight: 8, AtOnce: 16, Backoff: pushBackoff}, a.Pusher.Send),
		queue.Handle(queue.Kind{}, a.Social.MailNotifications),
		// Beside the other mails, not in their way.
		queue.Handle(queue.Kind{Timeout: time.Minute, AtOnce: 2}, a.Mailer.SendDigest),
		queue.Handle(queue.Kind{Timeout: time.Hour}, a.Social.FinishDelete),
		queue.Handle(queue.Kind{Workers: 16, Tries: 5, Timeout: time.Minute}, a.Previewer.Look),
		queue.Handle(queue.Kind{}, a.Social.TieWaiting),
		queue.Handle(queue.Kind{Timeout: time.Hour}, a.Social.AuthorizeFollows),
		queue.Handle(queue.Kind{Timeout: time.Hour}, a.Social.MoveFollowers),
		queue.Handle(queue.Kind{Timeout: time.Hour}, a.Social.Refollow),
		queue.Handle(queue.Kind{Timeout: time.Hour}, a.Social.SuspendDomain),

		// What is told other servers. Deliveries have thousands of workers of their own, who mostly wait.
		queue.Handle(queue.Kind{Weight: 4}, a.Federation.Distribute),
		queue.Handle(queue.Kind{Weight: 2}, a.Federation.PassOn),
		queue.Handle(queue.Kind{
			Workers: deliverers(), InFlight: 4, Order: federation.DeliverOrder, // a busy server takes a few at once
			Tries: federation.DeliverTries, Backoff: federation.DeliverBackoff, Timeout: time.Minute,
		}, a.Federation.Deliver),
		queue.Handle(queue.Kind{Workers: 32, Tries: federation.DeliverTries, Backoff: federation.DeliverBackoff, Timeout: 2 * time.Minute}, a.Federation.DeliverLater),

		// What comes from other servers, and what is asked of them: with workers of their own, since they wait for strangers.
		queue.Handle(queue.Kind{
			Workers: 64, InFlight: 16, Order: federation.IngestOrder, // mostly commits that are made together
			Tries: federation.IngestTries, Timeout: 3 * time.Minute,
		}, a.Federation.Ingest),
		queue.Handle(queue.Kind{Workers: 8, Tries: 8}, a.Federation.VerifyQuote),
		queue.Handle(queue.Kind{Workers: 8, Backoff: federation.ThreadBackoff}, a.Federation.ResolveThread),
		queue.Handle(queue.Kind{Workers: 4, Tries: 3}, a.Federation.FetchReplies),
		queue.Handle(queue.Kind{Workers: 4, Tries: 5}, a.Federation.FetchStatus),
		queue.Handle(queue.Kind{Workers: 8, Tries: 4, Timeout: time.Minute}, a.Federation.RefreshAccount),
		queue.Handle(queue.Kind{Workers: 4, Tries: 4}, a.Federation.FetchFeatured),
		queue.Handle(queue.Kind{Workers: 4, Tries: 4}, a.Federation.SyncFollowers),
		queue.Handle(queue.Kind{Workers: 16, Tries: 8, Backoff: federation.ThreadBackoff}, a.Federation.PullOutbox),
	}
}

// pushBackoff: news is soon old.
func pushBackoff(failures int) time.Duration {
	const first, longest = 10 * time.Second, 15 * time.Minute
	return min(first<<min(max(failures-1, 0), 10), longest)
}

// schedules is the table of what runs again and again.
func (a *App) schedules() []queue.Schedule {
	return []queue.Schedule{
		{Name: "idempotency", Every: time.Hour, Run: a.Social.ForgetIdempotency},
		{Name: "activity", Every: time.Hour, Run: a.Social.CountActivity},
		{Name: "announcements", Every: time.Minute, Run: a.Social.TendAnnouncements},
		{Name: "tombstones", Every: time.Hour, Run: a.Social.ForgetTombstones},
		{Name: "deliveries", Every: time.Hour, Run: a.Social.PruneDeliveries},
		{Name: "peers", Every: 20 * time.Minute, Run: a.Federation.TendPeers},
		{Name: "alive", Every: time.Minute, Run: a.Social.Alive},
		{Name: "expired", Every: time.Minute, Run: a.Social.ForgetExpired},
		{Name: "keys", Every: 24 * time.Hour, Run: a.Social.PruneKeys},
		{Name: "secrets", Every: time.Hour, Run: func(ctx context.Context) error { return a.Social.PruneSecrets(ctx, model.PruneSecrets{}) }},
	}
}

const (
	// maxDeliverers is how many servers are waited for at once: with half of 3,000 servers not answering, the others
	// still find somebody free. One takes 30 to 80 KB, so the worst is 160 MB for the ten seconds that it lasts.
	maxDeliverers = 2048
	// Of the files that may be open, so many are not for deliveries: clients, the database, fetches.
	otherFiles = 512
)

// deliverers is maxDeliverers, or fewer where the process may open few files.
func deliverers() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur > otherFiles+maxDeliverers {
		return maxDeliverers
	}
	return max(int(limit.Cur)-otherFiles, int(limit.Cur)/4)
}

// Work runs jobs and schedules until ctx ends.
func (a *App) Work(ctx context.Context) error {
	if err := a.Social.CatchUp(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("catch up after an absence: %w", err)
	}
	return a.Queue().Run(ctx)
}

// Queue is the server's queue; commands look into it without running it.
func (a *App) Queue() *queue.Queue {
	schedules := a.schedules()
	for i := range schedules {
		schedules[i].Every = max(schedules[i].Every, a.seldom)
	}
	return &queue.Queue{DB: a.DB, Kinds: a.kinds(), Schedules: schedules, Log: a.Log, Grace: a.Config.Server.ShutdownGrace}
}
