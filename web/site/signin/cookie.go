package signin

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/web/kit"
)

const (
	session = "kumun"
	pending = "kumun-code"
)

// SessionCookie names the cookie of a session. The prefix binds it to this
// very host, and browsers take it by https alone.
func SessionCookie(secure bool) string { return cookieName(session, secure) }

func cookieName(name string, secure bool) string {
	if secure {
		return "__Host-" + name
	}
	return name
}

// Identify tells who a browser is.
func Identify(members *membership.Service, secure bool) func(context.Context, *tenants.Tenant, *http.Request) (actor.Actor, error) {
	name := SessionCookie(secure)
	return func(ctx context.Context, tenant *tenants.Tenant, request *http.Request) (actor.Actor, error) {
		token := ""
		if cookie, err := request.Cookie(name); err == nil {
			token = cookie.Value
		}
		return members.Actor(ctx, tenant.ID, token)
	}
}

// ForgetSession takes the cookie of a session that has ended from the browser.
func ForgetSession(r *kit.Request) { setCookie(r, session, "", -1) }

func setCookie(r *kit.Request, name, value string, lasts time.Duration) {
	cookie := &http.Cookie{Name: cookieName(name, r.Secure()), Value: value, Path: "/", MaxAge: int(lasts.Seconds()),
		HttpOnly: true, Secure: r.Secure(), SameSite: http.SameSiteLaxMode}
	if lasts < 0 {
		cookie.MaxAge = -1
	}
	http.SetCookie(r.Gin.Writer, cookie)
}

func cookieValue(r *kit.Request, name string) string {
	cookie, err := r.Gin.Request.Cookie(cookieName(name, r.Secure()))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// device names the browser and the system, so that people recognise their own:
// no more of what a browser says of itself is kept.
func device(userAgent string) string {
	return strings.Trim(firstNamed(userAgent, "Edg/ Edge", "Firefox/ Firefox", "Chrome/ Chrome", "Safari/ Safari")+
		" · "+firstNamed(userAgent, "Android Android", "iPhone iPhone", "iPad iPad", "Windows Windows", "Mac macOS", "Linux Linux"), " ·")
}

func firstNamed(userAgent string, signs ...string) string {
	for _, sign := range signs {
		mark, name, _ := strings.Cut(sign, " ")
		if strings.Contains(userAgent, mark) {
			return name
		}
	}
	return ""
}
