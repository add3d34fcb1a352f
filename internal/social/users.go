package social

import (
	"context"
	"fmt"
	"maps"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// NewUser is what somebody fills in to join.
type NewUser struct {
	Username  string
	Email     string
	Password  string
	Agreement bool
	Locale    string
	Reason    string
	Invite    string // code
	AppID     model.ID
	IP        string
}

// Ways of signing up (model.Site.Registrations).
const (
	signUpOpen     = "open"
	signUpApproval = "approval"
	signUpInvite   = "invite"
	signUpClosed   = "closed"
)

// Mastodon: Account::USERNAME_LENGTH_LIMIT, UserInviteRequest::TEXT_SIZE_LIMIT; an address has at most 254 characters
// (RFC 5321 §4.5.3.1.3).
const (
	maxUsername = 30
	maxReason   = 420
	maxEmail    = 254
)

var usernameForm = regexp.MustCompile(`^[A-Za-z0-9_]+$`)

// reservedNames could be taken for the server itself (Mastodon: settings.yml, reserved_usernames).
// constant: Go has no constant slices
var reservedNames = []string{"admin", "support", "help", "root", "webmaster", "administrator", "mod", "moderator", "owner", "postmaster", "abuse", "security"}

// SignUp makes an account for somebody who asks for one. Mastodon API: POST /api/v1/accounts
func (s *Social) SignUp(ctx context.Context, n NewUser) (u *model.User, err error) {
	rate := signUpPerIP
	if n.AppID == 0 {
		rate = signUpPagePerIP // a form that is filled in wrongly comes again
	}
	if err := s.limitAddress(rate, n.IP); err != nil {
		return nil, err
	}
	invite, err := s.maySignUp(ctx, n.Invite)
	if err != nil {
		return nil, err
	}
	n.Email = cleanEmail(n.Email)
	fails := signUpFails(&n)
	if !n.Agreement {
		fails["agreement"] = []model.FieldFail{{Error: "ERR_ACCEPTED", Description: "must be accepted"}}
	}
	asks := s.Site.Registrations == signUpApproval && invite == nil
	if asks && s.Site.ReasonRequired && strings.TrimSpace(n.Reason) == "" {
		fails["reason"] = []model.FieldFail{{Error: "ERR_BLANK", Description: "can't be blank"}}
	}
	if slices.Contains(reservedNames, strings.ToLower(n.Username)) {
		fails["username"] = append(fails["username"], model.FieldFail{Error: "ERR_RESERVED", Description: "is reserved"})
	}
	if err := s.takenFails(ctx, n, fails); err != nil {
		return nil, err
	}
	if len(fails) > 0 {
		return nil, signUpError(fails)
	}
	hash, err := s.hashPassword(ctx, n.Password)
	if err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		approved := s.Site.Registrations != signUpApproval
		a, user := s.newUser(tx, n.Username, n.Email, hash)
		if invite != nil {
			used, err := tx.UseInvite(invite.ID)
			if err != nil {
				return err
			}
			if !used {
				return errInvite()
			}
			if !approved {
				if approved, err = bypassesApproval(tx, invite); err != nil {
					return err
				}
			}
			user.InviteID = invite.ID
		}
		user.Approved, user.AppID, user.Reason, user.SignUpIP, user.Locale = approved, n.AppID, strings.TrimSpace(n.Reason), n.IP, n.Locale
		if err := addUser(tx, a, user); err != nil {
			return err
		}
		u = user
		return s.mailConfirmation(tx, user, user.Email)
	})
	return u, err
}

// maySignUp says whether the door is open, and with which invitation.
func (s *Social) maySignUp(ctx context.Context, code string) (*model.Invite, error) {
	if s.Site.Registrations == signUpClosed || s.Site.Registrations == "" {
		return nil, model.ErrForbidden()
	}
	if code == "" {
		if s.Site.Registrations == signUpInvite {
			return nil, model.ErrForbidden()
		}
		return nil, nil
	}
	return s.Invite(ctx, code)
}

// bypassesApproval tells whether an invitation stands for a moderator's approval: the server's own, and those of
// people who may invite that way.
func bypassesApproval(tx *store.Tx, i *model.Invite) (bool, error) {
	if i.UserID == 0 {
		return true, nil
	}
	u, err := tx.User(i.UserID)
	if model.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return u.MayAct() && u.Role.Can(model.PermInviteBypassApproval), nil
}

func cleanEmail(e string) string { return strings.ToLower(strings.TrimSpace(e)) }

// signUpFails says what is wrong with a name, an address and a password, without asking the database.
func signUpFails(n *NewUser) map[string][]model.FieldFail {
	fails := map[string][]model.FieldFail{}
	if f := usernameFails(n.Username); f != nil {
		fails["username"] = f
	}
	if f := emailFails(n.Email); f != nil {
		fails["email"] = f
	}
	if f := passwordFails(n.Password); f != nil {
		fails["password"] = f
	}
	if utf8.RuneCountInString(n.Reason) > maxReason {
		fails["reason"] = []model.FieldFail{{Error: "ERR_TOO_LONG", Description: fmt.Sprintf("is too long (maximum is %d characters)", maxReason)}}
	}
	return fails
}

func usernameFails(name string) (f []model.FieldFail) {
	if name == "" {
		f = append(f, model.FieldFail{Error: "ERR_BLANK", Description: "can't be blank"})
	}
	if len(name) > maxUsername {
		f = append(f, model.FieldFail{Error: "ERR_TOO_LONG", Description: fmt.Sprintf("is too long (maximum is %d characters)", maxUsername)})
	}
	if !usernameForm.MatchString(name) {
		f = append(f, model.FieldFail{Error: "ERR_INVALID", Description: "must contain only letters, numbers and underscores"})
	}
	return f
}

func emailFails(email string) []model.FieldFail {
	switch {
	case email == "":
		return []model.FieldFail{{Error: "ERR_BLANK", Description: "can't be blank"}}
	case len(email) > maxEmail:
		return []model.FieldFail{{Error: "ERR_TOO_LONG", Description: fmt.Sprintf("is too long (maximum is %d characters)", maxEmail)}}
	case !validEmail(email):
		return []model.FieldFail{{Error: "ERR_INVALID", Description: "is invalid"}}
	}
	return nil
}

// validEmail wants a bare address with a domain; who it belongs to, a mail finds out.
func validEmail(email string) bool {
	a, err := mail.ParseAddress(email)
	if err != nil || a.Name != "" || a.Address != email || strings.ContainsAny(email, "\r\n\t \"<>") {
		return false
	}
	_, domain, _ := strings.Cut(email, "@")
	return domain != "" && !strings.HasPrefix(domain, ".") && !strings.HasSuffix(domain, ".")
}

func (s *Social) takenFails(ctx context.Context, n NewUser, fails map[string][]model.FieldFail) error {
	q := s.DB.Read(ctx)
	if fails["username"] == nil {
		taken, err := q.UsernameTaken(n.Username)
		if err != nil {
			return err
		}
		if taken {
			fails["username"] = takenFail()
		}
	}
	if fails["email"] == nil {
		taken, err := q.EmailTaken(n.Email)
		if err != nil {
			return err
		}
		if taken {
			fails["email"] = takenFail()
		}
	}
	return nil
}

func takenFail() []model.FieldFail {
	return []model.FieldFail{{Error: "ERR_TAKEN", Description: "has already been taken"}}
}

// signUpError is one sentence and all the fields (Mastodon API: entities/ValidationError).
func signUpError(fails map[string][]model.FieldFail) error {
	var parts []string
	for _, field := range slices.Sorted(maps.Keys(fails)) {
		word := strings.ToUpper(field[:1]) + field[1:]
		if field == "agreement" {
			word = "Service agreement"
		}
		for _, f := range fails[field] {
			parts = append(parts, word+" "+f.Description)
		}
	}
	return &model.Error{Kind: model.KindInvalid, Text: "Validation failed: " + strings.Join(parts, ", "), Fields: fails}
}

// newUser is a local account with Mastodon's defaults and its login, not yet written.
func (s *Social) newUser(tx *store.Tx, username, email, hash string) (*model.Account, *model.User) {
	id := tx.NewID()
	uri := s.Site.Base + "/ap/users/" + id.String()
	a := &model.Account{
		ID: id, Username: username, ActorType: "Person",
		URI: uri, URL: s.Site.Base + "/@" + username,
		InboxURL: uri + "/inbox", OutboxURL: uri + "/outbox", SharedInboxURL: s.Site.Base + "/inbox",
		FollowersURL: uri + "/followers", FollowingURL: uri + "/following", FeaturedURL: uri + "/collections/featured",
		ShowMedia: true, ShowMediaReplies: true, ShowFeatured: true,
		CreatedAt: tx.Now(), UpdatedAt: tx.Now(),
	}
	u := &model.User{
		ID: tx.NewID(), AccountID: id, Email: email, PasswordHash: hash, RoleID: model.RoleEveryone,
		Approved: true, CreatedAt: tx.Now(),
	}
	return a, u
}

// addUser writes both, or says which of name and address was taken meanwhile.
func addUser(tx *store.Tx, a *model.Account, u *model.User) error {
	written, err := tx.AddUser(a, u)
	if err != nil || written {
		if err == nil {
			u.Role, err = tx.Role(u.RoleID)
		}
		return err
	}
	taken, err := tx.UsernameTaken(a.Username)
	if err != nil {
		return err
	}
	if taken {
		return signUpError(map[string][]model.FieldFail{"username": takenFail()})
	}
	return signUpError(map[string][]model.FieldFail{"email": takenFail()})
}

// NewAccount is what a command makes an account of.
type NewAccount struct {
	Username  string
	Email     string
	Password  string
	Role      string // user, moderator, admin, owner; "" is user
	Confirmed bool   // otherwise a mail asks
}

// RoleNamed finds the id of a role by the word commands use.
func RoleNamed(word string) (model.ID, error) {
	switch strings.ToLower(word) {
	case "", "user", "everyone":
		return model.RoleEveryone, nil
	case "moderator":
		return model.RoleModerator, nil
	case "admin":
		return model.RoleAdmin, nil
	case "owner":
		return model.RoleOwner, nil
	}
	return 0, model.Invalidf("Role %q is not one of user, moderator, admin, owner", word)
}

// CreateAccount makes an account on behalf of whoever runs the server: approved, with any name, whatever sign-up says.
func (s *Social) CreateAccount(ctx context.Context, n NewAccount) (u *model.User, err error) {
	role, err := RoleNamed(n.Role)
	if err != nil {
		return nil, err
	}
	n.Email = cleanEmail(n.Email)
	if fails := signUpFails(&NewUser{Username: n.Username, Email: n.Email, Password: n.Password}); len(fails) > 0 {
		return nil, signUpError(fails)
	}
	hash, err := s.hashPassword(ctx, n.Password)
	if err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		a, user := s.newUser(tx, n.Username, n.Email, hash)
		user.RoleID = role
		if n.Confirmed {
			user.ConfirmedAt = tx.Now()
		}
		if err := addUser(tx, a, user); err != nil {
			return err
		}
		u = user
		if n.Confirmed {
			return nil
		}
		return s.mailConfirmation(tx, user, user.Email)
	})
	return u, err
}

// ownerLinkFor is long enough for somebody who installs in the evening.
const ownerLinkHours = 24

// OwnerLink gives the one link that makes the first owner, anew at every call; "" when there is an owner.
func (s *Social) OwnerLink(ctx context.Context) (link string, err error) {
	secret := newSecret()
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		link = ""
		owned, err := tx.HasOwner()
		if err != nil {
			return err
		}
		if err := tx.RemoveMailTokens(model.TokenOwner, 0); err != nil || owned {
			return err
		}
		link = s.Site.Base + "/welcome/" + secret
		return tx.AddMailToken(&model.MailToken{
			Hash: Hash(secret), Kind: model.TokenOwner,
			ExpiresAt: tx.Now() + ownerLinkHours*60*60*1000, CreatedAt: tx.Now(),
		})
	})
	return link, err
}

// ClaimServer makes the first owner, with the secret of OwnerLink.
func (s *Social) ClaimServer(ctx context.Context, secret string, n NewUser) (u *model.User, err error) {
	if _, err := s.DB.Read(ctx).MailToken(model.TokenOwner, Hash(secret)); err != nil {
		return nil, err
	}
	n.Email = cleanEmail(n.Email)
	fails := signUpFails(&n)
	if err := s.takenFails(ctx, n, fails); err != nil {
		return nil, err
	}
	if len(fails) > 0 {
		return nil, signUpError(fails)
	}
	hash, err := s.hashPassword(ctx, n.Password)
	if err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.TakeMailToken(model.TokenOwner, Hash(secret)); err != nil {
			return err
		}
		if owned, err := tx.HasOwner(); err != nil {
			return err
		} else if owned {
			return model.Forbidden("This server has an owner already")
		}
		a, user := s.newUser(tx, n.Username, n.Email, hash)
		user.RoleID, user.ConfirmedAt, user.SignUpIP = model.RoleOwner, tx.Now(), n.IP
		if err := addUser(tx, a, user); err != nil {
			return err
		}
		u = user
		return nil
	})
	return u, err
}

// ConfirmEmail spends the secret of a confirmation mail: the address is theirs.
func (s *Social) ConfirmEmail(ctx context.Context, secret, ip string) (u *model.User, err error) {
	if err := s.limitAddress(confirmPerIP, ip); err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		t, err := tx.TakeMailToken(model.TokenConfirm, Hash(secret))
		if err != nil {
			return err
		}
		if u, err = tx.LockUser(t.UserID); err != nil {
			return err
		}
		first := u.ConfirmedAt == 0
		switch t.Email {
		case u.Email:
		case u.UnconfirmedEmail:
			if taken, err := tx.EmailTaken(t.Email); err != nil {
				return err
			} else if taken {
				return signUpError(map[string][]model.FieldFail{"email": takenFail()})
			}
			u.Email, u.UnconfirmedEmail = t.Email, ""
		default:
			return model.ErrNotFound() // they chose another address since
		}
		u.ConfirmedAt = tx.Now()
		if err := tx.SetUser(u); err != nil || !first {
			return err
		}
		if u.Approved {
			return s.mailWelcome(tx, u)
		}
		return s.mailPending(tx, u)
	})
	return u, err
}

// ResendConfirmation sends another confirmation mail, to another address if one is given. Mastodon API:
// POST /api/v1/emails/confirmations
func (s *Social) ResendConfirmation(ctx context.Context, user model.ID, email, ip string) error {
	if err := s.limitAddress(confirmPerIP, ip); err != nil {
		return err
	}
	if err := s.limit(confirmPerUser, user.String()); err != nil {
		return err
	}
	email = cleanEmail(email)
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		u, err := tx.LockUser(user)
		if err != nil {
			return err
		}
		if u.ConfirmedAt != 0 && u.UnconfirmedEmail == "" {
			return model.Forbidden("This method is only available while the e-mail is awaiting confirmation")
		}
		if email == "" || email == u.Email && u.ConfirmedAt == 0 || email == u.UnconfirmedEmail {
			if u.ConfirmedAt == 0 {
				return s.mailConfirmation(tx, u, u.Email)
			}
			return s.mailConfirmation(tx, u, u.UnconfirmedEmail)
		}
		if f := emailFails(email); f != nil {
			return signUpError(map[string][]model.FieldFail{"email": f})
		}
		if taken, err := tx.EmailTaken(email); err != nil {
			return err
		} else if taken {
			return signUpError(map[string][]model.FieldFail{"email": takenFail()})
		}
		if u.ConfirmedAt == 0 {
			u.Email = email
		} else {
			u.UnconfirmedEmail = email
		}
		if err := tx.SetUser(u); err != nil {
			return err
		}
		return s.mailConfirmation(tx, u, email)
	})
}

// Approve lets somebody in who waits for it.
func (s *Social) Approve(ctx context.Context, user model.ID) (u *model.User, err error) {
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		if u, err = tx.LockUser(user); err != nil || u.Approved {
			return err
		}
		u.Approved = true
		if err := tx.SetUser(u); err != nil || u.ConfirmedAt == 0 {
			return err
		}
		return s.mailWelcome(tx, u)
	})
	return u, err
}

// Reject turns somebody away who waits for approval, and forgets them.
func (s *Social) Reject(ctx context.Context, user model.ID) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		u, err := tx.LockUser(user)
		if err != nil {
			return err
		}
		if u.Approved {
			return model.ErrForbidden()
		}
		return tx.RemoveNewcomer(u)
	})
}

// UserChange is what a command changes of a login; nil and false leave things as they are.
type UserChange struct {
	Email    *string
	Role     *string
	Password *string
	Confirm  bool
	Approve  bool
	Disable  bool
	Enable   bool
	NoSecond bool // forget authenticator, passkeys and recovery codes
}

// ModifyUser changes a login on behalf of whoever runs the server.
func (s *Social) ModifyUser(ctx context.Context, user model.ID, c UserChange) (u *model.User, err error) {
	var hash string
	var role model.ID
	if c.Password != nil {
		if f := passwordFails(*c.Password); f != nil {
			return nil, signUpError(map[string][]model.FieldFail{"password": f})
		}
		if hash, err = s.hashPassword(ctx, *c.Password); err != nil {
			return nil, err
		}
	}
	if c.Role != nil {
		if role, err = RoleNamed(*c.Role); err != nil {
			return nil, err
		}
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		if u, err = tx.LockUser(user); err != nil {
			return err
		}
		if c.Email != nil {
			if err := setEmail(tx, u, cleanEmail(*c.Email)); err != nil {
				return err
			}
		}
		if c.Role != nil {
			u.RoleID = role
			if u.Role, err = tx.Role(role); err != nil {
				return err
			}
		}
		if c.Confirm && u.ConfirmedAt == 0 {
			u.ConfirmedAt = tx.Now()
		}
		u.Approved = u.Approved || c.Approve
		u.Disabled = (u.Disabled || c.Disable) && !c.Enable
		if c.NoSecond {
			u.TOTPSecret, u.RecoveryCodes = "", nil
			if err := forgetPasskeys(tx, u); err != nil {
				return err
			}
		}
		if hash != "" {
			u.PasswordHash = hash
		}
		if hash != "" || c.Disable {
			if err := tx.RemoveSessions(u.ID, 0); err != nil {
				return err
			}
		}
		return tx.SetUser(u)
	})
	return u, err
}

func setEmail(tx *store.Tx, u *model.User, email string) error {
	if f := emailFails(email); f != nil {
		return signUpError(map[string][]model.FieldFail{"email": f})
	}
	if email == u.Email {
		return nil
	}
	if taken, err := tx.EmailTaken(email); err != nil {
		return err
	} else if taken {
		return signUpError(map[string][]model.FieldFail{"email": takenFail()})
	}
	u.Email, u.UnconfirmedEmail = email, ""
	return nil
}

func forgetPasskeys(tx *store.Tx, u *model.User) error {
	keys, err := tx.Passkeys(u.ID)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if _, err := tx.RemovePasskey(u.ID, k.ID); err != nil {
			return err
		}
	}
	return nil
}
