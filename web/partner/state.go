package partner

import (
	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/moderation"
)

// said is the key of the sentence that says how a listing stands; its line
// below has the same key with ".text".
func (a account) said() string {
	current := a.Subscription
	switch {
	case a.Moderation == moderation.Hidden || a.Moderation == moderation.Removed:
		return "billing.state.hidden"
	case a.Moderation == moderation.Held && a.State == billing.Live:
		return "billing.state.paid_held"
	case a.Moderation == moderation.Held:
		return "billing.state.held"
	case a.State == billing.Live && current != nil && current.Stops:
		return "billing.state.stops"
	case a.State == billing.Live:
		return "billing.state.live"
	case current != nil && !current.Over() && a.failed():
		return "billing.state.failed"
	case a.State == billing.AwaitingPayment && current != nil && !current.Over():
		return "billing.state.bank"
	case a.State == billing.AwaitingPayment:
		return "billing.state.awaiting"
	case a.State == billing.Paused:
		return "billing.state.ended"
	case a.State == billing.Closed:
		return "billing.state.closed"
	}
	return "billing.state.draft"
}

// failed tells whether the payment service gave up on the last payment.
func (a account) failed() bool {
	return a.Subscription.Status == billing.PastDue || a.Subscription.Status == billing.Unpaid
}

// choosable tells whether a plan can be bought.
func (a account) choosable() bool {
	return a.Moderation == moderation.Published && a.State != billing.Closed &&
		(a.Subscription == nil || a.Subscription.Over())
}

// running tells whether there is something to stop.
func (a account) running() bool { return a.Subscription != nil && !a.Subscription.Over() }
