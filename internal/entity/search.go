package entity

import "gomphothere/internal/model"

// Search is what was found (Mastodon API: entities/Search).
type Search struct {
	Accounts    []Account `json:"accounts"`
	Statuses    []Status  `json:"statuses"`
	Hashtags    []Tag     `json:"hashtags"`
	Collections []none    `json:"collections"` // they have their own issue: empty
}

// Search draws what was found.
func (d *Drawer) Search(accounts []*model.Account, statuses []*model.Status, hashtags []Tag, v *model.Viewer) Search {
	return Search{d.Accounts(accounts), d.Statuses(statuses, v), list(hashtags), []none{}}
}

// AppendSearch appends what Search draws.
func (d *Drawer) AppendSearch(dst []byte, accounts []*model.Account, statuses []*model.Status, hashtags []Tag, v *model.Viewer) []byte {
	dst = append(dst, `{"accounts":`...)
	dst = d.AppendAccounts(dst, accounts)
	dst = append(dst, `,"statuses":`...)
	dst = d.AppendStatuses(dst, statuses, v)
	dst = append(dst, `,"hashtags":`...)
	dst = appendJSON(dst, list(hashtags))
	return append(dst, `,"collections":[]}`...)
}
