package cli

import (
	"errors"
	"fmt"
	"strings"

	"gomphothere/internal/store"
)

func check(c *call) error {
	a, err := c.open()
	if err != nil {
		return err
	}
	defer a.Close() // nothing was written
	findings, err := a.DB.Check(c.ctx, func(done, of int, name string) { progress(c, done, of, name) })
	if err != nil {
		return err
	}
	if findings == nil {
		findings = []store.Finding{}
	}
	text := &strings.Builder{}
	for _, f := range findings {
		fmt.Fprintf(text, "NOT: %s (%s): %d, for example %s\n", f.Says, f.Check, f.Count, strings.Join(f.Examples, "; "))
	}
	if len(findings) == 0 {
		text.WriteString("Everything is as it must be.")
	}
	if err := c.print(strings.TrimRight(text.String(), "\n"), map[string]any{"ok": len(findings) == 0, "findings": findings}); err != nil {
		return err
	}
	if len(findings) > 0 {
		return errors.New("the data is not as it must be")
	}
	return nil
}

// progress draws a bar on standard error; scripts read standard output.
func progress(c *call, done, of int, name string) {
	const width = 30
	full := width * done / max(of, 1)
	fmt.Fprintf(c.errs, "\r[%s%s] %d/%d %-40s", strings.Repeat("#", full), strings.Repeat(".", width-full), done, of, name)
	if done == of {
		fmt.Fprintln(c.errs)
	}
}
