package cli

import (
	"crypto/rand"
	"fmt"
	"strings"

	"gomphothere/internal/app"
	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

// accountDoc is an account in --json answers.
type accountDoc struct {
	ID        model.ID    `json:"id"`
	Username  string      `json:"username"`
	Email     string      `json:"email"`
	Role      string      `json:"role"`
	Confirmed bool        `json:"confirmed"`
	Approved  bool        `json:"approved"`
	Disabled  bool        `json:"disabled"`
	Suspended bool        `json:"suspended"`
	Silenced  bool        `json:"silenced"`
	CreatedAt model.Time  `json:"created_at"`
	LastSeen  *model.Time `json:"last_active_at"`
	Password  string      `json:"password,omitempty"` // only when the command made it
}

func (d accountDoc) line() string {
	state := []string{d.Role}
	for word, on := range map[string]bool{"unconfirmed": !d.Confirmed, "waits for approval": !d.Approved, "disabled": d.Disabled, "suspended": d.Suspended, "silenced": d.Silenced} {
		if on {
			state = append(state, word)
		}
	}
	return fmt.Sprintf("%-30s %-40s %s", "@"+d.Username, d.Email, strings.Join(state, ", "))
}

func newAccountDoc(a *model.Account, u *model.User) accountDoc {
	role := "user"
	switch u.RoleID {
	case model.RoleOwner:
		role = "owner"
	case model.RoleAdmin:
		role = "admin"
	case model.RoleModerator:
		role = "moderator"
	}
	return accountDoc{
		ID: a.ID, Username: a.Username, Email: u.Email, Role: role, Confirmed: u.ConfirmedAt != 0, Approved: u.Approved,
		Disabled: u.Disabled, Suspended: a.Suspended(), Silenced: a.Silenced(), CreatedAt: a.CreatedAt, LastSeen: u.LastActiveAt.OrNull(),
	}
}

func accountCreate(c *call) error {
	a, err := c.open()
	if err != nil {
		return err
	}
	defer a.Close() // what was written is on disk
	made := ""
	password := c.given["password"]
	if !c.has("password") {
		made = rand.Text()
		password = made
	}
	if !c.has("email") {
		return usagef("account create needs --email ADDRESS")
	}
	u, err := a.Social.CreateAccount(c.ctx, social.NewAccount{
		Username: name(c), Email: c.given["email"], Password: password, Role: c.given["role"], Confirmed: c.has("confirmed"),
	})
	if err != nil {
		return err
	}
	text := "Made @" + name(c) + "."
	if made != "" {
		text += " The password is " + made + "; it is shown only now."
	}
	return c.printAccount(a, u, text, made)
}

// name is the account that a command is about.
func name(c *call) string { return strings.TrimPrefix(c.args[0], "@") }

func (c *call) printAccount(a *app.App, u *model.User, text, password string) error {
	acc, err := a.DB.Read(c.ctx).Account(u.AccountID)
	if err != nil {
		return err
	}
	doc := newAccountDoc(acc, u)
	doc.Password = password
	return c.print(text, doc)
}

const listStep = 500 // logins read at once

func accountList(c *call) error {
	a, err := c.open()
	if err != nil {
		return err
	}
	defer a.Close() // nothing was written
	q := a.DB.Read(c.ctx)
	docs := []accountDoc{}
	var lines []string
	for p := (model.Page{Limit: listStep}); ; {
		users, err := q.Users(p, false)
		if err != nil {
			return err
		}
		for _, u := range users {
			acc, err := q.Account(u.AccountID)
			if err != nil {
				return err
			}
			docs = append(docs, newAccountDoc(acc, u))
			lines = append(lines, docs[len(docs)-1].line())
		}
		if len(users) < p.Limit {
			break
		}
		p.MaxID = users[len(users)-1].ID
	}
	return c.print(strings.Join(lines, "\n"), docs)
}

func accountModify(c *call) error {
	if len(c.given) == 0 {
		return usagef("account modify needs to know what to change: see 'gomphothere help account modify'")
	}
	a, err := c.open()
	if err != nil {
		return err
	}
	defer a.Close() // what was written is on disk
	acc, u, err := accountNamed(c, a)
	if err != nil {
		return err
	}
	change := social.UserChange{
		Email: c.optional("email"), Role: c.optional("role"), Password: c.optional("password"),
		Confirm: c.has("confirm"), Approve: c.has("approve"), Disable: c.has("disable"), Enable: c.has("enable"), NoSecond: c.has("disable-2fa"),
	}
	if u, err = a.Social.ModifyUser(c.ctx, u.ID, change); err != nil {
		return err
	}
	for flag, verb := range map[string]func() error{
		"suspend":   func() error { return a.Social.Suspend(c.ctx, acc.ID, true) },
		"unsuspend": func() error { return a.Social.Suspend(c.ctx, acc.ID, false) },
		"silence":   func() error { return a.Social.Silence(c.ctx, acc.ID, true) },
		"unsilence": func() error { return a.Social.Silence(c.ctx, acc.ID, false) },
	} {
		if !c.has(flag) {
			continue
		}
		if err := verb(); err != nil {
			return err
		}
	}
	return c.printAccount(a, u, "Changed @"+acc.Username+".", "")
}

// optional is a flag's value, or nil when it was not given.
func (c *call) optional(name string) *string {
	if v, ok := c.given[name]; ok {
		return &v
	}
	return nil
}

// accountNamed finds the account that a command names.
func accountNamed(c *call, a *app.App) (*model.Account, *model.User, error) {
	q := a.DB.Read(c.ctx)
	acc, err := q.AccountByHandle(name(c), "")
	if err != nil {
		if model.IsNotFound(err) {
			err = fmt.Errorf("there is no account @%s here", name(c))
		}
		return nil, nil, err
	}
	u, err := q.UserOf(acc.ID)
	return acc, u, err
}

func accountDelete(c *call) error {
	a, err := c.open()
	if err != nil {
		return err
	}
	defer a.Close() // what was written is on disk
	acc, _, err := accountNamed(c, a)
	if err != nil {
		return err
	}
	if err := a.Social.DeleteAccount(c.ctx, acc.ID); err != nil {
		return err
	}
	return c.print("Deleted @"+acc.Username+".", map[string]string{"deleted": acc.Username})
}

func accountRotateKey(c *call) error {
	a, err := c.open()
	if err != nil {
		return err
	}
	defer a.Close() // what was written is on disk
	acc, _, err := accountNamed(c, a)
	if err != nil {
		return err
	}
	if err := a.Social.RotateKeys(c.ctx, acc.ID); err != nil {
		return err
	}
	return c.print("@"+acc.Username+" has new keys.", map[string]string{"rotated": acc.Username})
}

func tokenCreate(c *call) error {
	if !c.has("account") {
		return usagef("token create needs --account NAME")
	}
	scopes := c.given["scopes"]
	if scopes == "" {
		scopes = "read"
	}
	a, err := c.open()
	if err != nil {
		return err
	}
	defer a.Close() // what was written is on disk
	secret, t, err := a.Social.CommandToken(c.ctx, c.given["account"], scopes)
	if model.IsNotFound(err) {
		return fmt.Errorf("there is no account @%s here", strings.TrimPrefix(c.given["account"], "@"))
	}
	if err != nil {
		return err
	}
	return c.print(secret, map[string]any{"access_token": secret, "token_type": "Bearer", "scope": t.Scopes, "created_at": int64(t.CreatedAt) / 1000})
}
