// Package config turns a TOML file, the environment and flags into one checked struct, and prints its own documentation.
//
// Every setting is one field of Config with its tags; file keys, environment names, flags, docs/settings.md and the
// example file are derived from them. Nothing else in the program reads settings by itself.
package config
