package partner

import (
	"net/http"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/web/kit"
)

// plans shows what can be bought, with all that must be known before paying.
func (p pages) plans(r *kit.Request) error {
	return p.choose(r, kit.NewForm("plan", r.Query("plan")), http.StatusOK)
}

func (p pages) choose(r *kit.Request, form *kit.Form, status int) error {
	a, err := p.account(r)
	if err != nil {
		return err
	}
	if !a.choosable() && len(form.Problems) == 0 {
		return r.SeeOther(path(a.ID, ""), "")
	}
	offered, err := p.billing.Plans(r.Context(), r.Tenant.ID)
	if err != nil {
		return err
	}
	if form.Value("plan") == "" && len(offered) > 0 {
		form.Values.Set("plan", offered[0].Key)
	}
	return p.page(r, kit.Page{Status: status, Title: r.Words.T("billing.choose"), Section: "mine", Body: choosePage(r, a, offered, form)})
}

// order opens the payment page and sends the browser there.
func (p pages) order(r *kit.Request) error {
	listing, err := p.own(r)
	if err != nil {
		return err
	}
	member, err := p.members.ByID(r.Context(), r.Tenant.ID, r.Actor.Member)
	if err != nil {
		return err
	}
	customer := billing.Customer{Email: member.Email, Language: r.Words.Language}
	address, err := p.billing.Checkout(r.Context(), r.Actor, listing.ID, r.Form().Value("plan"), customer, r.Link(""))
	if form, invalid := r.Invalid(err); invalid {
		return p.choose(r, form, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	r.Gin.Redirect(http.StatusSeeOther, address)
	return nil
}

// back says what is known when the browser returns from the payment page. Only
// the payment service's own word publishes anything.
func (p pages) back(r *kit.Request) error {
	a, err := p.account(r)
	if err != nil {
		return err
	}
	key := "billing.back.waiting"
	switch {
	case a.Shown():
		key = "billing.back.live"
	case a.State == billing.Live:
		key = "billing.back.held"
	case a.running() && a.failed():
		key = "billing.back.failed"
	}
	return p.page(r, kit.Page{Title: r.Words.T(key), Section: "mine", Body: backPage(r, a, key)})
}

func (p pages) stop(r *kit.Request) error {
	listing, err := p.own(r)
	if err != nil {
		return err
	}
	if err := p.billing.Stop(r.Context(), r.Actor, listing.ID); err != nil {
		return err
	}
	return r.SeeOther(path(listing.ID, ""), "notice.billing_stopped")
}

func (p pages) resume(r *kit.Request) error {
	listing, err := p.own(r)
	if err != nil {
		return err
	}
	if err := p.billing.Resume(r.Context(), r.Actor, listing.ID); err != nil {
		return err
	}
	return r.SeeOther(path(listing.ID, ""), "notice.billing_resumed")
}

func (p pages) portal(r *kit.Request) error {
	listing, err := p.own(r)
	if err != nil {
		return err
	}
	address, err := p.billing.Portal(r.Context(), r.Actor, listing.ID, r.Link(path(listing.ID, "")))
	if err != nil {
		return err
	}
	r.Gin.Redirect(http.StatusSeeOther, address)
	return nil
}
