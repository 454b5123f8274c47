// Package webhooks is where other services tell us things.
package webhooks

import (
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/internal/fault"
)

// StripePath is the endpoint to register with Stripe. It answers at every
// host: events name their community themselves.
const StripePath = "/webhooks/stripe"

// maxEvent is far above any event of Stripe's.
const maxEvent = 1 << 20

// Stripe takes Stripe's events. Anything but 200 makes Stripe send them again.
func Stripe(service *billing.Service) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if request.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			http.Error(w, "POST only", http.StatusMethodNotAllowed)
			return
		}
		payload, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxEvent))
		if err != nil {
			http.Error(w, "body is cut off or too large", http.StatusBadRequest)
			return
		}
		err = service.Notified(request.Context(), payload, request.Header.Get("Stripe-Signature"))
		switch {
		case err == nil:
			w.WriteHeader(http.StatusOK)
		case errors.Is(err, billing.ErrUnsigned):
			slog.WarnContext(request.Context(), "payment event refused", "error", err)
			http.Error(w, "signature, age or version is wrong", http.StatusBadRequest)
		case errors.Is(err, fault.Unavailable):
			slog.WarnContext(request.Context(), "payment event put off", "error", err)
			http.Error(w, "try again", http.StatusServiceUnavailable)
		default:
			slog.ErrorContext(request.Context(), "payment event failed", "error", err)
			http.Error(w, "try again", http.StatusInternalServerError)
		}
	})
}
