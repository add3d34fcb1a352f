package federation

import (
	"strings"

	"gomphothere/internal/model"
)

// named is a conversation and its address.
type named struct {
	id  model.ID
	uri string
}

// conversation finds the conversation asked for by /contexts/{account}-{conversation}: one that an account of ours
// began, and that has something for everybody in it.
func (a *asked) conversation() (named, *model.Account, error) {
	who, what, _ := strings.Cut(a.r.PathValue("context"), "-")
	author, err := model.ParseID(who)
	if err != nil {
		return named{}, nil, err
	}
	id, err := model.ParseID(what)
	if err != nil {
		return named{}, nil, err
	}
	threads, err := a.q.Threads([]model.ID{id})
	if err != nil {
		return named{}, nil, err
	}
	if threads[id].AccountID != author || author == 0 {
		return named{}, nil, model.ErrNotFound()
	}
	if a.account, err = a.q.Account(author); err != nil {
		return named{}, nil, err
	}
	if !a.account.Local() {
		return named{}, nil, model.ErrNotFound()
	}
	if err := a.standing(); err != nil {
		return named{}, nil, err
	}
	return named{id, a.f.Site.Address(threads[id])}, a.account, nil
}
