package config

import (
	"net/netip"
	"time"
)

// Config is every setting of a server; each part is handed by value to the package that needs it.
//
// Tags: `toml` the key (on a part: its section), `doc` the sentence, `default` the value as it would stand in the
// environment, `auto` says in words what an unset value becomes (derive does it), `example` stands in the example file
// where there is no fixed default, `oneof`, `min`, `max` and `is` limit the values, `secret` hides them when printed.
type Config struct {
	Server     Server
	Site       Site       `toml:"site" doc:"How the server introduces itself to people and apps."`
	Accounts   Accounts   `toml:"accounts" doc:"Who may sign up."`
	Posts      Posts      `toml:"posts" doc:"How long and how many; apps read these from the instance's description."`
	Federation Federation `toml:"federation" doc:"Which other servers this one speaks with, and what it shows them."`
	Mail       Mail       `toml:"mail" doc:"Outgoing mail. Without a host, mails wait in an outbox that the owner can read."`
	Limits     Limits     `toml:"limits" doc:"How much one client may ask for."`
	Log        Log        `toml:"log" doc:"What is written to the console."`
	Memory     Memory     `toml:"memory" doc:"How much memory the server aims to use."`
}

// Server says where the server lives: its files, its socket, its names. Its keys stand at the top of the file.
type Server struct {
	Data           string         `toml:"data" default:"./data" doc:"Directory of everything the server keeps; made at first start. A relative path counts from where the server is started."`
	Listen         string         `toml:"listen" default:"127.0.0.1:8080" is:"address" doc:"Address and port to answer HTTP on. The default lets in only this machine, because a reverse proxy that speaks TLS (or, in development, your own browser) stands in front; ':8080' answers on every address."`
	Domain         string         `toml:"domain" is:"domain" auto:"required; in development localhost and the port of listen" example:"example.org" doc:"Domain in the handles of this server's people (@name@example.org). Never change it once the server has spoken to others. May carry a port in development only."`
	WebDomain      string         `toml:"web_domain" is:"domain" auto:"same as domain" example:"social.example.org" doc:"Domain that the server is reached at, where it differs from the one in the handles."`
	Database       string         `toml:"database" is:"database" secret:"true" auto:"SQLite in the data directory" example:"postgres://gomphothere:password@localhost/gomphothere" doc:"PostgreSQL to use, as a postgres:// URL; empty for SQLite in the data directory."`
	Development    bool           `toml:"development" default:"false" doc:"For trying out on one machine: plain http in every link, and servers on loopback addresses count as peers. Never on the internet."`
	TrustedProxies []netip.Prefix `toml:"trusted_proxies" default:"127.0.0.0/8, ::1/128" doc:"Addresses or networks of the reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed; nobody else's are."`
	Bus            string         `toml:"bus" is:"bus" secret:"true" auto:"the database" example:"nats://localhost:4222" doc:"How several servers on one PostgreSQL tell each other what happens: empty for the database itself (LISTEN and NOTIFY), or a nats:// or tls:// URL. On SQLite there is one server and nobody to tell."`
	ShutdownGrace  time.Duration  `toml:"shutdown_grace" default:"10s" min:"0s" max:"10m" doc:"How long requests that are under way may take to finish when the server is told to stop."`
}

// Site is what the instance entity says of the server.
type Site struct {
	Title        string   `toml:"title" default:"Gomphothere" is:"line" doc:"Name of the server."`
	Description  string   `toml:"description" default:"" doc:"A sentence or two on what the server is for."`
	ContactEmail string   `toml:"contact_email" is:"email" auto:"none shown" example:"owner@example.org" doc:"Address shown to people who want to reach whoever runs the server."`
	Languages    []string `toml:"languages" default:"en" is:"languages" doc:"Languages of the server, as BCP 47 tags, the main one first."`
}

// Registrations is who may make an account by themselves.
type Registrations string

// The ways of signing up. Mastodon API: open is "open", approval is "approved"; invite and closed both show as "none".
const (
	RegistrationsOpen     Registrations = "open"
	RegistrationsApproval Registrations = "approval"
	RegistrationsInvite   Registrations = "invite"
	RegistrationsClosed   Registrations = "closed"
)

// Accounts is the policy of signing up. Closed by default, as Mastodon is since 4.2.8: nobody should leave accounts on
// a server whose owner has not yet thought about moderation.
type Accounts struct {
	Registrations  Registrations `toml:"registrations" default:"closed" oneof:"open|approval|invite|closed" doc:"Who may sign up: everybody, everybody whom a moderator then approves, whoever holds an invitation, or nobody."`
	ReasonRequired bool          `toml:"reason_required" default:"false" doc:"Whether people must say why they want to join; only with registrations by approval."`
}

// Posts is the limits of what an author may write; the defaults are Mastodon 4.6's fixed values.
type Posts struct {
	MaxCharacters           int `toml:"max_characters" default:"500" min:"1" max:"100000" doc:"Characters in a post, its content warning included; a link counts 23."`
	MaxPollOptions          int `toml:"max_poll_options" default:"4" min:"2" max:"50" doc:"Choices in a poll."`
	MaxPollOptionCharacters int `toml:"max_poll_option_characters" default:"50" min:"1" max:"1000" doc:"Characters in one choice of a poll."`
	MaxPinned               int `toml:"max_pinned" default:"5" min:"0" max:"100" doc:"Posts that an account may pin to its profile."`
}

// FederationMode is which servers may talk with this one.
type FederationMode string

// The modes.
const (
	FederationOpen      FederationMode = "open"
	FederationAllowlist FederationMode = "allowlist"
)

// Audience is who may look at something.
type Audience string

// The audiences.
const (
	AudienceNobody Audience = "nobody"
	AudienceUsers  Audience = "users"
	AudienceAll    Audience = "all"
)

// Federation is the terms on which the server speaks with others.
type Federation struct {
	Mode            FederationMode `toml:"mode" default:"open" oneof:"open|allowlist" doc:"Whether every server that is not blocked may talk with this one, or only those let in with 'gomphothere domain allow'."`
	AuthorizedFetch bool           `toml:"authorized_fetch" default:"false" doc:"Whether servers must sign their requests for people and posts, so that blocked ones get nothing; some software cannot. With mode = \"allowlist\" it is always so."`
	ShowBlocks      Audience       `toml:"show_blocks" default:"nobody" oneof:"nobody|users|all" doc:"Who may read the list of blocked domains."`
	ShowReasons     Audience       `toml:"show_reasons" default:"nobody" oneof:"nobody|users|all" doc:"Who reads in that list why a domain is blocked."`
}

// Security is how the connection to the mail server is protected.
type Security string

// The ways of speaking to a mail server.
const (
	SecurityStartTLS Security = "starttls"
	SecurityTLS      Security = "tls"
	SecurityNone     Security = "none"
)

// Mail is the way out for mails; an empty Host leaves them in the outbox.
type Mail struct {
	Host                 string   `toml:"host" is:"host" auto:"none: mails wait in the outbox" example:"smtp.example.org" doc:"Name or address of the SMTP server that takes our mails."`
	Port                 int      `toml:"port" min:"1" max:"65535" auto:"587, or 465 with security = \"tls\"" example:"587" doc:"Port of the SMTP server."`
	Security             Security `toml:"security" default:"starttls" oneof:"starttls|tls|none" doc:"STARTTLS that must succeed, TLS from the first byte, or no protection (for a server on this machine)."`
	Username             string   `toml:"username" is:"line" auto:"none: no sign-in" example:"gomphothere" doc:"Name to sign in to the SMTP server with."`
	Password             string   `toml:"password" secret:"true" auto:"none" example:"password" doc:"Password that belongs to the username."`
	NotificationsPerHour int      `toml:"notifications_per_hour" default:"500" min:"0" max:"1000000" doc:"Mails about notifications in an hour, of all people together; what is above waits. 0 sends none. Mails about signing in and safety do not count and never wait for these."`
	From                 string   `toml:"from" is:"mailbox" auto:"notifications@ and the domain" example:"Example <notifications@example.org>" doc:"Sender of our mails, with or without a name."`
}

// Limits is the rate limits, per access token where there is one and per address otherwise.
type Limits struct {
	Enabled  bool `toml:"enabled" default:"true" doc:"Whether clients are slowed down at all; load tests turn this off."`
	Requests int  `toml:"requests" default:"300" min:"10" max:"1000000" doc:"API requests in five minutes, per token or, without one, per address."`
}

// Level is the least important line that is logged.
type Level string

// The levels, as log/slog has them.
const (
	LevelDebug Level = "debug"
	LevelInfo  Level = "info"
	LevelWarn  Level = "warn"
	LevelError Level = "error"
)

// Format is how a log line is spelled.
type Format string

// The formats, as log/slog has them.
const (
	FormatText Format = "text"
	FormatJSON Format = "json"
)

// Log is what the console gets.
type Log struct {
	Level  Level  `toml:"level" default:"info" oneof:"debug|info|warn|error" doc:"The least important lines to write."`
	Format Format `toml:"format" default:"text" oneof:"text|json" doc:"Lines for people, or one JSON object a line for machines."`
}

// Memory is the aim given to the garbage collector.
type Memory struct {
	SoftLimit Bytes `toml:"soft_limit" min:"32MiB" max:"1024GiB" auto:"no aim" example:"256MiB" doc:"Memory above which the server collects garbage harder; it is an aim, not a wall."`
}
