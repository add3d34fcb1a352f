package model

import "context"

type jobKey struct{}

// WithJob notes which job a call is made for.
func WithJob(ctx context.Context, id ID) context.Context { return context.WithValue(ctx, jobKey{}, id) }

// JobOf is the job a call is made for: the same one whenever the job runs again; 0: none.
func JobOf(ctx context.Context) ID {
	id, _ := ctx.Value(jobKey{}).(ID)
	return id
}

// ClosePoll tells voters that a poll has ended.
type ClosePoll struct{ Poll ID }

// Kind names the job.
func (ClosePoll) Kind() string { return "close_poll" }

// PublishScheduled posts a scheduled status.
type PublishScheduled struct{ Scheduled ID }

// Kind names the job.
func (PublishScheduled) Kind() string { return "publish_scheduled" }

// TieWaiting ties to a status of another server's what waited for it, when that is too much for one transaction.
type TieWaiting struct{ Status ID }

// Kind names the job.
func (TieWaiting) Kind() string { return "tie_waiting" }

// SendMail hands a mail to the mail server.
type SendMail struct{ Mail ID }

// Kind names the job.
func (SendMail) Kind() string { return "send_mail" }

// PruneSecrets forgets what has expired: links in mails, authorization codes, idle sessions, mails long sent, and
// people who never confirmed their address. A schedule runs it hourly.
type PruneSecrets struct{}

// Kind names the job.
func (PruneSecrets) Kind() string { return "prune_secrets" }

// DeleteAccount erases what a deleted account wrote and had with others.
type DeleteAccount struct{ Account ID }

// Kind names the job.
func (DeleteAccount) Kind() string { return "delete_account" }

// AuthorizeFollows accepts who waits to follow an account that was unlocked.
type AuthorizeFollows struct{ Account ID }

// Kind names the job.
func (AuthorizeFollows) Kind() string { return "authorize_follows" }
