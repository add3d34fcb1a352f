package model

// ClosePoll tells voters that a poll has ended.
type ClosePoll struct{ Poll ID }

// Kind names the job.
func (ClosePoll) Kind() string { return "close_poll" }

// PublishScheduled posts a scheduled status.
type PublishScheduled struct{ Scheduled ID }

// Kind names the job.
func (PublishScheduled) Kind() string { return "publish_scheduled" }
