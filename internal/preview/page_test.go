package preview_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"

	"gomphothere/internal/model"
	"gomphothere/internal/preview"
)

const address = "https://news.example/2026/tusks"

func read(t *testing.T, page, contentType string) *preview.Page {
	t.Helper()
	p, err := preview.Read([]byte(page), contentType, address)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestWhatPagesSayOfThemselves(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, page string
		want       model.Card
	}{
		{"OpenGraph", `<!doctype html><html lang="en-GB"><head><title>Tusks - News</title>
			<meta property="og:title" content="Four tusks &amp; counting"><meta property="og:description" content="  Why
			two are not enough ">
			<meta property="og:site_name" content="The News"><meta property="og:image" content="/pictures/tusk.jpg">
			<meta property="og:image:alt" content="A tusk"><meta property="article:published_time" content="2026-11-20T08:00:00+01:00">
			<meta name="author" content="A. Reporter">`,
			model.Card{URL: address, Type: "link", Title: "Four tusks & counting", Description: "Why two are not enough", Language: "en",
				AuthorName: "A. Reporter", ProviderName: "The News", ImageURL: "https://news.example/pictures/tusk.jpg", ImageDescription: "A tusk",
				PublishedAt: 1763622000000 + 365*86400000}},
		{"Twitter's card with a player", `<meta name="twitter:title" content="A film"><meta name="twitter:player" content="https://video.example/embed/1">
			<meta name="twitter:player:width" content="640"><meta name="twitter:player:height" content="360">`,
			model.Card{URL: address, Type: "video", Title: "A film", EmbedURL: "https://video.example/embed/1", Width: 640, Height: 360}},
		{"a player without size is a link", `<title>A film</title><meta name="twitter:player" content="https://video.example/embed/1">`,
			model.Card{URL: address, Type: "link", Title: "A film"}},
		{"JSON-LD in a graph", `<script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":"Organization","name":"x"},
			{"@type":["NewsArticle"],"headline":"Snow sings","description":"At minus thirty","inLanguage":"sv-SE","datePublished":"2026-11-20",
			"author":[{"@type":"Person","name":"Nils"},{"name":"Aino","url":"https://news.example/aino"}],"publisher":{"name":"Nordnytt"}}]}</script>`,
			model.Card{URL: address, Type: "link", Title: "Snow sings", Description: "At minus thirty", Language: "sv", AuthorName: "Nils, Aino",
				AuthorURL: "https://news.example/aino", ProviderName: "Nordnytt", PublishedAt: 1795132800000}},
		{"a title alone", "<TITLE>\n  Plain   page </TITLE>", model.Card{URL: address, Type: "link", Title: "Plain page"}},
		{"nothing", "<p>hello", model.Card{URL: address}},
		{"hostile words and addresses", `<title>&lt;img src=x onerror=alert(1)&gt; tusks</title><meta property="og:image" content="javascript:alert(1)">
			<meta name="twitter:player" content="http://plain.example/"><meta property="og:description" content="&#0;&#8238;back">`,
			model.Card{URL: address, Type: "link", Title: "tusks", Description: "\u202eback"}},
		{"broken JSON-LD", `<title>Page</title><script type="application/ld+json">{"@type": "Article", </script>`,
			model.Card{URL: address, Type: "link", Title: "Page"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, read(t, c.page, "text/html; charset=utf-8").Card); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPagesInOtherCharacterSets(t *testing.T) {
	t.Parallel()
	latin, err := charmap.ISO8859_1.NewEncoder().String("<title>Überfüllte Züge</title>")
	if err != nil {
		t.Fatal(err)
	}
	for _, contentType := range []string{"text/html; charset=iso-8859-1", "text/html"} {
		page := latin
		if contentType == "text/html" {
			page = `<meta charset="iso-8859-1">` + latin
		}
		if got := read(t, page, contentType).Card.Title; got != "Überfüllte Züge" {
			t.Errorf("%s: got %q", contentType, got)
		}
	}
}

func TestOEmbedGivesPlayersAndPhotos(t *testing.T) {
	t.Parallel()
	page := `<title>Film</title><link rel="alternate" type="application/json+oembed" href="/oembed?url=x">`
	for _, c := range []struct {
		name, doc string
		want      model.Card
	}{
		{"video", `{"type":"video","title":"The film","html":"<iframe onload=x src='https://video.example/e/1'></iframe><script>x</script>","width":"560","height":315,"provider_name":"Video"}`,
			model.Card{URL: address, Type: "video", Title: "The film", ProviderName: "Video", EmbedURL: "https://video.example/e/1", Width: 560, Height: 315}},
		{"photo", `{"type":"photo","url":"https://photos.example/1.jpg","width":800,"height":600}`,
			model.Card{URL: address, Type: "photo", Title: "Film", EmbedURL: "https://photos.example/1.jpg", ImageURL: "https://photos.example/1.jpg", Width: 800, Height: 600}},
		{"a player over plain http", `{"type":"video","html":"<iframe src=\"http://video.example/\">","width":1,"height":1}`,
			model.Card{URL: address, Type: "link", Title: "Film"}},
		{"no JSON", `<html>`, model.Card{URL: address, Type: "link", Title: "Film"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := read(t, page, "text/html")
			if p.OEmbed != "https://news.example/oembed?url=x" {
				t.Errorf("the page's oEmbed document: got %q", p.OEmbed)
			}
			p.Embed([]byte(c.doc))
			if diff := cmp.Diff(c.want, p.Card); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`<html lang="x"><meta property="og:title" content="a"><script type="application/ld+json">[{"@type":"Article","author":{}}]</script>`, "text/html; charset=utf-16")
	f.Add("<title>", "text/html; charset=\xff")
	f.Fuzz(func(t *testing.T, page, contentType string) {
		p, err := preview.Read([]byte(page), contentType, address)
		if err != nil {
			return
		}
		p.Embed([]byte(page))
		for _, s := range []string{p.Card.ImageURL, p.Card.EmbedURL, p.Card.AuthorURL, p.OEmbed} {
			if s != "" && !strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "http://") {
				t.Errorf("an address that leads elsewhere: %q", s)
			}
		}
		if len([]rune(p.Card.Title)) > 500 {
			t.Errorf("a title of %d characters", len(p.Card.Title))
		}
	})
}
