package oauth

import (
	"net/http"

	"gomphothere/internal/model"
)

// mailChoice is one type of notification on the page of what comes by mail.
type mailChoice struct {
	Type  string
	Words string
	On    bool
}

type mailsView struct {
	Choices []mailChoice
	Always  bool
	NoMail  bool
}

func (v *visit) mailsView() mailsView {
	out := mailsView{Always: v.user.Settings.AlwaysSendEmails, NoMail: !v.o.mailSent}
	words := map[string]string{
		model.NotifyMention: "Somebody mentions me", model.NotifyQuote: "Somebody quotes me", model.NotifyFollow: "Somebody follows me",
		model.NotifyFollowRequest: "Somebody asks to follow me", model.NotifyReblog: "Somebody boosts my post",
		model.NotifyFavourite: "Somebody favourites my post", model.NotifyAdminReport: "Somebody files a report",
	}
	for _, typ := range model.MailableTypes() {
		if typ == model.NotifyAdminReport && !v.user.Role.Can(model.PermManageReports) {
			continue
		}
		out.Choices = append(out.Choices, mailChoice{typ, words[typ], v.user.Settings.Mails(typ)})
	}
	return out
}

// mailsForm is what comes by mail.
func (o *OAuth) mailsForm(v *visit) error {
	if ok, err := v.signedIn(); !ok {
		return err
	}
	return v.show(http.StatusOK, "mails", v.mailsView())
}

func (o *OAuth) setMails(v *visit) error {
	if ok, err := v.signedIn(); !ok {
		return err
	}
	_ = v.form("csrf") // reads the form
	types := v.r.PostForm["types"]
	if err := o.social.SetMails(v.r.Context(), v.user.ID, types, v.form("always") != ""); err != nil {
		return err
	}
	return v.to("/settings/preferences/notifications?done=mails")
}

type unsubscribeView struct {
	Token string
	Email string
	Done  bool
}

// unsubscribeForm is one button: mail scanners open links.
func (o *OAuth) unsubscribeForm(v *visit) error {
	token := v.r.URL.Query().Get("token")
	u, err := o.social.Unsubscriber(v.r.Context(), token)
	if model.IsNotFound(err) {
		return gone("This link is not one of ours, or its account is gone.")
	}
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "unsubscribe", unsubscribeView{Token: token, Email: u.Email})
}

// unsubscribe stops mails about notifications for whoever has the link: people by the button, mail programs by
// themselves (RFC 8058), neither signed in.
func (o *OAuth) unsubscribe(v *visit) error {
	token := v.r.URL.Query().Get("token")
	u, err := o.social.Unsubscriber(v.r.Context(), token)
	if err == nil {
		err = o.social.StopMails(v.r.Context(), token)
	}
	if model.IsNotFound(err) {
		return gone("This link is not one of ours, or its account is gone.")
	}
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "unsubscribe", unsubscribeView{Email: u.Email, Done: true})
}
