// Package web is the front door: it finds out whose host a request came to and
// hands it to the face that answers there.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/tenants/look"
	"github.com/kumun/kumun/web/assets"
	"github.com/kumun/kumun/web/kit"
)

// Server is the front door.
type Server struct {
	House   *kit.House
	Tenants *tenants.Service
	// Site answers at communities' hosts, Operator at the bare host.
	Site, Operator *kit.Routes
	// Webhooks answers under /webhooks/ at every host.
	Webhooks http.Handler
	// Ready tells what is missing before requests can be served.
	Ready func(context.Context) error
	// MetricsOpen serves /metrics at the bare host; a proxy keeps it private.
	MetricsOpen bool
	// SessionCookie marks a browser that may be somebody's.
	SessionCookie string
}

// operator is the look of pages that belong to no community.
var operator = &tenants.Tenant{Name: "Kumun", Settings: tenants.Settings{
	Language: "fr", Address: "tu", Zone: "Europe/Paris", Look: look.Kumun}}

var (
	requests = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "kumun_requests_total", Help: "Requests by face: cached, site, operator, other."}, []string{"face"})
	durations = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "kumun_request_seconds", Help: "Seconds to answer a request that was not in the page cache.",
		Buckets: prometheus.ExponentialBuckets(.0005, 2, 14)})
)

func init() { prometheus.MustRegister(requests, durations) }

// policy lets nothing in that is not ours: no third party, no inline script or
// style, no frame. Checkout is where the payment form's redirect may lead.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; manifest-src 'self'; form-action 'self' https://checkout.stripe.com https://billing.stripe.com; " +
	"base-uri 'none'; frame-ancestors 'none'"

var protections = map[string][]string{
	"Content-Security-Policy":    {policy},
	"X-Content-Type-Options":     {"nosniff"},
	"Referrer-Policy":            {"same-origin"},
	"Cross-Origin-Opener-Policy": {"same-origin"},
	"Permissions-Policy":         {"camera=(), microphone=(), geolocation=()"},
}

var strictTransport = []string{"max-age=31536000; includeSubDomains"}

// Handler answers every request.
func (s *Server) Handler() http.Handler {
	origins := http.NewCrossOriginProtection()
	origins.SetDenyHandler(http.HandlerFunc(s.refuseForeignForm))
	site, bare := origins.Handler(s.Site), origins.Handler(s.Operator)
	files := assets.Handler()
	cached := requests.WithLabelValues("cached")
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		header := w.Header()
		for name, value := range protections {
			header[name] = value
		}
		if s.House.Scheme == "https" {
			header["Strict-Transport-Security"] = strictTransport
		}
		defer rescue(w, request)
		path := request.URL.Path
		switch {
		case strings.HasPrefix(path, "/assets/"):
			files.ServeHTTP(w, request)
			return
		case strings.HasPrefix(path, "/webhooks/"):
			s.Webhooks.ServeHTTP(w, request)
			return
		case path == "/healthz":
			_, _ = fmt.Fprintln(w, "ok")
			return
		case path == "/readyz":
			s.ready(w, request)
			return
		}
		if s.Tenants.IsBase(request.Host) {
			s.serve(bare, "operator", operator, w, request)
			return
		}
		tenant, err := s.Tenants.ByHost(request.Context(), request.Host)
		if errors.Is(err, fault.NotFound) {
			s.notice(operator, http.StatusNotFound, "unknown", w, request)
			return
		}
		if err != nil {
			slog.ErrorContext(request.Context(), "find tenant", "error", err)
			s.notice(operator, http.StatusServiceUnavailable, "unavailable", w, request)
			return
		}
		if tenant.Suspended {
			s.closed(tenant, w, request)
			return
		}
		request, moved := kit.Spoken(request, tenant)
		if moved != "" {
			http.Redirect(w, request, moved, http.StatusMovedPermanently)
			return
		}
		_, err = request.Cookie(s.SessionCookie)
		if err != nil {
			if view, known := s.House.Cache.Serve(w, request, tenant.ID); known {
				cached.Inc()
				s.House.Count(tenant, view, request)
				return
			}
		}
		s.serve(site, "site", tenant, w, s.House.Cache.Stamped(request, tenant.ID))
	})
}

func (s *Server) serve(face http.Handler, name string, tenant *tenants.Tenant, w http.ResponseWriter, request *http.Request) {
	if kit.Theme(tenant, w, request) {
		return
	}
	if name == "operator" && s.MetricsOpen && request.URL.Path == "/metrics" {
		promhttp.Handler().ServeHTTP(w, request)
		return
	}
	requests.WithLabelValues(name).Inc()
	started := time.Now()
	face.ServeHTTP(w, kit.WithTenant(request, tenant))
	durations.Observe(time.Since(started).Seconds())
}

// closed shows a suspended community's notice, and nothing else of it.
func (s *Server) closed(tenant *tenants.Tenant, w http.ResponseWriter, request *http.Request) {
	if kit.Theme(tenant, w, request) {
		return
	}
	s.notice(tenant, http.StatusServiceUnavailable, "suspended", w, request)
}

func (s *Server) notice(tenant *tenants.Tenant, status int, key string, w http.ResponseWriter, request *http.Request) {
	if kit.Theme(tenant, w, request) {
		return
	}
	if err := kit.Bare(w, request, tenant, status, key); err != nil {
		slog.ErrorContext(request.Context(), "notice", "error", err)
	}
}

func (s *Server) refuseForeignForm(w http.ResponseWriter, request *http.Request) {
	s.notice(operator, http.StatusForbidden, "foreign", w, request)
}

func (s *Server) ready(w http.ResponseWriter, request *http.Request) {
	ctx, cancel := context.WithTimeout(request.Context(), 2*time.Second)
	defer cancel()
	if err := s.Ready(ctx); err != nil {
		slog.WarnContext(ctx, "not ready", "error", err)
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	_, _ = fmt.Fprintln(w, "ready")
}

// rescue turns a panic into a 500 and a line in the log.
func rescue(w http.ResponseWriter, request *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(cause)
	}
	slog.ErrorContext(request.Context(), "panic", "cause", cause, "path", request.URL.Path, "stack", string(debug.Stack()))
	http.Error(w, "500", http.StatusInternalServerError)
}
