package config

import (
	"net/netip"
	"reflect"
	"strings"
	"time"
)

// envPrefix begins every environment variable that is ours.
const envPrefix = "GOMPHOTHERE_"

// The setting that only says where the others are; it cannot stand in the file itself.
const (
	configFlag = "--config"
	configEnv  = envPrefix + "CONFIG"
)

// FileName is the file that is read from the data directory when none is named.
const FileName = "gomphothere.toml"

// A setting is one field of a Config with what its tags say.
type setting struct {
	section, key string // key is whole: "posts.max_characters"
	doc          string
	def, auto    string
	hasDefault   bool
	example      string
	oneof        []string
	min, max     string
	is           string
	secret       bool
	field        reflect.Value
}

// A section is a part of the file with its sentence; the first has no name.
type section struct {
	name, doc string
	settings  []setting
}

// sections walks the struct in the order of its fields; the settings write into c.
func sections(c *Config) []section {
	var all []section
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		sec := section{name: tag.Get("toml"), doc: tag.Get("doc")}
		part := v.Field(i)
		for j := range part.NumField() {
			sec.settings = append(sec.settings, newSetting(sec.name, part.Type().Field(j).Tag, part.Field(j)))
		}
		all = append(all, sec)
	}
	return all
}

// settings is every setting of every section, in order.
func settings(c *Config) []setting {
	var all []setting
	for _, sec := range sections(c) {
		all = append(all, sec.settings...)
	}
	return all
}

func newSetting(sec string, tag reflect.StructTag, field reflect.Value) setting {
	s := setting{
		section: sec, key: tag.Get("toml"), doc: tag.Get("doc"),
		auto: tag.Get("auto"), example: tag.Get("example"),
		min: tag.Get("min"), max: tag.Get("max"), is: tag.Get("is"),
		secret: tag.Get("secret") == "true", field: field,
	}
	s.def, s.hasDefault = tag.Lookup("default")
	if sec != "" {
		s.key = sec + "." + s.key
	}
	if words := tag.Get("oneof"); words != "" {
		s.oneof = strings.Split(words, "|")
	}
	return s
}

// env is the setting's environment variable: GOMPHOTHERE_SECTION_KEY.
func (s setting) env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(s.key, ".", "_"))
}

// flag is the setting's command-line flag: --section.key.
func (s setting) flag() string { return "--" + s.key }

// name is the key inside its section.
func (s setting) name() string { return strings.TrimPrefix(s.key, s.section+".") }

// set stores a value that parse made; named string types take plain strings.
func (s setting) set(v any) { s.field.Set(reflect.ValueOf(v).Convert(s.field.Type())) }

// get is the value as its plain type, so that printing needs to know few.
func (s setting) get() any {
	if s.kind() == kindString {
		return s.field.String()
	}
	return s.field.Interface()
}

// A kind is a type that settings may have.
type kind int

const (
	kindString kind = iota // and named string types
	kindBool
	kindInt
	kindDuration
	kindBytes
	kindStrings
	kindPrefixes
)

func (s setting) kind() kind {
	switch s.field.Interface().(type) {
	case bool:
		return kindBool
	case int:
		return kindInt
	case time.Duration:
		return kindDuration
	case Bytes:
		return kindBytes
	case []string:
		return kindStrings
	case []netip.Prefix:
		return kindPrefixes
	}
	return kindString
}
