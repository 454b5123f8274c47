// Package payment is the stand-in payment page of demonstrations. It says that
// nobody pays, and plays what a bank may answer.
package payment

import (
	"net/http"

	"github.com/kumun/kumun/billing/standin"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/web/kit"
)

type pages struct{ standin *standin.Payments }

// Mount adds the page to the route table, in demonstrations only.
func Mount(routes *kit.Routes, payments *standin.Payments) {
	p := pages{payments}
	routes.Get(standin.Path, kit.Anyone, p.show)
	routes.Post(standin.Path, kit.Anyone, p.play)
}

func (p pages) show(r *kit.Request) error {
	if name := r.Query("abonnement"); name != "" {
		contract, err := p.standin.Contract(r.Context(), r.Tenant.ID, name)
		if err != nil {
			return err
		}
		return r.Page(kit.Page{Title: r.Words.T("billing.standin"), NoIndex: true, Slim: true, Body: contractPage(r, contract)})
	}
	page, err := p.standin.Page(r.Context(), r.Tenant.ID, r.Query("session"))
	if err != nil {
		return err
	}
	return r.Page(kit.Page{Title: r.Words.T("billing.standin"), NoIndex: true, Slim: true, Body: paymentPage(r, page)})
}

// play does what the button says; the stand-in tells it by signed events, as
// Stripe would.
func (p pages) play(r *kit.Request) error {
	issue := r.Form().Value("issue")
	if issue != "payer" && issue != "refuser" {
		return fault.NotFound
	}
	if name := r.Query("abonnement"); name != "" {
		return p.renew(r, name, issue == "payer")
	}
	page, err := p.standin.Page(r.Context(), r.Tenant.ID, r.Query("session"))
	if err != nil {
		return err
	}
	if err := p.standin.Pay(r.Context(), r.Tenant.ID, page.ID, issue == "payer"); err != nil {
		return err
	}
	r.Gin.Redirect(http.StatusSeeOther, page.Order.SuccessURL)
	return nil
}

func (p pages) renew(r *kit.Request, name string, succeeds bool) error {
	contract, err := p.standin.Contract(r.Context(), r.Tenant.ID, name)
	if err != nil {
		return err
	}
	if err := p.standin.Renew(r.Context(), r.Tenant.ID, name, succeeds); err != nil {
		return err
	}
	r.Gin.Redirect(http.StatusSeeOther, contract.Back)
	return nil
}
