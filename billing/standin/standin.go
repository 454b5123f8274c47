// Package standin plays the payment service in demonstrations without a key.
// Nobody pays: a page with buttons decides, and the same signed events travel
// over HTTP to the same door as Stripe's. What it knows is in the store, so
// that a restart forgets nothing.
package standin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/billing/stripe"
	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

// Path is where the stand-in's page is.
const Path = "/dev/paiement"

// Payments is a payment service that takes no money.
type Payments struct {
	DB    *database.DB
	Clock clock.Clock
	// Secret signs events.
	Secret string
	// Endpoint is the server's own door for events: http://…/webhooks/stripe.
	Endpoint string
	HTTP     *http.Client
}

// row is something the stand-in remembers.
type row struct {
	bun.BaseModel `bun:"table:standin_objects,alias:standin_object"`
	database.Owned
	ID        string `bun:",pk"`
	Kind      string
	Body      json.RawMessage `bun:"type:json"`
	CreatedAt time.Time
}

// The kinds of rows.
const (
	pages         = "page"
	contracts     = "contract"
	invoices      = "invoice"
	waitingEvents = "event"
	sentEvents    = "sent_event"
)

// Page is a payment page.
type Page struct {
	billing.Session
	Order billing.Order
}

// Contract is a subscription and what it is for.
type Contract struct {
	billing.Contract
	Order billing.Order
	// Free means that payments are not collected for now.
	Free bool
	// Back is where the page of means of payment returns to.
	Back string
}

// CreateCheckout opens a page; the same key opens it once.
func (p *Payments) CreateCheckout(ctx context.Context, account billing.Account, order billing.Order) (billing.Session, error) {
	site, err := url.Parse(order.SuccessURL)
	if err != nil {
		return billing.Session{}, fmt.Errorf("open page: %w", err)
	}
	name := "cs_demo_" + order.Key
	address := url.URL{Scheme: site.Scheme, Host: site.Host, Path: Path, RawQuery: url.Values{"session": {name}}.Encode()}
	page := Page{Order: order, Session: billing.Session{ID: name, URL: address.String(), Status: billing.SessionOpen, Subject: order.Subject}}
	err = p.DB.Write(ctx, account.Tenant, func(ctx context.Context, tx database.Tx) error {
		return p.create(ctx, tx, pages, name, page)
	})
	return page.Session, err
}

// ExpireCheckout closes a page that is open.
func (p *Payments) ExpireCheckout(ctx context.Context, account billing.Account, session string) error {
	return p.DB.Write(ctx, account.Tenant, func(ctx context.Context, tx database.Tx) error {
		page := Page{}
		if err := find(ctx, tx, pages, session, &page); err != nil {
			return err
		}
		if page.Status != billing.SessionOpen {
			return nil
		}
		page.Status = billing.SessionExpired
		return save(ctx, tx, session, page)
	})
}

// Checkout reads a page.
func (p *Payments) Checkout(ctx context.Context, account billing.Account, session string) (billing.Session, error) {
	page, err := p.Page(ctx, account.Tenant, session)
	return page.Session, err
}

// Page finds a payment page.
func (p *Payments) Page(ctx context.Context, tenant id.ID, session string) (page Page, err error) {
	return page, p.read(ctx, tenant, pages, session, &page)
}

// Contract finds a subscription.
func (p *Payments) Contract(ctx context.Context, tenant id.ID, name string) (contract Contract, err error) {
	return contract, p.read(ctx, tenant, contracts, name, &contract)
}

// Subscription reads a subscription.
func (p *Payments) Subscription(ctx context.Context, account billing.Account, contract string) (billing.Contract, error) {
	found, err := p.Contract(ctx, account.Tenant, contract)
	return found.Contract, err
}

// Invoice reads an invoice.
func (p *Payments) Invoice(ctx context.Context, account billing.Account, invoice string) (found billing.Invoice, err error) {
	return found, p.read(ctx, account.Tenant, invoices, invoice, &found)
}

// Cancel ends a subscription with its period, or at once.
func (p *Payments) Cancel(ctx context.Context, account billing.Account, contract string, atOnce bool) error {
	return p.change(ctx, account.Tenant, contract, func(current *Contract) string {
		if !atOnce {
			current.Stops = true
			return "customer.subscription.updated"
		}
		current.Status, current.EndedAt = billing.Canceled, p.Clock.Now()
		return "customer.subscription.deleted"
	})
}

// Resume takes a coming end back.
func (p *Payments) Resume(ctx context.Context, account billing.Account, contract string) error {
	return p.change(ctx, account.Tenant, contract, func(current *Contract) string {
		current.Stops = false
		return "customer.subscription.updated"
	})
}

// Collect pauses the payments of a subscription or takes them up again.
func (p *Payments) Collect(ctx context.Context, account billing.Account, contract string, on bool) error {
	return p.change(ctx, account.Tenant, contract, func(current *Contract) string {
		current.Free = !on
		return "customer.subscription.updated"
	})
}

// Portal is the stand-in's page of a subscription.
func (p *Payments) Portal(ctx context.Context, account billing.Account, _, contract, back string) (string, error) {
	site, err := url.Parse(back)
	if err != nil {
		return "", fmt.Errorf("open portal: %w", err)
	}
	err = p.DB.Write(ctx, account.Tenant, func(ctx context.Context, tx database.Tx) error {
		current := Contract{}
		if err := find(ctx, tx, contracts, contract, &current); err != nil {
			return err
		}
		current.Back = back
		return save(ctx, tx, contract, current)
	})
	address := url.URL{Scheme: site.Scheme, Host: site.Host, Path: Path, RawQuery: url.Values{"abonnement": {contract}}.Encode()}
	return address.String(), err
}

// Hint reads a signed event, as the adapter to Stripe does.
func (p *Payments) Hint(payload []byte, signature string) (billing.Hint, error) {
	return stripe.Hint(payload, signature, p.Secret)
}

// Pay plays a payment that goes through, or one that the bank sends back.
func (p *Payments) Pay(ctx context.Context, tenant id.ID, session string, succeeds bool) error {
	err := p.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		page := Page{}
		if err := find(ctx, tx, pages, session, &page); err != nil {
			return err
		}
		if page.Status != billing.SessionOpen {
			return fmt.Errorf("page is %s: %w", page.Status, fault.Conflict)
		}
		now := p.Clock.Now()
		contract := Contract{Order: page.Order, Back: page.Order.SuccessURL, Contract: billing.Contract{
			ID: "sub_demo_" + page.Order.Key, Customer: "cus_demo_" + page.Order.Key,
			Status: billing.PastDue, PeriodEnd: now.AddDate(0, 1, 0), Subject: page.Order.Subject,
		}}
		page.Status, page.Contract = billing.SessionComplete, contract.ID
		if err := save(ctx, tx, session, page); err != nil {
			return err
		}
		if err := p.event(ctx, tx, "checkout.session.completed", session, page.Order.Subject); err != nil {
			return err
		}
		if err := p.create(ctx, tx, contracts, contract.ID, contract); err != nil {
			return err
		}
		return p.charge(ctx, tx, &contract, succeeds)
	})
	if err != nil {
		return fmt.Errorf("play payment: %w", err)
	}
	p.deliverSoon(ctx)
	return nil
}

// Renew plays the next month's payment.
func (p *Payments) Renew(ctx context.Context, tenant id.ID, name string, succeeds bool) error {
	err := p.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		contract := Contract{}
		if err := find(ctx, tx, contracts, name, &contract); err != nil {
			return err
		}
		if contract.Status == billing.Canceled {
			return fmt.Errorf("subscription has ended: %w", fault.Conflict)
		}
		if contract.Stops {
			contract.Status, contract.EndedAt = billing.Canceled, p.Clock.Now()
			if err := save(ctx, tx, name, contract); err != nil {
				return err
			}
			return p.event(ctx, tx, "customer.subscription.deleted", name, contract.Subject)
		}
		if contract.Status == billing.Active {
			contract.PeriodEnd = contract.PeriodEnd.AddDate(0, 1, 0)
		}
		if contract.Free {
			return save(ctx, tx, name, contract)
		}
		return p.charge(ctx, tx, &contract, succeeds)
	})
	if err != nil {
		return fmt.Errorf("play renewal: %w", err)
	}
	p.deliverSoon(ctx)
	return nil
}

// charge writes an invoice, paid or not, and what Stripe would send of it.
func (p *Payments) charge(ctx context.Context, tx database.Tx, contract *Contract, succeeds bool) error {
	now := p.Clock.Now()
	invoice := billing.Invoice{ID: "in_demo_" + id.Secret(), Contract: contract.ID, Paid: succeeds, Currency: contract.Order.Currency}
	contract.Status, contract.Paid = billing.PastDue, succeeds
	told := "invoice.payment_failed"
	if succeeds {
		contract.Status, told = billing.Active, "invoice.paid"
		invoice.AmountCents, invoice.PaidAt = contract.Order.PriceCents, now
	}
	if err := p.create(ctx, tx, invoices, invoice.ID, invoice); err != nil {
		return err
	}
	if err := save(ctx, tx, contract.ID, *contract); err != nil {
		return err
	}
	if err := p.event(ctx, tx, told, invoice.ID, contract.Subject); err != nil {
		return err
	}
	return p.event(ctx, tx, "customer.subscription.updated", contract.ID, contract.Subject)
}

// change alters a subscription that runs and tells of it.
func (p *Payments) change(ctx context.Context, tenant id.ID, name string, alter func(*Contract) string) error {
	return p.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		contract := Contract{}
		if err := find(ctx, tx, contracts, name, &contract); err != nil {
			return err
		}
		if contract.Status == billing.Canceled {
			return nil
		}
		told := alter(&contract)
		if err := save(ctx, tx, name, contract); err != nil {
			return err
		}
		return p.event(ctx, tx, told, name, contract.Subject)
	})
}

func (p *Payments) read(ctx context.Context, tenant id.ID, kind, name string, into any) error {
	return p.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return find(ctx, tx, kind, name, into)
	})
}

func find(ctx context.Context, tx database.Tx, kind, name string, into any) error {
	found := &row{}
	if err := tx.Select(found).Where("standin_object.id = ? AND standin_object.kind = ?", name, kind).Scan(ctx); err != nil {
		return err
	}
	return json.Unmarshal(found.Body, into)
}

func (p *Payments) create(ctx context.Context, tx database.Tx, kind, name string, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, err = tx.Insert(&row{ID: name, Kind: kind, Body: body, CreatedAt: p.Clock.Now()}).
		On("CONFLICT (tenant_id, id) DO NOTHING").Exec(ctx)
	return err
}

func save(ctx context.Context, tx database.Tx, name string, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	result, err := tx.Update((*row)(nil)).Set("body = ?", string(body)).Where("standin_object.id = ?", name).Exec(ctx)
	if err != nil {
		return err
	}
	if changed, _ := result.RowsAffected(); changed == 0 {
		return errors.New("stand-in lost " + name)
	}
	return nil
}
