package federation

import (
	"context"
	"regexp"

	"gomphothere/internal/model"
)

// maxReported is how many things one Flag may name: a spammer's posts of a day.
const maxReported = 100

// noteLine is how the Misskey family names statuses in the text of a Flag.
//
// constant: Go has no constant patterns
var noteLine = regexp.MustCompile(`(?m)^Note: (https?://\S+)$`)

// onFlag takes in a complaint about ours: one report for each account it names, with the statuses it names.
func (f *Federation) onFlag(ctx context.Context, a *activity) error {
	uris := a.Object.Object.IDs()
	for _, m := range noteLine.FindAllStringSubmatch(a.Content.Value, maxReported) {
		uris = append(uris, m[1])
	}
	uris = uris[:min(len(uris), maxReported)]
	q := f.DB.Read(ctx)
	var people []*model.Account
	var statuses []string
	authors := map[model.ID]bool{}
	for _, uri := range uris {
		target, err := q.AccountByURI(bare(uri))
		if err == nil {
			people = append(people, target)
			continue
		}
		if !model.IsNotFound(err) {
			return err
		}
		st, err := q.StatusByURI(uri)
		if model.IsNotFound(err) {
			continue
		}
		if err != nil {
			return err
		}
		statuses = append(statuses, uri)
		authors[st.AccountID] = true
	}
	if len(people) == 0 { // old Lemmy and others name only what was written
		for id := range authors {
			author, err := q.Account(id)
			if err != nil {
				return err
			}
			people = append(people, author)
		}
	}
	reported := false
	for _, target := range people {
		if !target.Local() {
			continue
		}
		if err := f.Social.TakeReport(ctx, a.Actor, target, statuses, a.Content.Value, a.id()); err != nil {
			return err
		}
		reported = true
	}
	if !reported {
		return model.NotFound("It concerns nobody here")
	}
	return nil
}
