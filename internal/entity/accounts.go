package entity

import (
	"strconv"

	"gomphothere/internal/model"
)

// Account is somebody's public face (Mastodon API: entities/Account).
type Account struct {
	ID                 model.ID        `json:"id"`
	Username           string          `json:"username"`
	Acct               string          `json:"acct"`
	URL                *string         `json:"url"`
	URI                string          `json:"uri"`
	DisplayName        string          `json:"display_name"`
	Note               string          `json:"note"`
	Avatar             string          `json:"avatar"`
	AvatarStatic       string          `json:"avatar_static"`
	AvatarDescription  string          `json:"avatar_description"`
	Header             string          `json:"header"`
	HeaderStatic       string          `json:"header_static"`
	HeaderDescription  string          `json:"header_description"`
	Locked             bool            `json:"locked"`
	Fields             []Field         `json:"fields"`
	Emojis             []CustomEmoji   `json:"emojis"`
	Bot                bool            `json:"bot"`
	Group              bool            `json:"group"`
	Discoverable       bool            `json:"discoverable"`
	Indexable          bool            `json:"indexable"`
	Noindex            *bool           `json:"noindex,omitempty"` // ours only
	Moved              *Account        `json:"moved,omitempty"`
	Memorial           bool            `json:"memorial,omitempty"`
	Suspended          bool            `json:"suspended,omitempty"`
	Limited            bool            `json:"limited,omitempty"`
	CreatedAt          model.Time      `json:"created_at"`
	LastStatusAt       *string         `json:"last_status_at"` // a date
	StatusesCount      int64           `json:"statuses_count"`
	FollowersCount     int64           `json:"followers_count"`
	FollowingCount     int64           `json:"following_count"`
	HideCollections    bool            `json:"hide_collections"`
	ShowMedia          bool            `json:"show_media"`
	ShowMediaReplies   bool            `json:"show_media_replies"`
	ShowFeatured       bool            `json:"show_featured"`
	Roles              *[]AccountRole  `json:"roles,omitempty"` // ours only
	FeatureApproval    FeatureApproval `json:"feature_approval"`
	EmailSubscriptions *bool           `json:"email_subscriptions,omitempty"`
}

// Field is a row of a profile's table (Mastodon API: entities/Account#Field).
type Field struct {
	Name       string      `json:"name"`
	Value      string      `json:"value"`
	VerifiedAt *model.Time `json:"verified_at"`
}

// AccountRole is a badge (Mastodon API: entities/Account#AccountRole).
type AccountRole struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Color string `json:"color"`
}

// FeatureApproval says who may put the account into a collection (Mastodon API: entities/Account#feature_approval).
type FeatureApproval struct {
	Automatic   []string `json:"automatic"`
	Manual      []string `json:"manual"`
	CurrentUser string   `json:"current_user"`
}

// Role is what a user may do (Mastodon API: entities/Role).
type Role struct {
	ID              string `json:"id"`
	Name            string `json:"name"`
	Color           string `json:"color"`
	Permissions     string `json:"permissions"`
	Highlighted     bool   `json:"highlighted"`
	CollectionLimit int64  `json:"collection_limit"`
}

// CredentialAccount is one's own account (Mastodon API: entities/CredentialAccount).
type CredentialAccount struct {
	Account
	Source Source `json:"source"`
	Role   Role   `json:"role"`
}

// Source is what a person typed and chose (Mastodon API: entities/CredentialAccount#source).
type Source struct {
	AttributionDomains  []string         `json:"attribution_domains"`
	Note                string           `json:"note"`
	Fields              []Field          `json:"fields"`
	Privacy             model.Visibility `json:"privacy"`
	Sensitive           bool             `json:"sensitive"`
	Language            string           `json:"language"`
	FollowRequestsCount int64            `json:"follow_requests_count"`
	HideCollections     bool             `json:"hide_collections"`
	Discoverable        bool             `json:"discoverable"`
	Indexable           bool             `json:"indexable"`
	QuotePolicy         string           `json:"quote_policy"`
}

// MutedAccount is an account and until when it is muted (Mastodon API: entities/MutedAccount).
type MutedAccount struct {
	Account
	MuteExpiresAt *model.Time `json:"mute_expires_at"`
}

// PartialAccountWithAvatar is enough for a row of faces (Mastodon API: entities/PartialAccountWithAvatar).
type PartialAccountWithAvatar struct {
	ID                model.ID `json:"id"`
	Acct              string   `json:"acct"`
	URL               string   `json:"url"`
	Avatar            string   `json:"avatar"`
	AvatarStatic      string   `json:"avatar_static"`
	AvatarDescription string   `json:"avatar_description"`
	Locked            bool     `json:"locked"`
	Bot               bool     `json:"bot"`
}

// Account draws somebody. Of the suspended only the name is left, as Mastodon does it.
func (d *Drawer) Account(a *model.Account) Account {
	e := d.unmoved(a)
	if a.MovedTo != nil && !a.Suspended() {
		moved := d.unmoved(a.MovedTo) // one step; a chain of moves is not followed
		e.Moved = &moved
	}
	return e
}

func (d *Drawer) unmoved(a *model.Account) Account {
	e := Account{
		ID: a.ID, Username: a.Username, Acct: a.Acct(), URL: orNull(a.URL), URI: a.URI,
		Avatar: d.Base + DefaultAvatar, AvatarStatic: d.Base + DefaultAvatar,
		Header: d.Base + DefaultHeader, HeaderStatic: d.Base + DefaultHeader,
		Fields: []Field{}, Emojis: []CustomEmoji{}, Group: a.Group(),
		Memorial: a.Memorial, Suspended: a.Suspended(), Limited: a.Silenced(),
		CreatedAt:     midnight(a.CreatedAt),
		StatusesCount: a.StatusesCount, FollowersCount: a.FollowersCount, FollowingCount: a.FollowingCount,
		HideCollections: a.HideCollections, ShowMedia: a.ShowMedia, ShowMediaReplies: a.ShowMediaReplies, ShowFeatured: a.ShowFeatured,
		FeatureApproval: featureApproval(a),
	}
	if a.LastStatusAt != 0 {
		e.LastStatusAt = orNull(a.LastStatusAt.Date())
	}
	if a.Local() {
		e.Noindex, e.Roles = &a.Noindex, &[]AccountRole{}
	}
	if a.Suspended() {
		return e
	}
	e.DisplayName, e.Note = a.DisplayName, a.Note
	e.Avatar, e.AvatarStatic = d.avatar(a)
	e.Header = d.file(a.Header, d.Base+DefaultHeader)
	e.HeaderStatic = d.file(a.HeaderStatic, e.Header)
	e.AvatarDescription, e.HeaderDescription = a.AvatarDescription, a.HeaderDescription
	e.Locked, e.Bot, e.Discoverable, e.Indexable = a.Locked, a.Bot(), a.Discoverable, a.Indexable
	e.Fields = each(a.Fields, shownField)
	e.Emojis = each(a.Emojis, d.Emoji)
	if a.Local() && a.Role != nil && a.Role.Highlighted {
		e.Roles = &[]AccountRole{{ID: a.Role.ID.String(), Name: a.Role.Name, Color: a.Role.Color}}
	}
	return e
}

// featureApproval: there are no collections here to be put into, and nobody is told that strangers' may take ours;
// what strangers allow is not asked.
func featureApproval(a *model.Account) FeatureApproval {
	f := FeatureApproval{Automatic: []string{}, Manual: []string{}, CurrentUser: "denied"}
	if !a.Local() {
		f.CurrentUser = "missing"
	}
	return f
}

func (d *Drawer) avatar(a *model.Account) (moving, still string) {
	moving = d.file(a.Avatar, d.Base+DefaultAvatar)
	return moving, d.file(a.AvatarStatic, moving)
}

func shownField(f model.Field) Field {
	return Field{Name: f.Name, Value: f.Value, VerifiedAt: f.VerifiedAt.OrNull()}
}

func typedField(f model.Field) Field {
	return Field{Name: f.Name, Value: f.Text, VerifiedAt: f.VerifiedAt.OrNull()}
}

// day is the length of one, in milliseconds.
const day = 24 * 60 * 60 * 1000

// midnight is the beginning of t's day. Mastodon does not tell the hour at which somebody joined.
func midnight(t model.Time) model.Time {
	t -= t % day
	return t
}

// AppendAccount appends an account, drawn once per version of its row.
func (d *Drawer) AppendAccount(dst []byte, a *model.Account) []byte {
	b := a.Drawn.Get()
	if b == nil {
		b = drawn(d.Account(a))
		a.Drawn.Set(b)
	}
	return append(dst, b...)
}

// AppendAccounts appends an array of accounts.
func (d *Drawer) AppendAccounts(dst []byte, accounts []*model.Account) []byte {
	return appendArray(dst, accounts, d.AppendAccount)
}

// Accounts draws several.
func (d *Drawer) Accounts(accounts []*model.Account) []Account { return each(accounts, d.Account) }

// CredentialAccount draws one's own account; requests is how many ask to follow.
func (d *Drawer) CredentialAccount(a *model.Account, u *model.User, requests int64) CredentialAccount {
	return CredentialAccount{
		Account: d.Account(a),
		Source: Source{
			AttributionDomains: list(a.AttributionDomains), Note: a.NoteText, Fields: each(a.Fields, typedField),
			Privacy: defaultPrivacy(a, u), Sensitive: u.Settings.DefaultSensitive, Language: defaultLanguage(u),
			FollowRequestsCount: requests, HideCollections: a.HideCollections, Discoverable: a.Discoverable,
			Indexable: a.Indexable, QuotePolicy: defaultQuotePolicy(u),
		},
		Role: d.Role(u.Role),
	}
}

// MutedAccount draws somebody muted; until 0 is until taken back.
func (d *Drawer) MutedAccount(a *model.Account, until model.Time) MutedAccount {
	return MutedAccount{d.Account(a), until.OrNull()}
}

// AppendMutedAccount appends what MutedAccount draws.
func (d *Drawer) AppendMutedAccount(dst []byte, a *model.Account, until model.Time) []byte {
	dst = open(d.AppendAccount(dst, a))
	dst = append(dst, `,"mute_expires_at":`...)
	return append(appendTime(dst, until), '}')
}

// PartialAccount draws a face.
func (d *Drawer) PartialAccount(a *model.Account) PartialAccountWithAvatar {
	e := d.unmoved(a)
	return PartialAccountWithAvatar{
		ID: a.ID, Acct: e.Acct, URL: a.URL, Avatar: e.Avatar, AvatarStatic: e.AvatarStatic,
		AvatarDescription: e.AvatarDescription, Locked: e.Locked, Bot: e.Bot,
	}
}

// Role draws a role; nil is what everyone has. Administrators hold every permission.
func (d *Drawer) Role(r *model.Role) Role {
	if r == nil {
		r = &model.Role{ID: model.RoleEveryone}
	}
	const every = model.PermInviteBypassApproval<<1 - 1
	p := r.Permissions
	if p&model.PermAdministrator != 0 {
		p = every
	}
	return Role{r.ID.String(), r.Name, r.Color, strconv.FormatInt(p, 10), r.Highlighted, r.CollectionLimit}
}
