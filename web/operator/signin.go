package operator

import (
	"context"
	"errors"
	"net/http"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/web/kit"
)

func cookieName(secure bool) string {
	if secure {
		return "__Host-kumun-staff"
	}
	return "kumun-staff"
}

// Identify tells which of the operator's people sent a request.
func (c *Console) Identify(secure bool) func(context.Context, *tenants.Tenant, *http.Request) (actor.Actor, error) {
	return func(ctx context.Context, _ *tenants.Tenant, request *http.Request) (actor.Actor, error) {
		visitor := actor.Actor{Roles: []actor.Role{actor.Visitor}}
		cookie, err := request.Cookie(cookieName(secure))
		if err != nil {
			return visitor, nil
		}
		person, err := c.Operators.Who(ctx, cookie.Value)
		if errors.Is(err, fault.NotFound) {
			return visitor, nil
		}
		if err != nil {
			return visitor, err
		}
		return actor.Actor{Member: person.ID, Name: person.Email, Roles: []actor.Role{Role}}, nil
	}
}

func (c *Console) signIn(r *kit.Request) error {
	return c.page(r, kit.Page{Title: r.Words.T("operator.signin.title"), Body: signInPage(r, kit.NewForm())})
}

func (c *Console) requestLink(r *kit.Request) error {
	err := c.Operators.Request(r.Context(), r.Form().Value("email"))
	if form, invalid := r.Invalid(err); invalid {
		return c.page(r, kit.Page{Status: http.StatusUnprocessableEntity, Title: r.Words.T("operator.signin.title"), Body: signInPage(r, form)})
	}
	if err != nil {
		return err
	}
	return c.page(r, kit.Page{Title: r.Words.T("operator.signin.sent.title"), Body: sentPage(r)})
}

// confirmLink changes nothing: a mail scanner may open it.
func (c *Console) confirmLink(r *kit.Request) error {
	return c.page(r, kit.Page{Title: r.Words.T("operator.signin.confirm.title"), Body: confirmPage(r)})
}

func (c *Console) useLink(r *kit.Request) error {
	session, err := c.Operators.SignIn(r.Context(), r.Param("token"))
	if errors.Is(err, fault.NotFound) {
		return c.page(r, kit.Page{Status: http.StatusGone, Title: r.Words.T("operator.signin.gone.title"), Body: gonePage(r)})
	}
	if err != nil {
		return err
	}
	http.SetCookie(r.Gin.Writer, &http.Cookie{Name: cookieName(r.Secure()), Value: session, Path: "/", HttpOnly: true,
		Secure: r.Secure(), SameSite: http.SameSiteLaxMode, MaxAge: 12 * 60 * 60})
	return r.SeeOther("/operator", "")
}

func (c *Console) signOut(r *kit.Request) error {
	if err := c.Operators.SignOut(r.Context(), r.Actor.Member); err != nil {
		return err
	}
	http.SetCookie(r.Gin.Writer, &http.Cookie{Name: cookieName(r.Secure()), Path: "/", HttpOnly: true, Secure: r.Secure(), MaxAge: -1})
	return r.SeeOther("/operator/connexion", "notice.signed_out")
}
