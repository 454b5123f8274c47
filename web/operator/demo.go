package operator

import (
	"context"
	"fmt"
	"strings"

	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/web/kit"
)

// Demo lets visitors of the demonstration become one of its people.
type Demo struct {
	// People are who one can be, community by community.
	People []Persona
	// Mailbox tells that letters are shown at /dev/mail.
	Mailbox bool
	// Enter makes a one-time path, on the community's host, that signs in.
	Enter func(ctx context.Context, persona Persona) (path string, err error)
	// StaffPath makes a one-time path that signs the operator in.
	StaffPath func(ctx context.Context) (path string, err error)
}

// Persona is somebody one can be.
type Persona struct {
	Tenant *tenants.Tenant
	Email  string
	Name   string
	// Role is the last part of a key: operator.demo.role.moderator.
	Role string
}

func (p Persona) key() string { return p.Tenant.Slug + "/" + p.Email }

func (c *Console) showDemo(r *kit.Request) error {
	lines, err := c.lines(r.Context())
	if err != nil {
		return err
	}
	letFormsLeadTo(r, lines)
	return c.page(r, kit.Page{Title: r.Words.T("operator.demo.title"), Body: demoPage(r, lines, c.Demo)})
}

// letFormsLeadTo widens the policy of this one page: becoming somebody leads to
// their community's own address.
func letFormsLeadTo(r *kit.Request, lines []line) {
	const own = "form-action 'self'"
	addresses := own
	for _, one := range lines {
		addresses += " " + one.Address
	}
	header := r.Gin.Writer.Header()
	header.Set("Content-Security-Policy", strings.Replace(header.Get("Content-Security-Policy"), own, addresses, 1))
}

func (c *Console) enter(r *kit.Request) error {
	wanted := r.Form().Value("persona")
	if wanted == "operator" {
		path, err := c.Demo.StaffPath(r.Context())
		if err != nil {
			return err
		}
		return r.SeeOther(path, "")
	}
	for _, persona := range c.Demo.People {
		if persona.key() != wanted {
			continue
		}
		path, err := c.Demo.Enter(r.Context(), persona)
		if err != nil {
			return err
		}
		return r.SeeOther(c.Address(persona.Tenant)+path, "")
	}
	return fmt.Errorf("persona: %w", fault.NotFound)
}
