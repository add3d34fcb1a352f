package clients

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// tootProgram is Debian's command-line client. Its windows are not tried, and its login_cli is not either: it sends
// passwords to the server, which Mastodon no longer takes.
func tootProgram(t *testing.T) []string {
	needed(t, "script") // a terminal for it: without one it shows a page of a timeline and ends
	return []string{needed(t, "toot")}
}

// toots are the people who use toot, each on the same machine with the same configuration.
type toots struct {
	t        *testing.T
	s        *server
	program  string
	env      []string
	modern   bool // Debian 12 has 0.34; 0.40 and later speak otherwise
	browsers *browsers
	now      string // the step
}

func tootStory(t *testing.T, s *server, command []string) {
	d := &toots{t: t, s: s, program: command[0], browsers: newBrowsers(s)}
	home := t.TempDir()
	d.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_CONFIG_HOME=" + home, "PYTHONUNBUFFERED=1", "PYTHONIOENCODING=utf-8",
		"LC_ALL=C.UTF-8", "TERM=dumb", "COLUMNS=100",
	}
	help, err := d.run("", "--help")
	if err != nil {
		t.Fatalf("toot --help: %v\n%s", err, help)
	}
	d.modern = strings.Contains(help, "--as ")
	for _, name := range people {
		d.signIn(name)
	}
	d.step("they are all known", "", "auth", "alice@", "bob@", "carol@", "dora@")
	d.step("alice looks at the server", "", "instance "+d.place(), d.domain(), "running Mastodon 4.")
	d.step("alice looks at herself", "alice", "whoami", "@alice", "Followers: 0", "Statuses: 0", s.url+"/@alice")

	d.step("bob follows alice, and carol dora", "bob", "follow alice", "You are now following alice")
	d.step("", "carol", "follow @dora@"+d.domain(), "You are now following")
	d.step("who follows whom is seen", "carol", "followers alice", "* @bob")
	d.step("", "carol", "following bob", "* @alice")

	const wren = "a #wren in the hedge"
	st := d.post("alice posts", "alice", wren, "--visibility", "public", "--language", "de")
	d.step("bob reads it at home", "bob", "timeline --once", "@alice", wren, "ID "+st)
	d.step("carol reads it in the tag", "carol", "timeline --once --tag wren", wren)
	d.step("carol reads it among all", "carol", "timeline --once --public --local", wren)
	d.step("carol's home is still empty", "carol", "timeline --once", "!wren")

	d.post("alice warns of what she writes", "alice", "it was the butler", "--spoiler-text", "end of a film", "--sensitive")
	secret := d.post("alice writes for her followers", "alice", "for friends", "--visibility", "private")
	d.step("bob is one", "bob", "thread "+secret, "for friends")
	d.refused("carol is none", "carol", "thread "+secret, "not found")
	reply := d.post("bob replies", "bob", "@alice where?", "--reply-to", st)
	d.step("the thread shows it", "alice", "thread "+st, wren, "@alice where?", "In reply to "+st, "ID "+reply)
	d.step("alice posts tomorrow", "alice", "post morning --scheduled-in 1d", "Toot scheduled for:")
	d.refused("alice posts too soon", "alice", "post soon --scheduled-in 1m", "")

	d.step("bob favourites, boosts and bookmarks it", "bob", "favourite "+st, "Status favourited")
	d.step("", "bob", "reblog "+st, "Status reblogged")
	d.step("", "bob", "bookmark "+st, "Status bookmarked")
	d.step("which is seen", "bob", "bookmarks --once", wren)
	d.step("", "", "reblogged_by "+st, "bob") // it takes no --using: dora asks, who came last
	d.step("alice is told", "alice", "notifications", "favourited your status", "reblogged your status|boosted your status", "mentioned you", "now follows you")
	d.step("of mentions alone", "alice", "notifications --mentions", "mentioned you", "!favourited")
	d.step("and clears it", "alice", "notifications --clear", "Cleared notifications|Notifications cleared")
	d.step("", "alice", "notifications", "No notification|no notifications")
	d.step("bob takes it all back", "bob", "unfavourite "+st, "Status unfavourited")
	d.step("", "bob", "unreblog "+st, "Status unreblogged")
	d.step("", "bob", "unbookmark "+st, "Status unbookmarked")
	d.step("", "bob", "bookmarks --once", "!wren")
	d.step("alice pins it", "alice", "pin "+st, "Status pinned")
	d.refused("bob cannot", "bob", "pin "+st, "")
	d.step("and unpins it", "alice", "unpin "+st, "Status unpinned")

	d.step("alice searches", "alice", "search bob", "@bob")
	d.step("", "alice", "search wren", "#wren")
	d.step("", "alice", "search nobodyatall", "Nothing found")
	d.step("alice follows a tag", "alice", "tags_follow wren", "You are now following #wren")
	d.step("", "alice", "tags_followed", "#wren")
	d.step("and no longer", "alice", "tags_unfollow wren", "no longer following #wren")

	d.step("bob mutes, blocks and forgives carol", "bob", "mute carol", "You have muted carol")
	d.step("", "bob", "unmute carol", "carol is no longer muted")
	d.step("", "bob", "block carol", "You are now blocking carol")
	d.refused("carol cannot follow him", "carol", "follow bob", "not allowed")
	d.step("", "bob", "unblock carol", "carol is no longer blocked")
	d.step("bob unfollows alice", "bob", "unfollow alice", "no longer following alice")

	d.step("alice deletes her post", "alice", "delete "+st, "Status deleted")
	d.refused("bob looks for it", "bob", "thread "+st, "not found")
	d.readToTheEnd()
	d.step("alice forgets her account", "", "logout alice@"+d.domain(), "logged out")
}

// place names the server to commands that take one.
func (d *toots) place() string {
	if d.modern {
		return d.s.url
	}
	return d.domain() + " --disable-https"
}

// words are a command's, with whoever gives it.
func (d *toots) words(who string, command ...string) (args []string) {
	if !d.modern {
		args = append(command, "--no-color")
		if who != "" {
			args = append(args, "--using", who+"@"+d.domain())
		}
		return args
	}
	args = append(args, "--no-color")
	if who != "" {
		args = append(args, "--as", who+"@"+d.domain())
	}
	if rest, ok := strings.CutPrefix(command[0], "tags_"); ok {
		args, command[0] = append(args, "tags"), rest
	}
	return append(args, command...)
}

func (d *toots) domain() string { return strings.TrimPrefix(d.s.url, "http://") }

// longestCommand bounds one command of toot: half a second is usual.
const longestCommand = time.Minute

// signIn answers toot's questions: not to open a browser, because it has none, and the code that ours gets.
func (d *toots) signIn(who string) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), longestCommand)
	defer cancel()
	cmd := exec.CommandContext(ctx, d.program, strings.Fields("login --instance "+d.place())...)
	cmd.Env = d.env
	in, err := cmd.StdinPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	out, w := io.Pipe()
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		ended <- cmd.Wait()
		w.Close()
	}()
	var said strings.Builder
	link := regexp.MustCompile(`(?m)^(http://\S+/oauth/authorize\S+)\n`)
	asked := false
	for buffer := make([]byte, 4096); ; {
		n, err := out.Read(buffer)
		said.Write(buffer[:n])
		if m := link.FindStringSubmatch(said.String()); m != nil && !asked {
			asked = true
			code, err := d.browsers.authorize(who, m[1])
			if err != nil {
				d.t.Errorf("%s signs in: %v", who, err)
				in.Close() // it asks for a code until there is one
			}
			fmt.Fprintf(in, "n\n%s\n", code) // a broken pipe shows in how it ends
		}
		if err != nil {
			break
		}
	}
	if err := <-ended; err != nil || !strings.Contains(said.String(), "Successfully logged in") {
		d.t.Fatalf("%s signs in: %v\n%s", who, err, said.String())
	}
}

func (d *toots) run(who string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), longestCommand)
	defer cancel()
	cmd := exec.CommandContext(ctx, d.program, d.words(who, args...)...)
	cmd.Env = d.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// begin names a step; one without a name goes on with the last.
func (d *toots) begin(what string) {
	d.t.Helper()
	if what != "" {
		d.now = what
		d.t.Log(what)
	}
}

// step runs a command and looks for what it must say; what must not be said has a ! before it, and what its versions
// say otherwise a | between.
func (d *toots) step(what, who, command string, said ...string) {
	d.t.Helper()
	d.begin(what)
	out, err := d.run(who, strings.Fields(command)...)
	if err != nil {
		d.t.Errorf("%s: toot %s: %v\n%s", d.now, command, err, out)
	}
	for _, words := range said {
		unsaid, not := strings.CutPrefix(words, "!")
		found := slices.ContainsFunc(strings.Split(unsaid, "|"), func(w string) bool { return strings.Contains(out, w) })
		if not == found {
			d.t.Errorf("%s: toot %s: want %q in\n%s", d.now, command, words, out)
		}
	}
}

// refused runs a command that the server must refuse with a sentence.
func (d *toots) refused(what, who, command, said string) {
	d.t.Helper()
	d.begin(what)
	out, err := d.run(who, strings.Fields(command)...)
	if err == nil || strings.Contains(out, "Traceback") || strings.Contains(out, "Unknown error") || !strings.Contains(out, said) {
		d.t.Errorf("%s: toot %s: want a refusal with %q, got %v\n%s", d.now, command, said, err, out)
	}
}

// post posts and gives the status's id.
func (d *toots) post(what, who, text string, options ...string) string {
	d.t.Helper()
	d.begin(what)
	out, err := d.run(who, append([]string{"post", text}, options...)...)
	m := regexp.MustCompile(`Toot posted: ` + d.s.url + `/@` + who + `/(\d+)\s`).FindStringSubmatch(out)
	if err != nil || m == nil {
		d.t.Fatalf("%s: toot post: %v\n%s", d.now, err, out)
	}
	return m[1]
}

// many is more than six pages of twenty, the most that toot shows at once.
const many = 130

// readToTheEnd leafs through a long timeline in a terminal.
func (d *toots) readToTheEnd() {
	d.t.Helper()
	d.t.Logf("dora writes %d posts", many)
	var wrote []string
	for i := range many {
		wrote = append(wrote, d.say("dora", fmt.Sprintf("verse %d #saga", i+1)))
	}
	slices.Reverse(wrote)
	for place, options := range map[string]string{"home": "", "the tag": "--tag saga"} {
		d.t.Logf("carol reads %s to its end", place)
		ctx, cancel := context.WithTimeout(context.Background(), longestCommand)
		defer cancel()
		command := strings.Join(d.words("carol", strings.Fields("timeline --count 20 "+options)...), " ")
		cmd := exec.CommandContext(ctx, "script", "--quiet", "--return", "--command", d.program+" "+command, os.DevNull)
		cmd.Env = d.env
		more, err := cmd.StdinPipe() // open until the end: its end would be the terminal's
		if err != nil {
			d.t.Fatal(err)
		}
		var said lockedBuffer
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := cmd.Start(); err != nil {
			d.t.Fatal(err)
		}
		fmt.Fprint(more, strings.Repeat("y\n", many/20+1)) // "Continue? [Y/n]"
		if err := cmd.Wait(); err != nil || !strings.Contains(said.String(), "That's all folks.") {
			d.t.Fatalf("%s: %v\n%s", place, err, said.String())
		}
		var got []string
		for _, m := range regexp.MustCompile(`(?m)^ID (\d+) `).FindAllStringSubmatch(said.String(), -1) {
			got = append(got, m[1])
		}
		if !slices.Equal(got, wrote) {
			d.t.Errorf("%s: got %d posts, want %d, newest first:\n%s", place, len(got), len(wrote), said.String())
		}
	}
}

// say posts with the token that toot keeps, and without toot: it takes half a second to wake up.
func (d *toots) say(who, words string) string {
	d.t.Helper()
	text, err := os.ReadFile(filepath.Join(strings.TrimPrefix(d.env[2], "XDG_CONFIG_HOME="), "toot", "config.json"))
	if err != nil {
		d.t.Fatal(err)
	}
	var config struct {
		Users map[string]struct {
			Token string `json:"access_token"`
		}
	}
	if err := json.Unmarshal(text, &config); err != nil {
		d.t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, d.s.url+"/api/v1/statuses", strings.NewReader(url.Values{"status": {words}}.Encode()))
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Bearer "+config.Users[who+"@"+d.domain()].Token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer res.Body.Close()
	var st struct{ ID string }
	if err := json.NewDecoder(res.Body).Decode(&st); err != nil || st.ID == "" {
		d.t.Fatalf("%s says %q: %s, %v", who, words, res.Status, err)
	}
	return st.ID
}
