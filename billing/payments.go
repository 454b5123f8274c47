package billing

import (
	"context"
	"errors"
	"time"

	"github.com/kumun/kumun/internal/id"
)

// Payments is the payment service. Its calls may be repeated; an object it
// does not know is fault.NotFound, no answer is fault.Unavailable.
type Payments interface {
	// CreateCheckout opens a payment page; the same key opens it once.
	CreateCheckout(ctx context.Context, account Account, order Order) (Session, error)
	// ExpireCheckout closes a payment page; one that was paid or has closed
	// already stays as it is.
	ExpireCheckout(ctx context.Context, account Account, session string) error
	Checkout(ctx context.Context, account Account, session string) (Session, error)
	Subscription(ctx context.Context, account Account, contract string) (Contract, error)
	Invoice(ctx context.Context, account Account, invoice string) (Invoice, error)
	// Cancel ends the subscription with the period that is paid, or at once.
	Cancel(ctx context.Context, account Account, contract string, atOnce bool) error
	// Resume takes Cancel back before the period ends.
	Resume(ctx context.Context, account Account, contract string) error
	// Collect takes money for the subscription again, or for a while no longer:
	// what falls due meanwhile is never asked for.
	Collect(ctx context.Context, account Account, contract string, on bool) error
	// Portal opens the page on which a customer mends their means of payment.
	Portal(ctx context.Context, account Account, customer, contract, back string) (string, error)
	// Hint reads a signed event; anything but a fresh, unchanged one of ours
	// is ErrUnsigned.
	Hint(payload []byte, signature string) (Hint, error)
}

// ErrUnsigned refuses an event whose sender or age is not proven.
var ErrUnsigned = errors.New("event is not signed, not fresh or not of our version")

// Account is who sells: a community and its account with the payment service,
// empty where the platform's own sells for it.
type Account struct {
	Tenant id.ID
	Name   string
}

// Order is what a partner is about to pay, the same at each attempt under a key.
type Order struct {
	Key        string
	Subject    Subject
	Plan       string
	Name       string // as the payment page shows it
	PriceCents int64
	Currency   string
	Email      string
	Language   string
	SuccessURL string
	CancelURL  string
	ExpiresAt  time.Time
}

// Subject says what an object of the payment service is about. It travels as
// metadata.
type Subject struct {
	Tenant   id.ID
	Listing  id.ID
	Checkout id.ID
}

// Session is a payment page.
type Session struct {
	ID       string
	URL      string
	Status   string
	Contract string // once paid
	Subject  Subject
}

// The statuses of a payment page.
const (
	SessionOpen     = "open"
	SessionComplete = "complete"
	SessionExpired  = "expired"
)

// Contract is a subscription as the payment service knows it.
type Contract struct {
	ID        string
	Customer  string
	Status    Status
	Stops     bool // with the period
	PeriodEnd time.Time
	EndedAt   time.Time
	Paid      bool // the latest invoice is
	Subject   Subject
}

// Invoice is a demand for payment.
type Invoice struct {
	ID          string
	Contract    string
	Paid        bool
	AmountCents int64
	Currency    string
	PaidAt      time.Time
}

// Hint is an event: something may have changed.
type Hint struct {
	Event   string
	Type    string
	Account string
	Tenant  id.ID
	// One of these names what changed.
	Session, Contract, Invoice string
}
