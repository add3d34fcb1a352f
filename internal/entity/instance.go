package entity

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"gomphothere/internal/model"
)

// What this server says of Mastodon's API that it speaks: apps switch features on by these.
const (
	mastodonVersion    = "4.6.0"
	mastodonAPIVersion = 7 // 4.5.0's: quotes are here; 8 to 10 speak of collections, which are not
)

// Mastodon's limits, which apps read and which the verbs keep.
const (
	maxDisplayName      = 30
	maxNote             = 500
	maxImageDescription = 150 // avatar and header
	maxFeaturedTags     = 10
	maxProfileFields    = 4
	maxProfileField     = 255
	maxAttachments      = 4
	charactersPerURL    = 23
	maxDescription      = 1500
	maxImageBytes       = 16 << 20
	maxImagePixels      = 33177600 // 7680 × 4320
	maxVideoBytes       = 99 << 20
	maxFrameRate        = 120
	maxVideoPixels      = 8294400 // 3840 × 2160
	minPollSeconds      = 300
	maxPollSeconds      = 2629746 // a month
)

// InstanceFacts is what the server tells of itself.
type InstanceFacts struct {
	Site      model.Site
	Contact   *model.Account // nil: nobody
	Rules     []model.Rule
	VapidKey  string // "" without push
	MimeTypes []string
	SourceURL string // where whoever uses the server gets its source code (AGPL-3.0 §13)

	ActiveMonth    int64 // people who came back within four weeks
	Users          int64
	Statuses       int64
	Domains        int64 // servers known
	InvitesEnabled bool  // everyone may invite
}

// Instance is the server (Mastodon API: entities/Instance).
type Instance struct {
	Domain        string                `json:"domain"`
	Title         string                `json:"title"`
	Version       string                `json:"version"`
	SourceURL     string                `json:"source_url"`
	Description   string                `json:"description"`
	Wrapstodon    *string               `json:"wrapstodon"` // no annual reports: null
	Usage         InstanceUsage         `json:"usage"`
	Thumbnail     InstanceThumbnail     `json:"thumbnail"`
	Icon          []InstanceIcon        `json:"icon"`
	Languages     []string              `json:"languages"`
	Configuration InstanceConfiguration `json:"configuration"`
	Registrations InstanceRegistrations `json:"registrations"`
	APIVersions   InstanceAPIVersions   `json:"api_versions"`
	Contact       InstanceContact       `json:"contact"`
	Rules         []Rule                `json:"rules"`
}

// InstanceUsage counts people (Mastodon API: entities/Instance#usage).
type InstanceUsage struct {
	Users struct {
		ActiveMonth int64 `json:"active_month"`
	} `json:"users"`
}

// InstanceThumbnail is the server's picture (Mastodon API: entities/Instance#thumbnail).
type InstanceThumbnail struct {
	URL         string `json:"url"`
	Description string `json:"description"`
}

// InstanceIcon is the server's icon in one size (Mastodon API: entities/Instance#InstanceIcon).
type InstanceIcon struct {
	Src  string `json:"src"`
	Size string `json:"size"`
}

// InstanceAPIVersions tells which API is spoken (Mastodon API: entities/Instance#api_versions).
type InstanceAPIVersions struct {
	Mastodon int64 `json:"mastodon"`
}

// InstanceContact is whom to ask (Mastodon API: entities/Instance#contact).
type InstanceContact struct {
	Email   string   `json:"email"`
	Account *Account `json:"account"`
}

// InstanceRegistrations tells whether people may join (Mastodon API: entities/Instance#registrations).
type InstanceRegistrations struct {
	Enabled          bool    `json:"enabled"`
	ApprovalRequired bool    `json:"approval_required"`
	ReasonRequired   bool    `json:"reason_required"`
	Message          *string `json:"message"`
	MinAge           *int64  `json:"min_age"`
	URL              *string `json:"url"`
}

// InstanceConfiguration are limits and addresses (Mastodon API: entities/Instance#configuration).
type InstanceConfiguration struct {
	URLs              InstanceURLs    `json:"urls"`
	Vapid             InstanceVapid   `json:"vapid"`
	Accounts          AccountLimits   `json:"accounts"`
	Statuses          StatusLimits    `json:"statuses"`
	MediaAttachments  MediaLimits     `json:"media_attachments"`
	Polls             PollLimits      `json:"polls"`
	Translation       InstanceFeature `json:"translation"`
	TimelinesAccess   TimelinesAccess `json:"timelines_access"`
	LimitedFederation bool            `json:"limited_federation"`
}

// InstanceURLs are addresses (Mastodon API: entities/Instance#configuration.urls).
type InstanceURLs struct {
	Streaming      string  `json:"streaming"`
	Status         *string `json:"status"`
	About          string  `json:"about"`
	PrivacyPolicy  *string `json:"privacy_policy"`
	TermsOfService *string `json:"terms_of_service"`
}

// InstanceVapid is the key of push messages.
type InstanceVapid struct {
	PublicKey string `json:"public_key"`
}

// AccountLimits are limits of profiles.
type AccountLimits struct {
	MaxDisplayNameLength       int `json:"max_display_name_length"`
	MaxNoteLength              int `json:"max_note_length"`
	MaxAvatarDescriptionLength int `json:"max_avatar_description_length"`
	MaxHeaderDescriptionLength int `json:"max_header_description_length"`
	MaxFeaturedTags            int `json:"max_featured_tags"`
	MaxPinnedStatuses          int `json:"max_pinned_statuses"`
	MaxProfileFields           int `json:"max_profile_fields"`
	ProfileFieldNameLimit      int `json:"profile_field_name_limit"`
	ProfileFieldValueLimit     int `json:"profile_field_value_limit"`
}

// StatusLimits are limits of statuses.
type StatusLimits struct {
	MaxCharacters            int `json:"max_characters"`
	MaxMediaAttachments      int `json:"max_media_attachments"`
	CharactersReservedPerURL int `json:"characters_reserved_per_url"`
}

// MediaLimits are limits of files, in bytes and pixels.
type MediaLimits struct {
	SupportedMimeTypes  []string `json:"supported_mime_types"`
	DescriptionLimit    int      `json:"description_limit,omitzero"` // not in v1
	ImageSizeLimit      int64    `json:"image_size_limit"`
	ImageMatrixLimit    int64    `json:"image_matrix_limit"`
	VideoSizeLimit      int64    `json:"video_size_limit"`
	VideoFrameRateLimit int      `json:"video_frame_rate_limit"`
	VideoMatrixLimit    int64    `json:"video_matrix_limit"`
}

// PollLimits are limits of polls, times in seconds.
type PollLimits struct {
	MaxOptions             int `json:"max_options"`
	MaxCharactersPerOption int `json:"max_characters_per_option"`
	MinExpiration          int `json:"min_expiration"`
	MaxExpiration          int `json:"max_expiration"`
}

// InstanceFeature tells whether something is on.
type InstanceFeature struct {
	Enabled bool `json:"enabled"`
}

// TimelinesAccess tells who may read which timeline: public, authenticated or disabled.
type TimelinesAccess struct {
	LiveFeeds         FeedAccess `json:"live_feeds"`
	HashtagFeeds      FeedAccess `json:"hashtag_feeds"`
	TrendingLinkFeeds FeedAccess `json:"trending_link_feeds"`
}

// FeedAccess is who may read ours and others'.
type FeedAccess struct {
	Local  string `json:"local"`
	Remote string `json:"remote"`
}

// Rule is a rule of the house (Mastodon API: entities/Rule).
type Rule struct {
	ID           model.ID        `json:"id"`
	Text         string          `json:"text"`
	Hint         string          `json:"hint"`
	Translations map[string]none `json:"translations"` // none: empty
}

// V1Instance is the server as older clients know it (Mastodon API: entities/V1_Instance).
type V1Instance struct {
	URI              string          `json:"uri"`
	Title            string          `json:"title"`
	ShortDescription string          `json:"short_description"`
	Description      string          `json:"description"`
	Email            string          `json:"email"`
	Version          string          `json:"version"`
	URLs             V1InstanceURLs  `json:"urls"`
	Stats            V1InstanceStats `json:"stats"`
	Thumbnail        *string         `json:"thumbnail"`
	Languages        []string        `json:"languages"`
	Registrations    bool            `json:"registrations"`
	ApprovalRequired bool            `json:"approval_required"`
	InvitesEnabled   bool            `json:"invites_enabled"`
	Configuration    V1Configuration `json:"configuration"`
	ContactAccount   *Account        `json:"contact_account"`
	Rules            []Rule          `json:"rules"`
}

// V1InstanceURLs are addresses (Mastodon API: entities/V1_Instance#urls).
type V1InstanceURLs struct {
	StreamingAPI string `json:"streaming_api"`
}

// V1InstanceStats are counts (Mastodon API: entities/V1_Instance#stats).
type V1InstanceStats struct {
	UserCount   int64 `json:"user_count"`
	StatusCount int64 `json:"status_count"`
	DomainCount int64 `json:"domain_count"`
}

// V1Configuration are limits (Mastodon API: entities/V1_Instance#configuration).
type V1Configuration struct {
	Accounts         V1AccountLimits `json:"accounts"`
	Statuses         StatusLimits    `json:"statuses"`
	MediaAttachments MediaLimits     `json:"media_attachments"`
	Polls            PollLimits      `json:"polls"`
}

// V1AccountLimits are limits of profiles.
type V1AccountLimits struct {
	MaxFeaturedTags int `json:"max_featured_tags"`
}

// InstanceActivityWeek counts a week; numbers are strings (Mastodon API: instance/activity).
type InstanceActivityWeek struct {
	Week          string `json:"week"` // unix seconds of its beginning
	Statuses      string `json:"statuses"`
	Logins        string `json:"logins"`
	Registrations string `json:"registrations"`
}

// Language is one that can be chosen (Mastodon API: instance/languages).
type Language struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// ExtendedDescription is the page about the server (Mastodon API: entities/ExtendedDescription).
type ExtendedDescription struct {
	UpdatedAt model.Time `json:"updated_at"`
	Content   string     `json:"content"` // HTML
}

// PrivacyPolicy is what is kept of people (Mastodon API: entities/PrivacyPolicy).
type PrivacyPolicy struct {
	UpdatedAt model.Time `json:"updated_at"`
	Content   string     `json:"content"` // HTML
}

// TermsOfService is what people agree to (Mastodon API: entities/TermsOfService).
type TermsOfService struct {
	EffectiveDate model.Time  `json:"effective_date"`
	Effective     bool        `json:"effective"`
	Content       string      `json:"content"` // HTML
	SucceededBy   *model.Time `json:"succeeded_by"`
}

// DomainBlock is a server that ours does not speak with (Mastodon API: entities/DomainBlock).
type DomainBlock struct {
	Domain   string  `json:"domain"`
	Digest   string  `json:"digest"`   // sha256 of the whole domain, hex
	Severity string  `json:"severity"` // silence, suspend
	Comment  *string `json:"comment"`
}

// DomainBlockPreview tells what blocking a domain would cut (Mastodon API: DomainBlockPreview).
type DomainBlockPreview struct {
	FollowingCount int64 `json:"following_count"`
	FollowersCount int64 `json:"followers_count"`
}

// version is what clients parse, then what this really is.
func version(s model.Site) string {
	return mastodonVersion + " (compatible; Gomphothere " + s.Version + ")"
}

func (d *Drawer) streaming() string { return "ws" + strings.TrimPrefix(d.Base, "http") } // https becomes wss

func (d *Drawer) contact(a *model.Account) *Account {
	if a == nil {
		return nil
	}
	e := d.Account(a)
	return &e
}

// Instance draws the server.
func (d *Drawer) Instance(f InstanceFacts) Instance {
	s := f.Site
	privacy := d.Base + "/privacy-policy"
	e := Instance{
		Domain: d.Domain, Title: s.Title, Version: version(s), SourceURL: f.SourceURL, Description: s.Description,
		Thumbnail: InstanceThumbnail{URL: d.Base + DefaultThumbnail}, Icon: []InstanceIcon{}, Languages: list(s.Languages),
		Configuration: InstanceConfiguration{
			URLs:  InstanceURLs{Streaming: d.streaming(), About: d.Base + "/about", PrivacyPolicy: &privacy},
			Vapid: InstanceVapid{f.VapidKey},
			Accounts: AccountLimits{
				MaxDisplayNameLength: maxDisplayName, MaxNoteLength: maxNote, MaxAvatarDescriptionLength: maxImageDescription,
				MaxHeaderDescriptionLength: maxImageDescription, MaxFeaturedTags: maxFeaturedTags, MaxPinnedStatuses: s.MaxPinned,
				MaxProfileFields: maxProfileFields, ProfileFieldNameLimit: maxProfileField, ProfileFieldValueLimit: maxProfileField,
			},
			Statuses: statusLimits(s), MediaAttachments: mediaLimits(f), Polls: pollLimits(s),
			TimelinesAccess: TimelinesAccess{
				FeedAccess{"public", "public"}, FeedAccess{"public", "public"}, FeedAccess{"public", "public"},
			},
		},
		Registrations: InstanceRegistrations{
			Enabled: joinable(s), ApprovalRequired: s.Registrations == "approval", ReasonRequired: s.ReasonRequired,
		},
		APIVersions: InstanceAPIVersions{mastodonAPIVersion},
		Contact:     InstanceContact{s.ContactEmail, d.contact(f.Contact)},
		Rules:       each(f.Rules, d.Rule),
	}
	e.Configuration.MediaAttachments.DescriptionLimit = maxDescription
	e.Usage.Users.ActiveMonth = f.ActiveMonth
	return e
}

// V1Instance draws the server for older clients.
func (d *Drawer) V1Instance(f InstanceFacts) V1Instance {
	s := f.Site
	thumbnail := d.Base + DefaultThumbnail
	return V1Instance{
		URI: d.Domain, Title: s.Title, ShortDescription: s.Description, Description: s.Description, Email: s.ContactEmail,
		Version: version(s), URLs: V1InstanceURLs{d.streaming()}, Stats: V1InstanceStats{f.Users, f.Statuses, f.Domains},
		Thumbnail: &thumbnail, Languages: list(s.Languages), Registrations: joinable(s),
		ApprovalRequired: s.Registrations == "approval", InvitesEnabled: f.InvitesEnabled,
		Configuration: V1Configuration{
			Accounts: V1AccountLimits{maxFeaturedTags}, Statuses: statusLimits(s), MediaAttachments: mediaLimits(f), Polls: pollLimits(s),
		},
		ContactAccount: d.contact(f.Contact), Rules: each(f.Rules, d.Rule),
	}
}

// joinable tells whether somebody without an invitation may ask to join.
func joinable(s model.Site) bool { return s.Registrations == "open" || s.Registrations == "approval" }

func statusLimits(s model.Site) StatusLimits {
	return StatusLimits{s.MaxCharacters, maxAttachments, charactersPerURL}
}

func pollLimits(s model.Site) PollLimits {
	return PollLimits{s.MaxPollOptions, s.MaxPollOptionCharacters, minPollSeconds, maxPollSeconds}
}

func mediaLimits(f InstanceFacts) MediaLimits {
	return MediaLimits{
		SupportedMimeTypes: list(f.MimeTypes), ImageSizeLimit: maxImageBytes, ImageMatrixLimit: maxImagePixels,
		VideoSizeLimit: maxVideoBytes, VideoFrameRateLimit: maxFrameRate, VideoMatrixLimit: maxVideoPixels,
	}
}

// Rule draws a rule.
func (d *Drawer) Rule(r model.Rule) Rule { return Rule{r.ID, r.Text, r.Hint, map[string]none{}} }

// DomainBlock draws a blocked server. An obfuscated name keeps the digest of the whole one, so that admins can compare
// lists; comment is nil for whoever may not read it.
func (d *Drawer) DomainBlock(domain string, obfuscate bool, severity string, comment *string) DomainBlock {
	sum := sha256.Sum256([]byte(domain))
	e := DomainBlock{Domain: domain, Digest: hex.EncodeToString(sum[:]), Severity: severity, Comment: comment}
	if obfuscate {
		e.Domain = obfuscated(domain)
	}
	return e
}

// obfuscated stars out the middle of a name, leaving its dots: about a quarter stays on either side.
// Mastodon: DomainBlock#public_domain.
func obfuscated(domain string) string {
	b := []byte(domain)
	for i := range b {
		if i > len(b)/4 && i < len(b)-len(b)/4 && b[i] != '.' {
			b[i] = '*'
		}
	}
	return string(b)
}

// InstanceActivityWeek draws the counts of the week beginning at start.
func (d *Drawer) InstanceActivityWeek(start model.Time, statuses, logins, registrations int64) InstanceActivityWeek {
	n := func(i int64) string { return strconv.FormatInt(i, 10) }
	return InstanceActivityWeek{n(start.Std().Unix()), n(statuses), n(logins), n(registrations)}
}
