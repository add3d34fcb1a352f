package config

import (
	"fmt"
	"io"
	"strings"
)

// WriteExample writes a settings file with every setting commented out at its default.
func WriteExample(w io.Writer) error {
	var b strings.Builder
	b.WriteString(`# Settings of Gomphothere: every key with its default. Remove the # before what you change.
# Save it as gomphothere.toml in the data directory, or name it with --config.
# The environment (GOMPHOTHERE_SECTION_KEY) and flags (--section.key) are stronger than this file.
`)
	for _, sec := range sections(&Config{}) {
		if sec.name != "" {
			fmt.Fprintf(&b, "\n# %s\n[%s]\n", sec.doc, sec.name)
		}
		for _, s := range sec.settings {
			b.WriteByte('\n')
			for _, line := range wrap(s.sentence(), 100) {
				fmt.Fprintf(&b, "# %s\n", line)
			}
			if s.hasDefault {
				fmt.Fprintf(&b, "#%s = %s\n", s.name(), s.spell(s.def))
				continue
			}
			fmt.Fprintf(&b, "# Default: %s.\n#%s = %s\n", s.auto, s.name(), s.spell(s.example))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteDocs writes the settings page of the handbook.
func WriteDocs(w io.Writer) error {
	var b strings.Builder
	b.WriteString(docsIntroduction)
	for _, sec := range sections(&Config{}) {
		if sec.name != "" {
			fmt.Fprintf(&b, "\n## %s\n\n%s\n", sec.name, sec.doc)
		} else {
			b.WriteString("\n## Server\n\nThese keys stand at the top of the file, before any section.\n")
		}
		b.WriteString("\n| Key | Environment | Flag | Default | Meaning |\n|---|---|---|---|---|\n")
		for _, s := range sec.settings {
			def := s.auto
			if s.hasDefault {
				def = "`" + s.spell(s.def) + "`"
			}
			cells := []string{"`" + s.key + "`", "`" + s.env() + "`", "`" + s.flag() + "`", def, s.sentence()}
			for i, cell := range cells {
				cells[i] = strings.ReplaceAll(cell, "|", `\|`)
			}
			fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

const docsIntroduction = `# Settings

<!-- Printed from the settings struct; change internal/config/config.go and run make docs -->

A setting can stand in three places. The stronger wins:

1. **A TOML file**: the one named with ` + "`--config`" + ` or ` + "`GOMPHOTHERE_CONFIG`" + `, otherwise ` + "`gomphothere.toml`" + ` in the data directory if there is one. [gomphothere.example.toml](gomphothere.example.toml) has every key.
2. **The environment**: ` + "`GOMPHOTHERE_SECTION_KEY`" + `. Lists are separated by commas.
3. **Flags**: ` + "`--section.key=value`" + ` or ` + "`--section.key value`" + `. A switch alone means true.

` + "`gomphothere config`" + ` prints every effective setting and where it came from; secrets are hidden.

The server does not start on settings that it would misread. An unknown key, variable or flag, a value of the wrong type or out of range, a setting that would be ignored, and settings that contradict each other are errors. All are reported at once, each with file and line (or variable, or flag) and the nearest valid key.

Durations are written ` + "`90s`, `10m`, `1h30m`" + `; sizes ` + "`512KiB`, `64MiB`, `1GiB`" + `. Give secrets by file or environment: flags can be seen by everybody on the machine.

Kubernetes sets variables such as ` + "`GOMPHOTHERE_SERVICE_HOST`" + ` for a Service called gomphothere, which are refused as unknown. Set ` + "`enableServiceLinks: false`" + ` on the pod, or call the Service something else.
`

// sentence is the setting's doc with the values it takes.
func (s setting) sentence() string {
	text := s.doc
	if len(s.oneof) > 0 {
		text += " One of: " + strings.Join(s.oneof, ", ") + "."
	}
	if s.min != "" {
		text += fmt.Sprintf(" From %s to %s.", s.min, s.max)
	}
	if s.secret {
		text += " A secret."
	}
	return text
}

// spell turns the text of a tag into TOML.
func (s setting) spell(text string) string {
	v, err := s.parse(text)
	if err != nil {
		return tomlString(text) // a tag that does not fit its own setting; a test looks for it
	}
	return tomlValue(v)
}

// wrap breaks a text between words into lines of at most width bytes.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
