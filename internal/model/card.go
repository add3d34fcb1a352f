package model

// Card is what a link leads to, as a page says of itself (Mastodon API: entities/PreviewCard).
type Card struct {
	ID               ID
	URL              string
	Origin           string // "": we read the page; else the server whose status told of it, for that status alone
	Type             string // link, photo, video, rich; "": the page has nothing to show
	Title            string
	Description      string
	Language         string
	AuthorName       string
	AuthorURL        string
	AuthorID         ID // an account that the page names and that names the page's site
	ProviderName     string
	ProviderURL      string
	EmbedURL         string // of a player; shown in a frame of its own
	Width            int64
	Height           int64
	ImageURL         string
	ImageDescription string
	PublishedAt      Time
	ETag             string `db:"etag"`
	LastModified     string
	FetchedAt        Time // 0: not yet
	CreatedAt        Time

	Author *Account `db:"-"`
}

// FetchCard looks at what a status links to. The lane is the link's host, so that nobody's site is asked twice at once.
type FetchCard struct {
	Status ID
	URL    string
}

// Kind names the job.
func (FetchCard) Kind() string { return "fetch_card" }
