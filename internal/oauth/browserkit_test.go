package oauth_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"github.com/chromedp/cdproto/cdp"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"gomphothere/internal/config"
	"gomphothere/internal/model"
	"gomphothere/internal/testkit"
)

const (
	browserStart = time.Minute      // a busy machine takes seconds
	patience     = 40 * time.Second // with one page; tenths of a second are usual
	installTime  = 3 * time.Minute  // fetching axe from its registry takes seconds
)

// chromium is a browser with nobody's profile, and the rules that its pages are held to.
type chromium struct {
	ctx  context.Context
	axe  string
	shot string // where pictures of every page go; "": nowhere
}

func startChromium(t *testing.T) *chromium {
	t.Helper()
	program := needed(t, "chromium")
	c := &chromium{axe: axe(t), shot: os.Getenv("BROWSER_SHOTS")}
	if c.shot != "" {
		if err := os.MkdirAll(c.shot, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	alloc, cancel := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(program), chromedp.UserDataDir(t.TempDir()), chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WSURLReadTimeout(browserStart),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("hide-scrollbars", true),
	)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", program, err)
	}
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil { // its profile is at rest before it is removed
			t.Error(err)
		}
	})
	c.ctx = ctx
	return c
}

// needed is the path of a program that scripts/needs installs.
func needed(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		missing(t, "%s is not installed: run scripts/needs, or make test", program)
	}
	return path
}

func missing(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// axe is the script that knows the rules of accessible pages. It is installed as its lock file says, and stays for
// the next run.
func axe(t *testing.T) string {
	t.Helper()
	npm := needed(t, "npm")
	lock, err := os.ReadFile("testdata/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	const mark = "testdata/node_modules/.installed-from"
	if done, err := os.ReadFile(mark); err != nil || !bytes.Equal(done, lock) {
		ctx, cancel := context.WithTimeout(t.Context(), installTime)
		defer cancel()
		cmd := exec.CommandContext(ctx, npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline")
		cmd.Dir = "testdata"
		if out, err := cmd.CombinedOutput(); err != nil {
			missing(t, "npm ci: %v\n%s", err, out)
		}
		if err := os.WriteFile(mark, lock, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	script, err := os.ReadFile("testdata/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	return string(script)
}

// newMeadow is a whole server, at a name: browsers make no passkeys for an address.
func newMeadow(t *testing.T, change ...func(*config.Config)) *testkit.Server {
	t.Helper()
	return testkit.NewServer(t, "", func(c *config.Config) {
		_, port, err := net.SplitHostPort(c.Server.Domain)
		if err != nil {
			t.Fatal(err)
		}
		c.Server.Domain, c.Server.WebDomain = "meadow.example", "localhost:"+port
		c.Site.Title = "Meadow"
		c.Site.Description = "A small server for people who like walking, gardens and slow mornings."
		for _, f := range change {
			f(c)
		}
	})
}

// A tab is somebody's browser: its cookies are its own.
type tab struct {
	t    *testing.T
	c    *chromium
	ctx  context.Context
	site *testkit.Server
	home string

	still bool // runs no scripts, so axe cannot judge

	mu     sync.Mutex
	away   []string // addresses that are not the server's and yet may be asked
	faults []string
}

func (c *chromium) tab(t *testing.T, site *testkit.Server) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(c.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b := &tab{t: t, c: c, ctx: ctx, site: site, home: site.Social.Site.Base}
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	call(b, network.Enable, network.EnableParams{})
	call(b, cdplog.Enable, cdp.Empty{})
	call(b, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	b.size(desktop)
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, f := range b.faults {
			t.Error(f)
		}
	})
	return b
}

// hear collects what a page must not do: complain, fail, break its own policy, or ask anybody but its server.
func (b *tab) hear(event any) {
	fault := ""
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		u := e.Request.URL
		if !strings.HasPrefix(u, b.home+"/") && !strings.HasPrefix(u, "data:") && !b.mayAsk(u) {
			fault = "asked a stranger: " + u
		}
	case *cdpruntime.EventConsoleAPICalled:
		fault = fmt.Sprintf("console.%s", e.Type)
		for _, a := range e.Args {
			fault += " " + string(a.Value)
		}
	case *cdpruntime.EventExceptionThrown:
		fault = fmt.Sprintf("exception: %+v", e.ExceptionDetails)
	case *cdplog.EventEntryAdded:
		// Browsers note every page of status 400 and above. Journeys say which status they expect.
		if e.Entry.Source == cdplog.EntrySourceNetwork && strings.Contains(e.Entry.Text, "the server responded with a status of 4") {
			return
		}
		fault = fmt.Sprintf("log: %s %s %s %s", e.Entry.Level, e.Entry.Source, e.Entry.Text, e.Entry.URL)
	}
	if fault == "" {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, fault)
}

func (b *tab) mayAsk(address string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range b.away {
		if strings.HasPrefix(address, a) {
			return true
		}
	}
	return false
}

// may lets the tab leave for an app.
func (b *tab) may(address string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.away = append(b.away, address)
}

// step is something done in the tab.
type step = chromedp.Action[chromedp.Void]

func (b *tab) do(steps ...step) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%v\n%s", err, b.text())
	}
}

// call asks the browser for what its developers' tools offer.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	out, err := chromedp.Call(ctx, command, params)
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

// value is what a script gives.
func value[T any](b *tab, script string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	var options []chromedp.EvaluateOption
	if !b.still { // promises are not kept without scripts
		options = append(options, chromedp.EvalAwaitPromise)
	}
	out, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, options...))
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

// goes waits for the page that an action leads to.
func (b *tab) goes(status int64, action step) *tab {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	resp, err := chromedp.RunResponse(ctx, action)
	if err != nil {
		b.t.Fatalf("%v\n%s", err, b.text())
	}
	if resp.Status != status {
		b.t.Fatalf("%s: got %d, want %d\n%s", resp.URL, resp.Status, status, b.text())
	}
	return b
}

// open enters an address.
func (b *tab) open(path string) *tab {
	b.t.Helper()
	return b.opens(200, path)
}

func (b *tab) opens(status int64, path string) *tab {
	b.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = b.home + path
	}
	return b.goes(status, chromedp.Navigate(path))
}

func (b *tab) text() string {
	b.t.Helper()
	return value[string](b, `location.href + "\n" + document.body.innerText`)
}

// waits until a condition holds on the page.
func (b *tab) waits(condition string) *tab {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](condition)); err != nil {
		b.t.Fatalf("%s: %v\n%s", condition, err, b.text())
	}
	return b
}

// sees insists on words on the page.
func (b *tab) sees(words ...string) *tab {
	b.t.Helper()
	text := b.text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			b.t.Fatalf("%q is not on the page:\n%s", w, text)
		}
	}
	return b
}

// found is the middle of what a script finds, scrolled to where it can be clicked.
func (b *tab) found(what, script string) (x, y float64) {
	b.t.Helper()
	at := value[*struct{ X, Y float64 }](b, `(() => {
		const shown = (e) => e.checkVisibility() && e.getBoundingClientRect().width > 1;
		const words = (e) => e.innerText.replace(/\s+/g, " ").trim();
		const named = (e, n) => n.endsWith("…") ? words(e).startsWith(n.slice(0, -1)) : words(e) === n;
		const e = `+script+`;
		if (!e) return null;
		e.scrollIntoView({ block: "center", behavior: "instant" });
		const r = e.getBoundingClientRect();
		return { X: r.x + r.width / 2, Y: r.y + r.height / 2 };
	})()`)
	if at == nil {
		b.t.Fatalf("no %s on the page:\n%s", what, b.text())
	}
	return at.X, at.Y
}

func quoted(s string) string {
	q, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always marshals
	}
	return string(q)
}

// fill types into the field that a label names; within is a selector of the part of the page, "" for any.
func (b *tab) fill(within, label, text string) *tab {
	b.t.Helper()
	x, y := b.found("field "+label, `(() => {
		const l = [...document.querySelectorAll(`+quoted(within+" label")+`)].find((l) => shown(l) && words(l) === `+quoted(label)+`);
		return l && document.getElementById(l.htmlFor);
	})()`)
	b.do(chromedp.MouseClickXY(x, y), chromedp.Evaluate[chromedp.Void](`document.activeElement.select()`))
	call(b, input.InsertText, input.InsertTextParams{Text: text})
	return b
}

// tick ticks the box that a label names.
func (b *tab) tick(label string) *tab {
	b.t.Helper()
	x, y := b.found("box "+label, `[...document.querySelectorAll("label")].find((l) => shown(l) && words(l).startsWith(`+quoted(label)+`))`)
	b.do(chromedp.MouseClickXY(x, y))
	return b
}

// spot is where a button or link is; a name that ends in … is only a beginning.
func (b *tab) spot(name string) (x, y float64) {
	b.t.Helper()
	return b.found("button or link "+name, `[...document.querySelectorAll("a, button, summary")].find((e) => shown(e) && named(e, `+quoted(name)+`))`)
}

// press clicks a button or link that leads to another page.
func (b *tab) press(name string) *tab {
	b.t.Helper()
	return b.presses(200, name)
}

func (b *tab) presses(status int64, name string) *tab {
	b.t.Helper()
	x, y := b.spot(name)
	return b.goes(status, chromedp.MouseClickXY(x, y))
}

// touch clicks a button that stays on the page.
func (b *tab) touch(name string) *tab {
	b.t.Helper()
	x, y := b.spot(name)
	b.do(chromedp.MouseClickXY(x, y))
	return b
}

// tabs presses Tab, and insists that the focus is then on what has a name, and that it shows.
func (b *tab) tabs(name string) *tab {
	b.t.Helper()
	b.do(chromedp.KeyEvent(kb.Tab))
	got := value[string](b, `(() => {
		const e = document.activeElement;
		if (getComputedStyle(e).outlineStyle === "none") return "nothing that can be seen";
		return (e.labels?.length ? e.labels[0] : e).innerText.trim();
	})()`)
	if got != name {
		b.t.Fatalf("the next stop is %q, want %q", got, name)
	}
	return b
}

// mail is the link of a kind in the newest mail that has one.
func (b *tab) mail(kind string) string {
	b.t.Helper()
	mails, err := b.site.DB.Read(b.t.Context()).Outbox(model.Page{Limit: 10})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, m := range mails {
		if l := linkForm.FindString(m.Text); strings.Contains(l, kind) {
			return l
		}
	}
	b.t.Fatalf("no mail with a link of %s", kind)
	return ""
}

// withoutScripts takes scripts away.
func (b *tab) withoutScripts() *tab {
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.still = true
	return b
}

// A screen is what pages are looked at on.
type screen struct {
	name          string
	width, height int64
	mobile        bool
}

// constant: Go has no constant structs
var (
	phone   = screen{"phone", 360, 800, true}
	desktop = screen{"desktop", 1280, 900, false}
)

func (b *tab) size(s screen) {
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: s.width, Height: s.height, DeviceScaleFactor: 1, Mobile: s.mobile,
	})
}

func (b *tab) scheme(name string) {
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// judge is what every page must live up to besides the rules of axe: nothing wider than the screen, targets that a
// thumb meets. It gives sentences.
const judge = `(() => {
	const out = [];
	const root = document.documentElement;
	if (root.scrollWidth > innerWidth) out.push("the page is " + root.scrollWidth + " wide, the screen " + innerWidth);
	for (const e of document.querySelectorAll("main *"))
		if (e.checkVisibility() && !e.closest("pre") && !e.matches(".banner") && e.getBoundingClientRect().right > innerWidth + 1)
			out.push("sticks out: " + e.outerHTML.slice(0, 200));
	for (const e of document.querySelectorAll("button, summary, a.button, nav a, .links a, select, input:not([type=hidden]):not([type=checkbox])"))
		if (e.checkVisibility() && e.getBoundingClientRect().height < 44)
			out.push("is only " + e.getBoundingClientRect().height + " pixels high: " + e.outerHTML.slice(0, 200));
	if (document.querySelectorAll("h1").length !== 1) out.push("has not one first heading");
	return out;
})()`

// obey asks axe, whose answer takes its time.
const obey = `axe.run(document, {
	resultTypes: ["violations"],
	runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}).then((r) => r.violations.flatMap((v) => v.nodes.map((n) => v.id + ": " + v.help + ": " + n.html + " " + n.failureSummary)))`

// looks judges the page as it is on both screens and in both colour schemes, and takes its picture.
func (b *tab) looks(name string) *tab {
	b.t.Helper()
	if !b.still {
		b.do(chromedp.Evaluate[chromedp.Void](b.c.axe))
	}
	for _, s := range []screen{phone, desktop} {
		b.size(s)
		for _, colours := range []string{"light", "dark"} {
			b.scheme(colours)
			complaints := value[[]string](b, judge)
			if !b.still {
				complaints = append(complaints, value[[]string](b, obey)...)
			}
			for _, c := range complaints {
				b.t.Errorf("%s on a %s, %s: %s", name, s.name, colours, c)
			}
			if b.c.shot != "" {
				b.picture(filepath.Join(b.c.shot, fmt.Sprintf("%s-%s-%s.png", name, s.name, colours)))
			}
		}
	}
	b.scheme("light")
	return b
}

func (b *tab) picture(file string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](`scrollTo(0, 0)`))
	whole := call(b, page.GetLayoutMetrics, cdp.Empty{}).CSSContentSize
	beyond := true
	png := call(b, page.CaptureScreenshot, page.CaptureScreenshotParams{
		CaptureBeyondViewport: &beyond, Clip: &page.Viewport{Width: whole.Width, Height: whole.Height, Scale: 1},
	}).Data
	if err := os.WriteFile(file, png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
