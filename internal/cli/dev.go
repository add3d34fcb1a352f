package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os/signal"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"gomphothere/internal/app"
	"gomphothere/internal/config"
	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

const (
	devPort     = 8081 // and the next; 8080 may be a server that somebody runs
	devPassword = "gomphothere"
)

// town is one of dev's two servers.
type town struct {
	*app.App
	name   string
	people map[string]*model.Account
}

// dev runs two servers that federate with each other on this machine, with people who have something to say.
func dev(c *call) error {
	ctx, stop := signal.NotifyContext(c.ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	port, err := strconv.Atoi(cmp.Or(c.given["port"], strconv.Itoa(devPort)))
	if err != nil || port < 1 || port > 65534 {
		return usagef("--port wants a number from 1 to 65534")
	}
	dir := cmp.Or(c.given["dir"], "dev-data")
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel() // before waiting
	failed := make(chan error, 2)
	towns := map[string]*town{}
	for i, name := range []string{"savanna", "tundra"} {
		t, err := openTown(c, name, filepath.Join(dir, name), port+i)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		defer t.Close() // Run has ended; what was acknowledged is on disk
		started := make(chan struct{})
		running.Go(func() {
			if err := t.Run(ctx, func(net.Addr) { close(started) }); err != nil {
				failed <- fmt.Errorf("%s: %w", name, err)
			}
		})
		select {
		case <-started:
		case err := <-failed:
			return err
		}
		towns[name] = t
	}
	fresh, err := settle(ctx, towns)
	if err != nil {
		return fmt.Errorf("move the people in: %w", err)
	}
	if fresh {
		fmt.Fprintln(c.errs, "Two new towns. Their people are getting to know each other ...")
		if err := tellStory(ctx, towns); err != nil {
			return fmt.Errorf("sample content: %w", err)
		}
	}
	fmt.Fprintf(c.errs, "\nTwo servers that federate with each other:\n\n")
	for _, name := range []string{"savanna", "tundra"} {
		t := towns[name]
		fmt.Fprintf(c.errs, "    %s   people:", t.Social.Site.Base)
		for _, p := range inhabitants() {
			if p.town == name {
				fmt.Fprintf(c.errs, " %s", p.name)
			}
		}
		fmt.Fprintln(c.errs)
	}
	fmt.Fprintf(c.errs, "\nSign in with <name>@example.org and the password %s. Everything lies in %s; remove it to begin anew.\n\n", devPassword, dir)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return nil
	}
}

func openTown(c *call, name, dir string, port int) (*town, error) {
	loaded, err := config.Load(config.Sources{Env: []string{
		"GOMPHOTHERE_DATA=" + dir, "GOMPHOTHERE_LISTEN=127.0.0.1:" + strconv.Itoa(port), "GOMPHOTHERE_DEVELOPMENT=true",
		"GOMPHOTHERE_DOMAIN=" + name + ".localhost:" + strconv.Itoa(port), "GOMPHOTHERE_SITE_TITLE=" + name,
		"GOMPHOTHERE_ACCOUNTS_REGISTRATIONS=open", "GOMPHOTHERE_LOG_LEVEL=warn", "GOMPHOTHERE_SHUTDOWN_GRACE=1s",
	}})
	if err != nil {
		return nil, err
	}
	a, err := app.New(c.ctx, loaded.Config, app.Options{Log: app.Logger(loaded.Config.Log, c.errs)})
	if err != nil {
		return nil, err
	}
	return &town{App: a, name: name, people: map[string]*model.Account{}}, nil
}

// inhabitant is somebody of the sample.
type inhabitant struct{ town, name, role string }

func inhabitants() []inhabitant {
	return []inhabitant{
		{"savanna", "amina", "owner"}, {"savanna", "kofi", "user"}, {"savanna", "zuri", "user"},
		{"tundra", "nils", "owner"}, {"tundra", "aino", "user"}, {"tundra", "sanna", "user"},
	}
}

// settle finds the towns' people, or makes them and says so.
func settle(ctx context.Context, towns map[string]*town) (fresh bool, err error) {
	for _, p := range inhabitants() {
		t := towns[p.town]
		a, err := t.DB.Read(ctx).AccountByHandle(p.name, "")
		if model.IsNotFound(err) {
			fresh = true
			var u *model.User
			u, err = t.Social.CreateAccount(ctx, social.NewAccount{
				Username: p.name, Email: p.name + "@example.org", Password: devPassword, Role: p.role, Confirmed: true,
			})
			if err == nil {
				a, err = t.DB.Read(ctx).Account(u.AccountID)
			}
		}
		if err != nil {
			return fresh, err
		}
		t.people[p.name] = a
	}
	return fresh, nil
}

// scene is a line of the sample story: who does what, about which earlier scene (by its key) or person.
type scene struct {
	who, does, on, text string
	key                 string
}

// story is what a newcomer finds: every kind of thing that people on two servers do with each other.
func story() []scene {
	return []scene{
		{"amina", "follows", "nils", "", ""}, {"amina", "follows", "kofi", "", ""}, {"amina", "follows", "aino", "", ""},
		{"kofi", "follows", "sanna", "", ""}, {"kofi", "follows", "zuri", "", ""}, {"zuri", "follows", "nils", "", ""},
		{"nils", "follows", "amina", "", ""}, {"nils", "follows", "sanna", "", ""}, {"aino", "follows", "kofi", "", ""},
		{"sanna", "follows", "zuri", "", ""}, {"sanna", "follows", "amina", "", ""},
		{"amina", "posts", "", "First light over the savanna. Four tusks, no hurry. #gomphothere", "light"},
		{"nils", "posts", "", "Minus thirty this morning, and the snow sings under the boots. #winter", "snow"},
		{"nils", "replies", "light", "Four tusks! Ours had to make do with two and a fur coat.", "coat"},
		{"amina", "replies", "coat", "You are welcome to visit. Bring the coat, leave the snow.", ""},
		{"kofi", "favourites", "snow", "", ""}, {"zuri", "reblogs", "snow", "", ""},
		{"aino", "favourites", "light", "", ""}, {"sanna", "reblogs", "light", "", ""},
		{"sanna", "asks", "", "What should two servers talk about first?", "poll"},
		{"kofi", "votes", "poll", "", ""}, {"amina", "votes", "poll", "", ""},
		{"zuri", "posts", "", "Has anybody seen my other sandal? It was last seen near the waterhole, next to something large. #gomphothere", "sandal"},
		{"kofi", "replies", "sandal", "It is larger than the sandal and it is asleep on it.", ""},
		{"aino", "whispers", "kofi", "Between us: what does one wear at a waterhole?", ""},
		{"aino", "quotes", "sandal", "I have questions.", ""},
	}
}

// patience is how long one scene may take to be seen in the other town.
const patience = 20 * time.Second

// tellStory plays the sample through the same verbs and doors that people use.
func tellStory(ctx context.Context, towns map[string]*town) error {
	at := map[string]*town{}
	for _, p := range inhabitants() {
		at[p.name] = towns[p.town]
	}
	told := map[string]string{} // key to URI
	for _, sc := range story() {
		ctx, cancel := context.WithTimeout(ctx, patience)
		uri, err := at[sc.who].play(ctx, at, sc, told[sc.on])
		cancel()
		if err != nil {
			return fmt.Errorf("%s %s %s: %w", sc.who, sc.does, sc.on, err)
		}
		if sc.key != "" {
			told[sc.key] = uri
		}
	}
	return nil
}

func (t *town) play(ctx context.Context, at map[string]*town, sc scene, about string) (uri string, err error) {
	me := t.people[sc.who]
	post := func(d social.Draft) (string, error) {
		p, err := t.Social.Post(ctx, me, d)
		if err != nil {
			return "", err
		}
		return p.Status.URI, nil
	}
	if about == "" {
		switch sc.does {
		case "posts":
			return post(social.Draft{Text: sc.text})
		case "asks":
			return post(social.Draft{Text: sc.text, Poll: &social.PollDraft{Options: []string{"The weather", "Elephants", "Each other"}, ExpiresIn: 7 * 24 * time.Hour}})
		case "whispers":
			handle := sc.on + "@" + at[sc.on].Social.Site.Domain
			if _, err := t.Federation.ResolveAcct(ctx, handle); err != nil {
				return "", err
			}
			return post(social.Draft{Text: "@" + handle + " " + sc.text, Visibility: model.Direct})
		case "follows":
			other, err := t.Federation.ResolveAcct(ctx, sc.on+"@"+at[sc.on].Social.Site.Domain)
			if err == nil {
				_, err = t.Social.Follow(ctx, me, other.ID, social.FollowOptions{})
			}
			return "", err
		}
		return "", errors.New("nobody knows how")
	}
	st, err := t.Federation.ResolveStatus(ctx, about)
	if err != nil {
		return "", err
	}
	switch sc.does {
	case "replies":
		d := social.Draft{Text: "@" + st.Account.Acct() + " " + sc.text, InReplyToID: st.ID}
		return post(d)
	case "quotes":
		return post(social.Draft{Text: sc.text, QuotedID: st.ID})
	case "favourites":
		_, err = t.Social.Favourite(ctx, me, st.ID, true)
	case "reblogs":
		_, err = t.Social.Reblog(ctx, me, st.ID, social.ReblogOptions{})
	case "votes":
		_, err = t.Social.Vote(ctx, me, st.PollID, []int{len(sc.who) % 2})
	default:
		err = errors.New("nobody knows how")
	}
	return "", err
}
