package federation

import (
	"context"

	"gomphothere/internal/ap"
	"gomphothere/internal/model"
)

// ResolveStatus finds a status by its id, here or where it is from.
func (f *Federation) ResolveStatus(ctx context.Context, uri string) (*model.Status, error) {
	return f.resolveStatus(ctx, uri, 0)
}

func (f *Federation) resolveStatus(ctx context.Context, uri string, depth int) (*model.Status, error) {
	st, err := f.DB.Read(ctx).StatusByURI(uri)
	if err == nil || !model.IsNotFound(err) || f.ours(uri) {
		return st, err
	}
	if depth > maxDepth {
		return nil, model.NotFound("Nobody looks that deep")
	}
	if err := f.mayAsk(ctx, uri); err != nil {
		return nil, err
	}
	return once(ctx, f, "status "+uri, func(ctx context.Context) (*model.Status, error) {
		doc, err := f.document(ctx, uri)
		if err != nil {
			return nil, err
		}
		return f.takeAnswer(ctx, doc, depth)
	})
}

// takeAnswer writes down a status that was asked for. Lemmy and others answer with the activity that made it; then what it
// made is meant.
func (f *Federation) takeAnswer(ctx context.Context, doc *ap.Object, depth int) (*model.Status, error) {
	if doc.Is("Create", "Update") {
		made := doc.Object.Object()
		switch {
		case made == nil && depth < maxDepth && doc.Object.ID() != "":
			return f.resolveStatus(ctx, doc.Object.ID(), depth+1)
		case made == nil || !ap.SameHost(made.ID, doc.ID):
			return nil, model.Invalidf("%.200s leads to no status", doc.ID)
		}
		doc = made
	}
	return f.believe(ctx, doc, true, depth)
}

// believe writes down a status whose document is from its own host: fetched, or brought by its author.
func (f *Federation) believe(ctx context.Context, doc *ap.Object, fetched bool, depth int) (*model.Status, error) {
	n, err := doc.Note()
	if err != nil {
		return nil, unreadable(err)
	}
	if !ap.SameHost(n.Author, n.ID) {
		return nil, model.Forbidden("The status is not of its author's server")
	}
	author, err := f.ResolveActor(ctx, n.Author)
	if err != nil {
		return nil, err
	}
	if author.Suspended() {
		return nil, model.Forbidden("The status's author is suspended")
	}
	st, _, err := f.learn(ctx, author, n, circumstances{Fetched: fetched, Depth: depth})
	return st, err
}
