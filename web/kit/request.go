package kit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/tenants"
)

// House is what the faces have in common, set once at wiring.
type House struct {
	Clock  clock.Clock
	Policy actor.Policy
	// Identify tells who sent the request: a visitor when nobody signed in.
	Identify func(ctx context.Context, tenant *tenants.Tenant, request *http.Request) (actor.Actor, error)
	// Scheme is http or https, as visitors see it.
	Scheme string
	// TrustedProxies may say who the client is.
	TrustedProxies []string
	// Cache keeps pages that every visitor sees alike.
	Cache *Cache
	// Preview is the picture of pages that have none of their own.
	Preview func(*tenants.Tenant) Preview
	// Audience counts what people look at.
	Audience Audience
	// News knows what members have not seen; nil where nothing is told.
	News News
	// SignInPath is where visitors are sent who must sign in.
	SignInPath string
}

// Request is one request as handlers see it.
type Request struct {
	Gin    *gin.Context
	Tenant *tenants.Tenant
	Actor  actor.Actor
	Words  *words.Words
	Now    time.Time

	house *House
	ctx   context.Context
	// prefix is the language in the address, "/en", or "".
	prefix string
}

var errMethod = errors.New("method not allowed")

type tenantKey struct{}

// WithTenant notes whose host the request came to.
func WithTenant(request *http.Request, tenant *tenants.Tenant) *http.Request {
	return request.WithContext(context.WithValue(request.Context(), tenantKey{}, tenant))
}

// TenantOf is the tenant that WithTenant noted.
func TenantOf(request *http.Request) *tenants.Tenant {
	tenant, _ := request.Context().Value(tenantKey{}).(*tenants.Tenant)
	return tenant
}

// maxBody bounds what a form may send: a picture and its text.
const maxBody = 16 << 20

func (r *Routes) adapt(need Need, handler Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxBody)
		tenant := TenantOf(c.Request)
		request := &Request{Gin: c, Tenant: tenant, Now: r.house.Clock.Now(), house: r.house}
		ctx := c.Request.Context()
		if c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead {
			shared, done := database.Share(ctx)
			defer done()
			ctx = shared
		}
		request.speak(ctx, "")
		who, err := r.house.Identify(ctx, tenant, c.Request)
		if err == nil {
			request.Actor = who
			request.speak(ctx, who.Language)
			err = need.met(r.house.Policy, who)
		}
		if err == nil {
			err = request.answer(handler)
		}
		if err != nil {
			request.fail(err)
		}
	}
}

// answer spares a member's request the making of what other members have just
// seen alike. Who comes from a form sees the store as it is.
func (r *Request) answer(handler Handler) error {
	if r.Actor.IsMember() && r.Gin.Request.Method == http.MethodGet && r.Query("dit") == "" {
		if page, known := r.house.Cache.body(r); known {
			return r.Page(page)
		}
	}
	return handler(r)
}

// Context is cancelled when the client leaves; reads under it share one
// transaction.
func (r *Request) Context() context.Context { return r.ctx }

// Param is a part of the path.
func (r *Request) Param(name string) string { return r.Gin.Param(name) }

// Query is a value of the address.
func (r *Request) Query(name string) string { return strings.TrimSpace(r.Gin.Query(name)) }

// ID reads an identifier from the path; a readable tail after a dash is for
// people and is not looked at.
func (r *Request) ID(name string) (id.ID, error) {
	head, _, _ := strings.Cut(r.Param(name), "-")
	parsed, err := id.Parse(head)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", fault.NotFound, err)
	}
	return parsed, nil
}

// IP is the client's address as far as it can be trusted.
func (r *Request) IP() string { return r.Gin.ClientIP() }

// Link makes a local path absolute.
func (r *Request) Link(path string) string {
	return r.house.Scheme + "://" + r.Gin.Request.Host + path
}

// Secure tells whether visitors come by https.
func (r *Request) Secure() bool { return r.house.Scheme == "https" }

// Allows asks the policy about this actor, for what a page shows or hides.
func (r *Request) Allows(kind, action string) bool {
	return r.house.Policy.Allows(r.Actor, kind, action)
}

// SeeOther sends the browser to a page after a form; notice is a key of the
// catalogues under "notice." that the page shows, or "".
func (r *Request) SeeOther(path, notice string) error {
	path = r.Local(path)
	if notice != "" {
		separator := "?"
		if strings.Contains(path, "?") {
			separator = "&"
		}
		path, fragment, found := strings.Cut(path, "#")
		path += separator + "dit=" + url.QueryEscape(strings.TrimPrefix(notice, "notice."))
		if found {
			path += "#" + fragment
		}
		r.Gin.Redirect(http.StatusSeeOther, path)
		return nil
	}
	r.Gin.Redirect(http.StatusSeeOther, path)
	return nil
}

// LocalPath keeps a path that stays on this site, else gives the fallback: a
// form must not send people elsewhere.
func LocalPath(path, fallback string) string {
	parsed, err := url.Parse(path)
	if err != nil || parsed.Host != "" || parsed.Scheme != "" || !strings.HasPrefix(path, "/") ||
		strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n") {
		return fallback
	}
	return path
}

// fail handles an error, once: it is told to the person and, when it is ours,
// to the log.
func (r *Request) fail(err error) {
	if r.Gin.Writer.Written() {
		slog.ErrorContext(r.ctx, "answer broken off", "error", err)
		return
	}
	var invalid *fault.Invalid
	var tooLarge *http.MaxBytesError
	status, key := http.StatusInternalServerError, "broken"
	switch {
	case errors.Is(err, fault.SignIn):
		r.signInFirst()
		return
	case errors.Is(err, fault.NotFound):
		status, key = http.StatusNotFound, "lost"
	case errors.Is(err, errMethod):
		status, key = http.StatusMethodNotAllowed, "lost"
	case errors.Is(err, fault.Forbidden):
		status, key = http.StatusForbidden, "forbidden"
	case errors.Is(err, fault.Conflict):
		status, key = http.StatusConflict, "conflict"
	case errors.Is(err, fault.TooMany):
		status, key = http.StatusTooManyRequests, "too_many"
	case errors.Is(err, fault.Unavailable):
		status, key = http.StatusServiceUnavailable, "unavailable"
	case errors.As(err, &tooLarge):
		status, key = http.StatusRequestEntityTooLarge, "too_large"
	case errors.As(err, &invalid):
		status, key = http.StatusUnprocessableEntity, "invalid"
	case errors.Is(err, context.Canceled):
		return
	}
	incident := ""
	if status == http.StatusInternalServerError || status == http.StatusServiceUnavailable {
		incident = id.New(r.Now).String()
		slog.ErrorContext(r.ctx, "request failed", "incident", incident, "tenant", r.Tenant.Slug,
			"method", r.Gin.Request.Method, "route", r.Gin.FullPath(), "error", err)
	}
	page := Page{Status: status, Title: r.Words.T("kit." + key + ".title"), NoIndex: true,
		Body: errorPage(r, key, incident, status)}
	if err := r.Page(page); err != nil {
		slog.ErrorContext(r.ctx, "error page failed", "error", err)
		r.Gin.Status(http.StatusInternalServerError)
	}
}

// signInFirst sends a visitor to sign in and back to the page that was asked
// for. What a form held cannot come back, so a POST returns to where it stood.
func (r *Request) signInFirst() {
	back := r.Gin.Request.URL.RequestURI()
	if r.Gin.Request.Method == http.MethodPost {
		back = "/"
		if referrer, err := url.Parse(r.Gin.Request.Referer()); err == nil && referrer.Host == r.Gin.Request.Host {
			back = referrer.RequestURI()
		}
	}
	r.Gin.Redirect(http.StatusSeeOther, r.Local(r.house.SignInPath)+"?suite="+url.QueryEscape(back))
}
