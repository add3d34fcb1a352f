// Package cli is the commands: a table of names, help sentences and functions. Scripts may rely on names, flags,
// --json and exit codes; docs/commands.md is printed from the table.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"gomphothere/internal/app"
	"gomphothere/internal/config"
)

// command is a row of the table.
type command struct {
	name  string // one or two words
	args  string // what stands after the name, for help
	flags []option
	help  string // a sentence
	run   func(*call) error
}

// option is one of a command's own flags, beside the settings' flags that every command takes.
type option struct {
	name string // without dashes
	arg  string // what it wants; "" is a switch
	help string
}

// call is one run of a command.
type call struct {
	ctx    context.Context
	cmd    command
	args   []string          // words that are no flags
	given  map[string]string // the command's own flags
	config *config.Loaded
	in     io.Reader
	out    io.Writer
	errs   io.Writer
}

// Exit codes.
const (
	exitOK    = 0
	exitFail  = 1 // it was tried and did not work
	exitUsage = 2 // it was not understood; nothing was tried
)

// usageError is a call that was not understood.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// jsonFlag is on every command that answers.
func jsonFlag() option { return option{"json", "", "answer as JSON, for scripts"} }

func commands() []command {
	return []command{
		{"serve", "", nil, "Run the server.", serve},
		{"dev", "", []option{{"dir", "DIR", "where the two keep their data; ./dev-data without it"}, {"port", "PORT", "port of the first, the second gets the next; 8081 without it"}},
			"Run two servers that federate with each other on this machine, with sample people and posts, to try things out.", dev},
		{"config", "", []option{jsonFlag(), {"example", "", "print an example file with every setting instead"}}, "Print every setting in force and where it came from; secrets are masked.", showConfig},
		{"check", "", []option{jsonFlag()}, "Verify the data: pages, foreign keys, counters and what must always hold. Works while the server runs.", check},
		{"account create", "NAME", []option{
			{"email", "ADDRESS", "where mails go; unique"},
			{"password", "PASSWORD", "8 characters or more; without it one is made and printed"},
			{"role", "ROLE", "owner, admin, moderator or user (the default)"},
			{"confirmed", "", "the address needs no confirmation mail"},
			jsonFlag()}, "Make an account.", accountCreate},
		{"account list", "", []option{jsonFlag()}, "List the accounts of this server.", accountList},
		{"account modify", "NAME", []option{
			{"email", "ADDRESS", "change the address; it counts as confirmed"},
			{"password", "PASSWORD", "change the password; signed-in browsers and apps stay"},
			{"role", "ROLE", "owner, admin, moderator or user"},
			{"confirm", "", "confirm the address"},
			{"approve", "", "let in somebody who waits for approval"},
			{"disable", "", "lock the person out; their posts stay"},
			{"enable", "", "undo disable"},
			{"suspend", "", "hide the account and all of its posts"},
			{"unsuspend", "", "undo suspend"},
			{"silence", "", "show the account to its followers only"},
			{"unsilence", "", "undo silence"},
			{"disable-2fa", "", "turn off the second factor, for somebody who lost it"},
			jsonFlag()}, "Change an account.", accountModify},
		{"account delete", "NAME", []option{jsonFlag()}, "Delete an account with its posts. The name stays taken.", accountDelete},
		{"account rotate-key", "NAME", []option{jsonFlag()}, "Give an account new keys, because the old ones may be known to somebody else. Other servers are told.", accountRotateKey},
		{"domain block", "DOMAIN", blockFlags(), "Keep another server and all its subdomains away.", domainBlock},
		{"domain unblock", "DOMAIN", []option{jsonFlag()}, "Undo a block. Follows that it ended stay ended.", domainUnblock},
		{"domain allow", "DOMAIN", []option{jsonFlag()}, "Let another server in by name, for federation.mode = \"allowlist\".", domainAllow},
		{"domain disallow", "DOMAIN", []option{jsonFlag()}, "No longer let another server in by name.", domainDisallow},
		{"domain list", "", []option{jsonFlag()}, "List the servers that are blocked or let in by name.", domainList},
		{"domain export", "", []option{{"allows", "", "those let in by name instead of the blocks"}}, "Print the blocks as Mastodon's CSV.", domainExport},
		{"domain import", "FILE", []option{{"allows", "", "the file says whom to let in, not whom to block"}, jsonFlag()}, "Take in blocks from Mastodon's CSV; - reads standard input.", domainImport},
		{"relay add", "INBOX", []option{{"actor", "URL", "the relay's actor, for relays that are followed as LitePub does"}, jsonFlag()}, "Ask a relay to pass public posts on.", relayAdd},
		{"relay remove", "INBOX", []option{jsonFlag()}, "Leave a relay.", relayRemove},
		{"relay list", "", []option{jsonFlag()}, "List the relays and what they answered.", relayList},
		{"token create", "", []option{
			{"account", "NAME", "whom the token speaks for"},
			{"scopes", "SCOPES", `what it may do, for example "read write follow push" (the default: "read")`},
			jsonFlag()}, "Make an access token and print it; it cannot be shown again.", tokenCreate},
		{"peers list", "", []option{jsonFlag()}, "List the servers that this one has talked with, and how it stands with them.", peersList},
		{"peers failing", "", []option{jsonFlag()}, "List the servers that do not answer, the longest first. After failures on seven different days nothing is sent to a server until it says something itself.", peersFailing},
		{"peers reset", "HOST", []option{jsonFlag()}, "Forget that a server failed: what waits for it is tried at once, and new posts go to it again.", peersReset},
		{"jobs buried", "", []option{{"kind", "KIND", "only jobs of this kind"}, jsonFlag()}, "List the jobs that were given up, newest first, and why. They are kept until they are replayed or forgotten.", jobsBuried},
		{"jobs replay", "[ID...]", []option{{"kind", "KIND", "all of this kind"}, jsonFlag()}, "Let jobs that were given up be tried again.", jobsReplay},
		{"jobs forget", "[ID...]", []option{{"kind", "KIND", "all of this kind"}, jsonFlag()}, "Forget jobs that were given up.", jobsForget},
		{"version", "", []option{jsonFlag()}, "Print the version.", version},
		{"help", "[COMMAND]", nil, "Explain the commands.", help},
	}
}

// Main runs the command line and gives the exit code.
func Main(ctx context.Context, args, env []string, in io.Reader, out, errs io.Writer) int {
	c, err := parse(args, env)
	if err == nil {
		c.ctx, c.in, c.out, c.errs = ctx, in, out, errs
		err = c.cmd.run(c)
	}
	var usage usageError
	var problems config.Problems
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &problems):
		fmt.Fprintf(errs, "gomphothere: the settings are not right:\n%v\n", err)
		return exitUsage
	case errors.As(err, &usage):
		fmt.Fprintf(errs, "gomphothere: %v\nTry 'gomphothere help'.\n", err)
		return exitUsage
	}
	fmt.Fprintf(errs, "gomphothere: %v\n", err)
	return exitFail
}

// parse finds the command and sorts the words after it.
func parse(args, env []string) (*call, error) {
	if len(args) == 0 {
		return nil, usagef("which command? serve runs the server")
	}
	if args[0] == "--help" || args[0] == "-h" {
		args = append([]string{"help"}, args[1:]...)
	}
	cmd, rest, err := find(args)
	if err != nil {
		return nil, err
	}
	ours, words := config.Split(rest)
	c := &call{cmd: cmd, given: map[string]string{}}
	if err := c.readFlags(words); err != nil {
		return nil, err
	}
	if cmd.name == "help" || cmd.name == "version" || cmd.name == "dev" || cmd.name == "config" && c.has("example") {
		return c, nil // these work whatever the settings are
	}
	c.config, err = config.Load(config.Sources{Args: ours, Env: env})
	return c, err
}

func find(args []string) (command, []string, error) {
	two := args[0]
	if len(args) > 1 {
		two += " " + args[1]
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return c, args[1:], nil
		}
		if c.name == two {
			return c, args[2:], nil
		}
	}
	var near []string
	for _, c := range commands() {
		if first, _, _ := strings.Cut(c.name, " "); first == args[0] {
			near = append(near, c.name)
		}
	}
	if near != nil {
		return command{}, nil, usagef("%s needs a second word: %s", args[0], strings.Join(near, ", "))
	}
	return command{}, nil, usagef("there is no command %s", args[0])
}

func (c *call) readFlags(words []string) error {
	for i := 0; i < len(words); i++ {
		name, isFlag := strings.CutPrefix(words[i], "--")
		if !isFlag {
			c.args = append(c.args, words[i])
			continue
		}
		name, value, hasValue := strings.Cut(name, "=")
		f, ok := c.option(name)
		if !ok {
			var own []string
			for _, f := range c.cmd.flags {
				own = append(own, "--"+f.name)
			}
			return usagef("there is no flag --%s; the nearest is %s", name, config.NearestFlag("--"+name, own...))
		}
		switch {
		case f.arg == "" && hasValue:
			return usagef("--%s takes no value", name)
		case f.arg != "" && !hasValue:
			if i++; i == len(words) {
				return usagef("--%s needs %s", name, f.arg)
			}
			value = words[i]
		}
		if _, twice := c.given[name]; twice {
			return usagef("--%s is given twice", name)
		}
		c.given[name] = value
	}
	if c.cmd.args == "" && len(c.args) > 0 {
		return usagef("%s takes no argument, but was given %d", c.cmd.name, len(c.args))
	}
	if wants := c.cmd.args; wants != "" && !strings.HasPrefix(wants, "[") && len(c.args) != 1 {
		return usagef("%s needs one %s", c.cmd.name, wants)
	}
	return nil
}

func (c *call) option(name string) (option, bool) {
	for _, f := range c.cmd.flags {
		if f.name == name {
			return f, true
		}
	}
	return option{}, false
}

func (c *call) has(name string) bool { _, ok := c.given[name]; return ok }

// print answers: a line for people, or the value as JSON.
func (c *call) print(text string, value any) error {
	if !c.has("json") {
		_, err := fmt.Fprintln(c.out, text)
		return err
	}
	e := json.NewEncoder(c.out)
	e.SetIndent("", "  ")
	return e.Encode(value)
}

// open builds the server's rooms without serving; a server may be running beside.
func (c *call) open() (*app.App, error) {
	return app.New(c.ctx, c.config.Config, app.Options{Command: true, Log: app.Logger(c.config.Config.Log, c.errs)})
}

func version(c *call) error {
	return c.print("gomphothere "+app.Version(), map[string]string{"version": app.Version()})
}

func showConfig(c *call) error {
	switch {
	case c.has("example"):
		return config.WriteExample(c.out)
	case c.has("json"):
		return c.config.PrintJSON(c.out)
	}
	return c.config.Print(c.out)
}

func help(c *call) error {
	if len(c.args) > 0 {
		cmd, _, err := find(c.args)
		if err != nil {
			return err
		}
		return explain(c.out, cmd)
	}
	for _, cmd := range commands() {
		if _, err := fmt.Fprintf(c.out, "  %-16s %s\n", cmd.name, cmd.help); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(c.out, "\nEvery setting can be given as a flag, an environment variable, or in a file: see docs/settings.md\nand 'gomphothere config'. 'gomphothere help COMMAND' explains one command.")
	return err
}

func explain(w io.Writer, cmd command) error {
	_, err := fmt.Fprintf(w, "gomphothere %s\n\n%s\n", strings.TrimSpace(cmd.name+" "+cmd.args), cmd.help)
	for _, f := range cmd.flags {
		if err == nil {
			_, err = fmt.Fprintf(w, "  --%-22s %s\n", strings.TrimSpace(f.name+" "+f.arg), f.help)
		}
	}
	return err
}

// WriteDocs prints docs/commands.md.
func WriteDocs(w io.Writer) error {
	b := &strings.Builder{}
	b.WriteString("# Commands\n\nPrinted from the table in `internal/cli/commands.go` by `make docs`.\n\n" +
		"Every command also takes the settings as flags ([settings](settings.md)), works while the server runs, and exits\n" +
		"with 0 when it worked, 1 when it was tried and failed, 2 when it was not understood (nothing was tried then).\n" +
		"With `--json` the answer on standard output is one JSON document; errors are sentences on standard error.\n")
	for _, cmd := range commands() {
		fmt.Fprintf(b, "\n## `gomphothere %s`\n\n%s\n", strings.TrimSpace(cmd.name+" "+cmd.args), cmd.help)
		if len(cmd.flags) > 0 {
			b.WriteString("\n| flag | |\n|---|---|\n")
		}
		for _, f := range cmd.flags {
			fmt.Fprintf(b, "| `--%s` | %s |\n", strings.TrimSpace(f.name+" "+f.arg), f.help)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
