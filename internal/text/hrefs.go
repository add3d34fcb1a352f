package text

import (
	"strings"

	"golang.org/x/net/html"
)

// maxLinks is how many links of a text are looked at: the first that will do is near the beginning.
const maxLinks = 20

// LinksOf lists where the links of a status's HTML lead, mentions and hashtags left out, in the order they stand.
func LinksOf(source string) (hrefs []string) {
	if !strings.Contains(source, "<") {
		return nil
	}
	z := html.NewTokenizer(strings.NewReader(clip(source, maxHTML)))
	for len(hrefs) < maxLinks {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		if kind != html.StartTagToken {
			continue
		}
		name, more := z.TagName()
		if string(name) != "a" {
			continue
		}
		href, named := "", false
		for more {
			var key, value []byte
			key, value, more = z.TagAttr()
			switch string(key) {
			case "href":
				href = string(value)
			case "class":
				for _, c := range strings.Fields(string(value)) {
					named = named || c == "mention" || c == "hashtag" || c == "u-url"
				}
			case "rel":
				for _, c := range strings.Fields(string(value)) {
					named = named || c == "tag"
				}
			}
		}
		if href != "" && !named {
			hrefs = append(hrefs, href)
		}
	}
	return hrefs
}
