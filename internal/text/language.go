package text

import (
	"strings"

	"golang.org/x/text/language"
)

// Language is the code under which a language is kept, "" for one nobody knows: two letters (ISO
// 639-1) or, for languages without, three. As in Mastodon a region is dropped ("en-GB" is "en"),
// except where it tells written Chinese apart.
func Language(code string) string {
	if !langTag(strings.ReplaceAll(code, "_", "-")) {
		return ""
	}
	code = strings.ToLower(strings.ReplaceAll(code, "_", "-"))
	switch code {
	case "zh-cn":
		return "zh-CN"
	case "zh-hk":
		return "zh-HK"
	case "zh-tw":
		return "zh-TW"
	case "zh-yue":
		return "zh-YUE"
	}
	code, _, _ = strings.Cut(code, "-")
	switch code {
	case "und", "mul", "mis", "zxx", "root": // no language, many, or not one
		return ""
	}
	if len(code) < 2 || len(code) > 3 || len(code) == 3 && code >= "qaa" && code <= "qtz" { // private use
		return ""
	}
	base, err := language.ParseBase(code)
	if err != nil {
		return ""
	}
	return base.String()
}
