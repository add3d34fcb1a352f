package oauth

import (
	"strings"
	"unicode"
)

// agentNames are what browsers say of themselves, the more special before what it is made of.
// constant: Go has no constant slices
var agentNames = [][2]string{
	{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Vivaldi/", "Vivaldi"}, {"SamsungBrowser/", "Samsung Internet"},
	{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
}

// agentSystems are what they say of where they run.
// constant: Go has no constant slices
var agentSystems = [][2]string{
	{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"CrOS", "ChromeOS"}, {"Windows", "Windows"},
	{"Mac OS X", "Mac"}, {"Linux", "Linux"},
}

// browserName is a User-Agent in words: "Firefox on Android".
func browserName(agent string) string {
	said := func(table [][2]string) string {
		for _, row := range table {
			if strings.Contains(agent, row[0]) {
				return row[1]
			}
		}
		return ""
	}
	name, system := said(agentNames), said(agentSystems)
	if name == "" {
		name, _, _ = strings.Cut(agent, "/") // most programs begin with their own name
	}
	odd := func(r rune) bool { return r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	const longest = 40 // letters; whoever says more says nothing
	if name == "" || name == "Mozilla" || len(name) > longest || strings.ContainsFunc(name, odd) {
		name = "A browser"
	}
	if system == "" {
		return name
	}
	return name + " on " + system
}
