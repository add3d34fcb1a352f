package federation

import (
	"context"

	"gomphothere/internal/ap"
	"gomphothere/internal/model"
)

// walkLimits bound the walk through somebody's collection.
type walkLimits struct{ Items, Pages int }

// walk visits the items of a collection and its pages, all of one host. Items of pages come as they are: what they carry
// is of that host, and no more believed than it.
func (f *Federation) walk(ctx context.Context, uri string, most walkLimits, visit func(ap.Ref) error) error {
	if err := f.mayAsk(ctx, uri); err != nil {
		return err
	}
	doc, at, err := f.read(ctx, uri)
	if err != nil {
		return err
	}
	return f.walkFrom(ctx, doc, at, most, visit)
}

func (f *Federation) walkFrom(ctx context.Context, doc *ap.Object, at string, most walkLimits, visit func(ap.Ref) error) error {
	seen := map[string]bool{at: true}
	items := 0
	for pages := 1; doc != nil; pages++ {
		page, ok := doc.Page()
		if !ok {
			return model.Invalidf("%.200s is no collection", at)
		}
		for _, item := range page.Items {
			if items++; items > most.Items {
				return nil
			}
			if err := visit(item); err != nil {
				return err
			}
		}
		next := page.Next
		if page.First != nil && len(page.Items) == 0 {
			if page.First.Object != nil {
				doc = page.First.Object
				continue
			}
			next = page.First.ID
		}
		if next == "" || seen[next] || !ap.SameHost(next, at) || pages >= most.Pages {
			return nil
		}
		seen[next] = true
		var err error
		if doc, _, err = f.read(ctx, next); err != nil {
			return err
		}
	}
	return nil
}
