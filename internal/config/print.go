package config

import (
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"
)

// hidden stands for a secret that is set.
const hidden = "(hidden)"

// Print writes every effective setting as a TOML file with the origin behind each; secrets are hidden.
func (l *Loaded) Print(w io.Writer) error {
	var b strings.Builder
	file := "no settings file"
	if l.File != "" {
		file = "settings file " + printable(l.File)
	}
	fmt.Fprintf(&b, "# Effective settings; %s.\n", file)
	for _, sec := range sections(&l.Config) {
		if sec.name != "" {
			fmt.Fprintf(&b, "\n[%s]\n", sec.name)
		}
		for _, s := range sec.settings {
			line := s.name() + " = " + tomlValue(l.shown(s))
			fmt.Fprintf(&b, "%-40s # %s\n", line, printable(l.Origins[s.key].String()))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// PrintJSON writes the same as Print for scripts: the file, and each setting with key, value, origin and secret.
func (l *Loaded) PrintJSON(w io.Writer) error {
	type line struct {
		Key    string `json:"key"`
		Value  any    `json:"value"`
		Origin Origin `json:"origin"`
		Secret bool   `json:"secret"`
	}
	out := struct {
		File     string `json:"file"`
		Settings []line `json:"settings"`
	}{File: l.File}
	for _, s := range settings(&l.Config) {
		v := l.shown(s)
		switch value := v.(type) {
		case time.Duration, Bytes:
			v = fmt.Sprint(value)
		case []netip.Prefix:
			v = append([]netip.Prefix{}, value...)
		}
		out.Settings = append(out.Settings, line{s.key, v, l.Origins[s.key], s.secret})
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

// shown is a setting's value with secrets hidden; an empty secret may be seen to be empty.
func (l *Loaded) shown(s setting) any {
	v := s.get()
	if s.secret && v != "" {
		return hidden
	}
	return v
}
