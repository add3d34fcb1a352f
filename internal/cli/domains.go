package cli

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"gomphothere/internal/app"
	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

// domainDoc is a domain in --json answers.
type domainDoc struct {
	Domain         string         `json:"domain"`
	Severity       model.Severity `json:"severity,omitempty"` // "": let in by name
	RejectMedia    bool           `json:"reject_media"`
	RejectReports  bool           `json:"reject_reports"`
	Obfuscate      bool           `json:"obfuscate"`
	PublicComment  string         `json:"public_comment"`
	PrivateComment string         `json:"private_comment"`
	CreatedAt      model.Time     `json:"created_at"`
}

func newDomainDoc(b model.DomainBlock) domainDoc {
	return domainDoc{b.Domain, b.Severity, b.RejectMedia, b.RejectReports, b.Obfuscate, b.PublicComment, b.PrivateComment, b.CreatedAt}
}

func (d domainDoc) line() string {
	severity := string(d.Severity)
	if severity == "" {
		severity = "allowed"
	}
	return strings.TrimRight(fmt.Sprintf("%-40s %-8s %s", d.Domain, severity, d.PublicComment), " ")
}

// blockFlags are what a block may say beside the domain.
func blockFlags() []option {
	return []option{
		{"severity", "SEVERITY", "suspend (the default), silence or noop"},
		{"reject-media", "", "keep none of its files"},
		{"reject-reports", "", "take none of its reports"},
		{"obfuscate", "", "hide a part of the name in the public list"},
		{"public-comment", "TEXT", "why, for the public list"},
		{"private-comment", "TEXT", "why, for moderators"},
		jsonFlag(),
	}
}

func domainBlock(c *call) error {
	a, err := c.open()
	if err != nil {
		return err
	}
	defer a.Close() // what was written is on disk
	severity := model.Suspend
	if c.has("severity") {
		severity = model.Severity(c.given["severity"])
	}
	yes := func(flag string) *bool { v := c.has(flag); return &v }
	b, err := a.Social.AddDomainBlock(c.ctx, c.args[0], social.DomainBlockChange{
		Severity: &severity, RejectMedia: yes("reject-media"), RejectReports: yes("reject-reports"), Obfuscate: yes("obfuscate"),
		PublicComment: c.optional("public-comment"), PrivateComment: c.optional("private-comment"),
	})
	if err != nil {
		return err
	}
	return c.print(fmt.Sprintf("Blocked %s (%s).", b.Domain, b.Severity), newDomainDoc(*b))
}

func domainUnblock(c *call) error {
	a, err := c.open()
	if err != nil {
		return err
	}
	defer a.Close() // what was written is on disk
	list, err := a.DB.Read(c.ctx).ServerBlocks()
	if err != nil {
		return err
	}
	for _, b := range list {
		if b.Domain != strings.ToLower(c.args[0]) {
			continue
		}
		if err := a.Social.RemoveDomainBlock(c.ctx, b.ID); err != nil {
			return err
		}
		return c.print("Unblocked "+b.Domain+".", map[string]string{"unblocked": b.Domain})
	}
	return fmt.Errorf("%s is not blocked", c.args[0])
}

func domainAllow(c *call) error {
	a, err := c.open()
	if err != nil {
		return err
	}
	defer a.Close() // what was written is on disk
	d, err := a.Social.AllowDomain(c.ctx, c.args[0])
	if err != nil {
		return err
	}
	return c.print("Let in "+d.Domain+".", domainDoc{Domain: d.Domain, CreatedAt: d.CreatedAt})
}

func domainDisallow(c *call) error {
	a, err := c.open()
	if err != nil {
		return err
	}
	defer a.Close() // what was written is on disk
	list, err := a.DB.Read(c.ctx).DomainAllows()
	if err != nil {
		return err
	}
	for _, d := range list {
		if d.Domain != strings.ToLower(c.args[0]) {
			continue
		}
		if err := a.Social.DisallowDomain(c.ctx, d.ID); err != nil {
			return err
		}
		return c.print("No longer let in "+d.Domain+".", map[string]string{"disallowed": d.Domain})
	}
	return fmt.Errorf("%s is not let in by name", c.args[0])
}

func domainList(c *call) error {
	a, err := c.open()
	if err != nil {
		return err
	}
	defer a.Close() // nothing was written
	docs, err := listedDomains(c, a)
	if err != nil {
		return err
	}
	var lines []string
	for _, d := range docs {
		lines = append(lines, d.line())
	}
	return c.print(strings.Join(lines, "\n"), docs)
}

// listedDomains are the domains blocked, then those let in by name.
func listedDomains(c *call, a *app.App) ([]domainDoc, error) {
	docs := []domainDoc{}
	blocks, err := a.DB.Read(c.ctx).ServerBlocks()
	if err != nil {
		return nil, err
	}
	for _, b := range blocks {
		docs = append(docs, newDomainDoc(b))
	}
	allows, err := a.DB.Read(c.ctx).DomainAllows()
	for _, d := range allows {
		docs = append(docs, domainDoc{Domain: d.Domain, CreatedAt: d.CreatedAt})
	}
	return docs, err
}

// blockColumns are Mastodon's columns of exported blocks.
// constant: Go has no constant slices
var blockColumns = []string{"#domain", "#severity", "#reject_media", "#reject_reports", "#public_comment", "#obfuscate"}

func domainExport(c *call) error {
	a, err := c.open()
	if err != nil {
		return err
	}
	defer a.Close() // nothing was written
	w := csv.NewWriter(c.out)
	if c.has("allows") {
		allows, err := a.DB.Read(c.ctx).DomainAllows()
		if err != nil {
			return err
		}
		rows := [][]string{{"#domain"}}
		for _, d := range allows {
			rows = append(rows, []string{d.Domain})
		}
		return w.WriteAll(rows)
	}
	blocks, err := a.DB.Read(c.ctx).ServerBlocks()
	if err != nil {
		return err
	}
	rows := [][]string{blockColumns}
	for _, b := range blocks {
		rows = append(rows, []string{
			b.Domain, string(b.Severity), strconv.FormatBool(b.RejectMedia), strconv.FormatBool(b.RejectReports), b.PublicComment, strconv.FormatBool(b.Obfuscate),
		})
	}
	return w.WriteAll(rows)
}

// maxImport bounds a file of domains; the largest public lists have some ten thousand lines.
const maxImport = 16 << 20

func domainImport(c *call) error {
	in := c.in
	if c.args[0] != "-" {
		f, err := os.Open(c.args[0])
		if err != nil {
			return err
		}
		defer f.Close() // it was only read
		in = f
	}
	r := csv.NewReader(io.LimitReader(in, maxImport))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		return fmt.Errorf("read %s: %w", c.args[0], err)
	}
	a, err := c.open()
	if err != nil {
		return err
	}
	defer a.Close() // what was written is on disk
	added, there := 0, 0
	columns := map[string]int{"#domain": 0}
	for i, row := range rows {
		if i == 0 && strings.Contains(row[0], "domain") {
			columns = map[string]int{}
			for j, name := range row {
				columns["#"+strings.TrimPrefix(strings.TrimSpace(name), "#")] = j
			}
			continue
		}
		cell := func(name string) string {
			if j, ok := columns[name]; ok && j < len(row) {
				return strings.TrimSpace(row[j])
			}
			return ""
		}
		if cell("#domain") == "" {
			continue
		}
		if c.has("allows") {
			_, err = a.Social.AllowDomain(c.ctx, cell("#domain"))
		} else {
			err = importBlock(c, a, cell)
		}
		var existing *social.ExistingDomainBlock
		switch {
		case errors.As(err, &existing):
			there++
		case err != nil:
			return fmt.Errorf("line %d, %s: %w", i+1, cell("#domain"), err)
		default:
			added++
		}
	}
	return c.print(fmt.Sprintf("Took in %d domains; %d were blocked already.", added, there), map[string]int{"added": added, "existing": there})
}

func importBlock(c *call, a *app.App, cell func(string) string) error {
	severity := model.Severity(strings.ToLower(cell("#severity")))
	if severity == "" {
		severity = model.Suspend // lists of names alone mean that, as with Mastodon
	}
	yes := func(name string) *bool { v := strings.EqualFold(cell(name), "true"); return &v }
	comment := cell("#public_comment")
	_, err := a.Social.AddDomainBlock(c.ctx, cell("#domain"), social.DomainBlockChange{
		Severity: &severity, RejectMedia: yes("#reject_media"), RejectReports: yes("#reject_reports"), Obfuscate: yes("#obfuscate"), PublicComment: &comment,
	})
	return err
}
