package social

import (
	"context"
	"slices"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
	"gomphothere/internal/text"
)

// Posted is what Post made: a status, or a scheduled one.
type Posted struct {
	Status    *model.Status
	Scheduled *model.ScheduledStatus
}

// Post writes a status by a local author (Mastodon API: POST /api/v1/statuses). A draft with an idempotency key that
// was used before gives what was made then.
func (s *Social) Post(ctx context.Context, author *model.Account, d Draft) (*Posted, error) {
	if err := s.check(&d); err != nil {
		return nil, err
	}
	user, err := s.DB.Read(ctx).UserOf(author.ID)
	if err != nil {
		return nil, err
	}
	applyDefaults(&d, author, user)
	c, err := s.compose(d.Text, s.known(ctx))
	if err != nil {
		return nil, err
	}
	if err := d.allows(c.mentions); err != nil {
		return nil, err
	}
	var out *Posted
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		if out, err = s.made(tx, author, d.Idempotency); out != nil || err != nil {
			return err
		}
		if d.ScheduledAt != 0 {
			out, err = s.schedule(tx, author, d)
			return err
		}
		st, err := s.post(tx, author, user, d, c)
		if err != nil {
			return err
		}
		out = &Posted{Status: st}
		if d.Idempotency != "" {
			return tx.AddIdempotency(author.ID, d.Idempotency, st.ID)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if out.Status != nil {
		out.Status, err = s.DB.Read(ctx).StatusByID(out.Status.ID)
	}
	return out, err
}

// known finds whom a mention names among the accounts we have. Unknown remote people were resolved by the door before.
func (s *Social) known(ctx context.Context) func(text.Piece) (*model.Account, error) {
	q := s.DB.Read(ctx)
	return func(p text.Piece) (*model.Account, error) {
		domain := p.Domain
		if domain == s.Site.Domain {
			domain = ""
		}
		a, err := q.AccountByHandle(p.Name, domain)
		if err == nil && a.Suspended() {
			return nil, model.ErrNotFound()
		}
		return a, err
	}
}

// applyDefaults fills in what the author left to their settings (Mastodon: PostStatusService).
func applyDefaults(d *Draft, author *model.Account, user *model.User) {
	set := user.Settings
	if d.Sensitive == nil {
		d.Sensitive = &set.DefaultSensitive
	}
	if d.SpoilerText != "" {
		yes := true
		d.Sensitive = &yes
	}
	if d.Visibility == "" {
		d.Visibility = defaultPrivacy(author, user)
	}
	if d.Visibility == model.Public && author.Silenced() {
		d.Visibility = model.Unlisted
	}
	if d.Language = text.Language(d.Language); d.Language == "" {
		d.Language = set.DefaultLanguage
	}
	if d.Language == "" {
		d.Language = text.Language(user.Locale)
	}
	if d.Language == "" {
		d.Language = "en"
	}
	if d.QuotePolicy == "" {
		d.QuotePolicy = set.DefaultQuotePolicy
	}
}

func defaultPrivacy(author *model.Account, user *model.User) model.Visibility {
	if p := user.Settings.DefaultPrivacy; p != "" {
		return p
	}
	if author.Locked {
		return model.Private
	}
	return model.Public
}

// quotePolicy turns the API's word into bits. Only what everybody may see can be quoted by others.
func quotePolicy(word string, v model.Visibility) model.QuotePolicy {
	if v == model.Private || v == model.Direct {
		return 0
	}
	switch word {
	case "followers":
		return model.QuoteFollowers << 16
	case "nobody":
		return 0
	}
	return model.QuotePublic << 16
}

// allows refuses a draft that would mention others than its author meant (Mastodon: safeguard mentions).
func (d *Draft) allows(mentions []model.Mention) error {
	if d.AllowedMentions == nil {
		return nil
	}
	var unexpected []model.ID
	for _, m := range mentions {
		if !slices.Contains(*d.AllowedMentions, m.AccountID) {
			unexpected = append(unexpected, m.AccountID)
		}
	}
	if len(unexpected) == 0 {
		return nil
	}
	return &model.Error{Kind: model.KindInvalid, Text: "Post would be sent to unexpected accounts", Extra: map[string]any{"unexpected_accounts": unexpected}}
}

// made finds what a retried request made the first time.
func (s *Social) made(tx *store.Tx, author *model.Account, key string) (*Posted, error) {
	if key == "" {
		return nil, nil
	}
	id, err := tx.Idempotent(author.ID, key)
	if err != nil || id == 0 {
		return nil, err
	}
	st, err := tx.StatusByID(id)
	if err == nil {
		return &Posted{Status: st}, nil
	}
	if !model.IsNotFound(err) {
		return nil, err
	}
	scheduled, err := tx.ScheduledStatus(author.ID, id)
	if model.IsNotFound(err) {
		return nil, nil // deleted since: a new one is meant
	}
	return &Posted{Scheduled: scheduled}, err
}

// post writes the status and all that comes with it.
func (s *Social) post(tx *store.Tx, author *model.Account, user *model.User, d Draft, c composed) (*model.Status, error) {
	id := tx.NewID()
	st := &model.Status{
		ID: id, AccountID: author.ID, Account: author, Local: true,
		URI:  author.URI + "/statuses/" + id.String(),
		URL:  s.Site.Base + "/@" + author.Username + "/" + id.String(),
		Text: d.Text, Content: c.content, SpoilerText: d.SpoilerText, Sensitive: *d.Sensitive,
		Language: d.Language, Visibility: d.Visibility, MediaIDs: d.MediaIDs, Mentions: c.mentions, CreatedAt: tx.Now(),
	}
	if !user.Settings.HideApplication {
		st.AppID = d.AppID
	}
	if err := s.replyTo(tx, author, st, d.InReplyToID); err != nil {
		return nil, err
	}
	if err := s.quote(tx, author, st, d.QuotedID); err != nil {
		return nil, err
	}
	st.QuotePolicy = quotePolicy(d.QuotePolicy, st.Visibility)
	if err := s.attach(tx, author, st, d); err != nil {
		return nil, err
	}
	var err error
	if st.Tags, err = tx.TagsNamed(c.tags); err != nil {
		return nil, err
	}
	if err := tx.AddStatus(st); err != nil {
		return nil, err
	}
	if st.Poll != nil {
		if err := tx.AddPoll(st.Poll); err != nil {
			return nil, err
		}
	}
	if st.Quote != nil {
		if err := tx.AddQuote(st.Quote); err != nil {
			return nil, err
		}
	}
	looking, err := s.linkUp(tx, st)
	if err != nil {
		return nil, err
	}
	if err := s.tellOf(tx, author, st); err != nil {
		return nil, err
	}
	tx.Publish(model.Event{Type: "update", Stream: "public", Account: author.ID, ID: st.ID})
	return st, s.tellOfPost(tx, st, looking)
}

// tellOfPost tells other servers of a new status of ours, and asks for the approval of what it quotes of theirs.
func (s *Social) tellOfPost(tx *store.Tx, st *model.Status, looking bool) error {
	if !leaves(st) {
		return nil
	}
	at := tx.Now()
	if looking { // what is behind its link is told with it, so that not everybody goes there to look
		at = at.Add(cardPatience)
	}
	if err := s.tellAt(tx, at, model.Distribute{Activity: "Create", Actor: st.AccountID, Status: st.ID}); err != nil {
		return err
	}
	if st.Quote == nil || st.Quote.State != "pending" {
		return nil
	}
	return s.tell(tx, model.Distribute{Activity: "QuoteRequest", Actor: st.AccountID, Row: st.Quote.ID})
}

// leaves tells whether anybody elsewhere may be meant by a status.
func leaves(st *model.Status) bool {
	return st.Visibility != model.Direct || st.Quote != nil || slices.ContainsFunc(st.Mentions, func(m model.Mention) bool { return m.Domain != "" })
}

// replyTo ties a status to the one it answers, or begins a conversation.
func (s *Social) replyTo(tx *store.Tx, author *model.Account, st *model.Status, id model.ID) error {
	if id == 0 {
		st.ConversationID = tx.NewID()
		return tx.AddConversation(st.ConversationID, author.ID, "")
	}
	parent, err := tx.StatusFor(author, id)
	if model.IsNotFound(err) {
		return model.NotFound("The post you are trying to reply to does not appear to exist.")
	}
	if err != nil {
		return err
	}
	parent = parent.Shown()
	st.InReplyToID, st.InReplyToAccountID, st.IsReply, st.ConversationID = parent.ID, parent.AccountID, true, parent.ConversationID
	return nil
}

// quote ties a status to the one it quotes, if its author's policy lets it (Mastodon: StatusPolicy#quote?).
func (s *Social) quote(tx *store.Tx, author *model.Account, st *model.Status, id model.ID) error {
	if id == 0 {
		return nil
	}
	quoted, err := tx.StatusFor(author, id)
	if model.IsNotFound(err) {
		return model.NotFound("The post you are trying to quote does not appear to exist.")
	}
	if err != nil {
		return err
	}
	quoted = quoted.Shown()
	follows, err := tx.Follows(author.ID, quoted.AccountID)
	if err != nil {
		return err
	}
	followed, err := tx.Follows(quoted.AccountID, author.ID)
	if err != nil {
		return err
	}
	state, err := mayQuote(author, quoted, follows, followed)
	if err != nil {
		return err
	}
	if quoted.Visibility == model.Private && st.Visibility != model.Direct {
		st.Visibility = model.Private
	}
	st.QuoteID = tx.NewID()
	st.Quote = &model.Quote{
		ID: st.QuoteID, StatusID: st.ID, AccountID: author.ID,
		QuotedStatusID: quoted.ID, QuotedAccountID: quoted.AccountID, State: state, CreatedAt: tx.Now(),
	}
	switch {
	case !quoted.Local: // its author's server decides, however plain the policy
		if author.ID == quoted.AccountID {
			break
		}
		st.Quote.State = "pending"
		st.Quote.ActivityURI = author.URI + "/quote_requests/" + st.QuoteID.String()
	case state == "accepted" && author.ID != quoted.AccountID:
		st.Quote.ApprovalURI = approvalURI(quoted.Account, st.QuoteID)
	}
	return nil
}

// mayQuote tells what becomes of a quote: accepted at once, pending until its author approves, or refused
// (Mastodon: Status::InteractionPolicyConcern).
func mayQuote(author *model.Account, quoted *model.Status, follows, followed bool) (state string, err error) {
	auto, manual := quoted.QuotePolicy.Automatic(), quoted.QuotePolicy.Manual()
	allows := func(p model.QuotePolicy) bool {
		return p&model.QuotePublic != 0 || p&model.QuoteFollowers != 0 && follows || p&model.QuoteFollowing != 0 && followed
	}
	switch {
	case quoted.Visibility == model.Direct, quoted.Visibility == model.Limited:
	case author.ID == quoted.AccountID:
		return "accepted", nil
	case quoted.Visibility == model.Private:
	case allows(auto):
		return "accepted", nil
	case allows(manual), (auto|manual)&model.QuoteUnsupported != 0:
		return "pending", nil
	}
	return "", model.NotFound("The post you are trying to quote does not appear to exist.")
}

// attach puts media and a poll on a status.
func (s *Social) attach(tx *store.Tx, author *model.Account, st *model.Status, d Draft) error {
	if len(d.MediaIDs) > 0 {
		n, err := tx.AttachMedia(author.ID, st.ID, d.MediaIDs)
		if err != nil {
			return err
		}
		if n != len(d.MediaIDs) {
			return model.Invalidf("Validation failed: Media not found, already used, or not finished processing")
		}
	}
	if d.Poll == nil {
		return nil
	}
	s.ask(tx, st, d.Poll)
	return closeLater(tx, st.Poll)
}

// ask puts a new poll on a status.
func (s *Social) ask(tx *store.Tx, st *model.Status, d *PollDraft) {
	st.PollID = tx.NewID()
	st.Poll = &model.Poll{
		ID: st.PollID, StatusID: st.ID, AccountID: st.AccountID, Options: d.Options,
		Tallies: make([]int64, len(d.Options)), Multiple: d.Multiple, HideTotals: d.HideTotals,
		ExpiresAt: tx.Now().Add(d.ExpiresIn), CreatedAt: tx.Now(),
	}
}
