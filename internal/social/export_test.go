package social

import (
	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// ReblogWindow is how near a reblog is not shown again.
const ReblogWindow = reblogWindow

// SeveredFromDomain, SeveredFromAccount and TellModerators are called by verbs of others.
func (s *Social) SeveredFromDomain(tx *store.Tx, typ, domain string) error {
	return s.severedFromDomain(tx, typ, domain)
}

// SeveredFromAccount see above.
func (s *Social) SeveredFromAccount(tx *store.Tx, a *model.Account) error {
	return s.severedFromAccount(tx, a)
}

// TellModerators see above.
func (s *Social) TellModerators(tx *store.Tx, typ string, from *model.Account, about model.ID) error {
	return s.tellModerators(tx, typ, from, about)
}
