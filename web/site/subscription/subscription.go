// Package subscription holds the pages for who gets the editors' letter without
// an account: the form, and what the signed links of letters lead to.
package subscription

import (
	"errors"
	"net/http"
	"slices"

	"github.com/a-h/templ"

	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/kit"
)

const (
	// Path is the form's page.
	Path      = "/lettre"
	askedPath = "/lettre/demandee"
	// What a link to one's choices can do beside.
	freshPath = notifications.ChooseSubscription + "/lien"
	heldPath  = notifications.ChooseSubscription + "/donnees"
	erasePath = notifications.ChooseSubscription + "/effacer"
)

type pages struct {
	subscriptions *notifications.Subscriptions
}

// Mount adds the pages to the route table. Opening a link changes nothing: mail
// scanners do. Posting to it does, also from a mail program that knows no cookie
// (RFC 8058).
func Mount(routes *kit.Routes, subscriptions *notifications.Subscriptions) {
	p := pages{subscriptions}
	routes.Get(Path, kit.Anyone, p.form)
	routes.Post(Path, kit.Anyone, p.ask)
	routes.Get(askedPath, kit.Anyone, p.asked)
	routes.Get(notifications.ConfirmSubscription, kit.Anyone, p.askConfirm)
	routes.Post(notifications.ConfirmSubscription, kit.Anyone, p.confirm)
	routes.Get(notifications.ChooseSubscription, kit.Anyone, p.choices)
	routes.Post(notifications.ChooseSubscription, kit.Anyone, p.choose)
	routes.Post(freshPath, kit.Anyone, p.fresh)
	routes.Post(heldPath, kit.Anyone, p.held)
	routes.Post(erasePath, kit.Anyone, p.erase)
	routes.Get(notifications.EndSubscription, kit.Anyone, p.askEnd)
	routes.Post(notifications.EndSubscription, kit.Anyone, p.end)
}

func (p pages) form(r *kit.Request) error {
	return showForm(r, newForm(membership.LivesHere))
}

// newForm is the form as it opens: it is for the letter, and offers wait to be
// chosen.
func newForm(entrance membership.Entrance) *kit.Form {
	return kit.NewForm("news", "yes", "entree", entrance.Address())
}

func (p pages) ask(r *kit.Request) error {
	form := r.Form()
	who := r.Actor
	who.Language = r.Words.Language
	entrance, _ := membership.EntranceAt(form.Value("entree"))
	err := p.subscriptions.Subscribe(r.Context(), who, notifications.Ask{Email: form.Value("email"), News: form.Has("news", "yes"),
		Offers: form.Has("offers", "yes"), Entrance: entrance, Origin: r.IP()})
	if refused, invalid := r.Invalid(err); invalid {
		return showForm(r, refused)
	}
	if err != nil {
		return err
	}
	return r.SeeOther(askedPath, "")
}

func showForm(r *kit.Request, form *kit.Form) error {
	status := http.StatusOK
	if len(form.Problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return r.Page(kit.Page{Status: status, Title: r.Words.T("subscription.title", "Community", r.Tenant.Name),
		Description: r.Words.T("subscription.lead"), Canonical: Path, Body: formPage(r, form)})
}

func (p pages) asked(r *kit.Request) error {
	return show(r, http.StatusOK, "asked", plainPage(r, "asked", ""))
}

func (p pages) askConfirm(r *kit.Request) error {
	found, err := p.confirmLink(r)
	if errors.Is(err, fault.NotFound) {
		return spent(r)
	}
	if err != nil {
		return err
	}
	if !found.ConfirmedAt.IsZero() {
		return p.toChoices(r, found, "")
	}
	return show(r, http.StatusOK, "confirm", confirmPage(r, found))
}

func (p pages) confirm(r *kit.Request) error {
	found, err := p.confirmLink(r)
	if err == nil {
		found, err = p.subscriptions.Confirm(r.Context(), r.Tenant.ID, found.ID, r.IP())
	}
	if errors.Is(err, fault.NotFound) {
		return spent(r)
	}
	if err != nil {
		return err
	}
	return p.toChoices(r, found, "notice.subscribed")
}

// spent is for links that are too old or were never signed here: saying which
// would tell strangers what exists.
func spent(r *kit.Request) error {
	return show(r, http.StatusNotFound, "spent", plainPage(r, "spent", Path))
}

func (p pages) confirmLink(r *kit.Request) (*notifications.Subscription, error) {
	found, err := p.subscriptions.ConfirmLink(r.Context(), r.Tenant, r.Gin.Request.Host, r.Query("a"), r.Query("e"), r.Query("s"))
	return found, speak(r, found, err)
}

func (p pages) toChoices(r *kit.Request, found *notifications.Subscription, notice string) error {
	return r.SeeOther(notifications.SubscriptionPath(r.Tenant, r.Gin.Request.Host, found.ID, r.Now), notice)
}

var errOld = errors.New("a link whose time is over")

func (p pages) choiceLink(r *kit.Request) (*notifications.Subscription, error) {
	found, old, err := p.subscriptions.SubscriptionLink(r.Context(), r.Tenant, r.Gin.Request.Host, r.Query("a"), r.Query("e"), r.Query("s"))
	if err := speak(r, found, err); err != nil {
		return nil, err
	}
	if old {
		return found, errOld
	}
	return found, nil
}

// asOwner answers whoever holds a link to somebody's choices; one that is too
// old opens nothing, but can be sent again.
func (p pages) asOwner(r *kit.Request, answer func(*notifications.Subscription) error) error {
	found, err := p.choiceLink(r)
	if errors.Is(err, errOld) {
		return show(r, http.StatusOK, "old", oldPage(r))
	}
	if err != nil {
		return err
	}
	return answer(found)
}

func (p pages) choices(r *kit.Request) error {
	return p.asOwner(r, func(found *notifications.Subscription) error {
		form := kit.NewForm("language", found.Language)
		for _, purpose := range notifications.Purposes {
			if found.Wants(purpose) {
				form.Values.Set(string(purpose), "yes")
			}
		}
		return showChoices(r, found, form)
	})
}

func showChoices(r *kit.Request, found *notifications.Subscription, form *kit.Form) error {
	status := http.StatusOK
	if len(form.Problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return show(r, status, "choices", choicesPage(r, found, form))
}

func (p pages) choose(r *kit.Request) error {
	return p.asOwner(r, func(found *notifications.Subscription) error {
		form := r.Form()
		wish := notifications.Wish{News: form.Has("news", "yes"), Offers: form.Has("offers", "yes"), Language: form.Value("language")}
		err := p.subscriptions.Choose(r.Context(), r.Tenant.ID, found.ID, wish, notifications.Proof{Way: notifications.ByPreferences, IP: r.IP()})
		if refused, invalid := r.Invalid(err); invalid {
			return showChoices(r, found, refused)
		}
		if err != nil {
			return err
		}
		return p.toChoices(r, found, "notice.mail_saved")
	})
}

// fresh mails a new link where the one that was followed is too old.
func (p pages) fresh(r *kit.Request) error {
	found, err := p.choiceLink(r)
	if err != nil && !errors.Is(err, errOld) {
		return err
	}
	if err := p.subscriptions.SendLink(r.Context(), r.Tenant.ID, found.ID); err != nil {
		return err
	}
	return r.SeeOther(askedPath, "")
}

func (p pages) held(r *kit.Request) error {
	return p.asOwner(r, func(found *notifications.Subscription) error {
		if err := p.subscriptions.SendHeld(r.Context(), r.Tenant.ID, found.ID); err != nil {
			return err
		}
		return p.toChoices(r, found, "notice.subscription_held")
	})
}

func (p pages) erase(r *kit.Request) error {
	return p.asOwner(r, func(found *notifications.Subscription) error {
		if err := p.subscriptions.Erase(r.Context(), r.Tenant.ID, found.ID); err != nil {
			return err
		}
		return show(r, http.StatusOK, "erased", plainPage(r, "erased", "/"))
	})
}

func (p pages) askEnd(r *kit.Request) error {
	found, purpose, err := p.endLink(r)
	if err != nil {
		return err
	}
	if found == nil || !found.Wants(purpose) {
		return ended(r, purpose)
	}
	return show(r, http.StatusOK, "end", endPage(r, found, purpose))
}

func (p pages) end(r *kit.Request) error {
	found, purpose, err := p.endLink(r)
	if err != nil {
		return err
	}
	if found == nil {
		return ended(r, purpose)
	}
	proof := notifications.Proof{Way: notifications.ByPage, IP: r.IP()}
	if r.Form().Value("List-Unsubscribe") == "One-Click" {
		// Its address on the network is a mail provider's.
		proof = notifications.Proof{Way: notifications.ByOneClick}
	}
	if err := p.subscriptions.End(r.Context(), r.Tenant.ID, found.ID, purpose, proof); err != nil {
		return err
	}
	return ended(r, purpose)
}

func ended(r *kit.Request, purpose notifications.Purpose) error {
	return show(r, http.StatusOK, "ended", plainPage(r, "ended."+string(purpose), Path))
}

func (p pages) endLink(r *kit.Request) (*notifications.Subscription, notifications.Purpose, error) {
	found, purpose, err := p.subscriptions.UnsubscribeLink(r.Context(), r.Tenant, r.Gin.Request.Host, r.Query("a"), r.Query("p"), r.Query("s"))
	return found, purpose, speak(r, found, err)
}

// speak answers in the subscriber's language, unless the address says which.
func speak(r *kit.Request, found *notifications.Subscription, err error) error {
	if err == nil && found != nil && words.LanguageOf(r.Gin.Request.Context()) == "" && slices.Contains(r.Tenant.Reads(), found.Language) {
		r.Words = words.For(found.Language, r.Tenant.Settings.Address, r.Tenant.Location())
	}
	return err
}

func show(r *kit.Request, status int, key string, body templ.Component) error {
	return r.Page(kit.Page{Status: status, Title: r.Words.T("subscription." + key + ".title"), Body: body, NoIndex: true, Slim: true})
}

// link keeps what the signature needs.
func link(r *kit.Request, path string) templ.SafeURL {
	return templ.SafeURL(path + "?" + r.Gin.Request.URL.RawQuery)
}

func languages(r *kit.Request) []kit.Option {
	var all []kit.Option
	for _, language := range r.Tenant.Reads() {
		all = append(all, kit.Option{Value: language, Label: words.Names[language]})
	}
	return all
}
