package standin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/billing/stripe"
	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
)

// event writes down what Stripe would tell, to be delivered until it is
// accepted.
func (p *Payments) event(ctx context.Context, tx database.Tx, told, name string, subject billing.Subject) error {
	event := stripe.Event{ID: "evt_demo_" + id.Secret(), Type: told, Object: stripe.Object(name, subject), At: p.Clock.Now()}
	return p.create(ctx, tx, waitingEvents, event.ID, event)
}

// retryAfter is how long an event waits that was not accepted.
const retryAfter = 2 * time.Second

// Run delivers again what was not accepted, until the context ends: a process
// that died in between has lost nothing.
func (p *Payments) Run(ctx context.Context) error {
	for {
		if err := p.Deliver(ctx); err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "stand-in payment events wait", "error", err)
		}
		if clock.Wait(ctx, retryAfter) != nil {
			return nil
		}
	}
}

// deliverSoon tries before the browser returns; what is not accepted now, Run
// sends again.
func (p *Payments) deliverSoon(ctx context.Context) {
	if err := p.Deliver(ctx); err != nil {
		slog.WarnContext(ctx, "stand-in payment events wait", "error", err)
	}
}

// Deliver sends all waiting events to our own door, over HTTP, as Stripe would.
func (p *Payments) Deliver(ctx context.Context) error {
	var waiting []row
	err := p.DB.Survey(ctx, "deliver stand-in payment events", func(ctx context.Context, db bun.IDB) error {
		return db.NewSelect().Model(&waiting).Where("kind = ?", waitingEvents).Order("created_at").Limit(100).Scan(ctx)
	})
	if err != nil {
		return err
	}
	for _, each := range waiting {
		if err := p.send(ctx, each); err != nil {
			return err
		}
	}
	return nil
}

func (p *Payments) send(ctx context.Context, waiting row) error {
	var event stripe.Event
	if err := json.Unmarshal(waiting.Body, &event); err != nil {
		return fmt.Errorf("read event %s: %w", waiting.ID, err)
	}
	payload, signature, err := stripe.Sign(event, p.Secret, time.Time{})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.Endpoint, bytes.NewReader(payload))
	if err != nil {
		return fmt.Errorf("send event: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Stripe-Signature", signature)
	response, err := p.HTTP.Do(request)
	if err != nil {
		return fmt.Errorf("send event: %w", err)
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<16))
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("send event: door answers %d", response.StatusCode)
	}
	return p.DB.Write(ctx, waiting.TenantID, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Update((*row)(nil)).Set("kind = ?", sentEvents).Where("standin_object.id = ?", waiting.ID).Exec(ctx)
		return err
	})
}
