package operator

import (
	"net/http"
	"strconv"

	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/kit"
)

// mountMail registers the pages about how letters leave.
func (c *Console) mountMail(routes *kit.Routes) {
	const one = "/operator/communautes/:slug/courrier"
	routes.Get(mailPath, kit.SignedIn, c.ownMail)
	routes.Post(mailPath+"/verifier", kit.SignedIn, c.checkOwnMail)
	routes.Get(one, kit.SignedIn, c.mail)
	routes.Post(one, kit.SignedIn, c.saveMail)
	routes.Post(one+"/verifier", kit.SignedIn, c.checkMail)
	routes.Post(one+"/pause", kit.SignedIn, c.pauseMail(true))
	routes.Post(one+"/reprendre", kit.SignedIn, c.pauseMail(false))
	routes.Post(one+"/adresse", kit.SignedIn, c.lookUp)
	routes.Post(one+"/adresse/liberer", kit.SignedIn, c.clear)
}

const mailPath = "/operator/courrier"

func mailPathOf(slug string) string { return "/operator/communautes/" + slug + "/courrier" }

func (c *Console) ownMail(r *kit.Request) error {
	sender, err := c.Senders.Find(r.Context(), 0)
	if err != nil {
		return err
	}
	return c.page(r, kit.Page{Title: r.Words.T("operator.mail.own.title"), Section: "mail", Scripts: []string{"share.js"},
		Body: ownMailPage(r, sender, c.Senders.Operator)})
}

func (c *Console) checkOwnMail(r *kit.Request) error {
	if _, err := c.Senders.Check(r.Context(), 0); err != nil {
		return err
	}
	return r.SeeOther(mailPath, "notice.mail_checked")
}

// post is what the page about a community's letters shows.
type post struct {
	line
	Sender *notifications.Sender
	Server string
	Flow   *notifications.Flow
	// Issue is the letter of the week that left last; nil where none has.
	Issue *notifications.Progress
	// Form is how it writes, Why the reason to pause, Address the one looked up.
	Form, Why, Address *kit.Form
	Against            []notifications.Suppression
	Looked             bool
}

func (c *Console) mail(r *kit.Request) error { return c.showMail(r, func(*post) {}, 0) }

func (c *Console) showMail(r *kit.Request, change func(*post), status int) error {
	one, err := c.find(r)
	if err != nil {
		return err
	}
	p := post{line: one, Why: kit.NewForm(), Address: kit.NewForm()}
	if p.Sender, err = c.Senders.Find(r.Context(), one.Tenant.ID); err != nil {
		return err
	}
	if p.Server, err = c.Senders.ShownServer(p.Sender); err != nil {
		return err
	}
	if p.Flow, err = c.Letters.Flow(r.Context(), one.Tenant.ID); err != nil {
		return err
	}
	if p.Issue, err = c.Digest.Progress(r.Context(), one.Tenant.ID); err != nil {
		return err
	}
	p.Form = kit.NewForm("name", p.Sender.Name, "from", p.Sender.FromAddress, "bulk", p.Sender.BulkAddress, "reply_to", p.Sender.ReplyTo,
		"server", p.Server, "quota", strconv.Itoa(p.Sender.Quota))
	change(&p)
	return c.page(r, kit.Page{Status: status, Title: r.Words.T("operator.mail.title", "Community", one.Tenant.Name), Section: "communities",
		Scripts: []string{"share.js"}, Body: mailPage(r, p)})
}

func (c *Console) saveMail(r *kit.Request) error {
	one, err := c.find(r)
	if err != nil {
		return err
	}
	form := r.Form()
	choice := notifications.Choice{Name: form.Value("name"), From: form.Value("from"), Bulk: form.Value("bulk"), ReplyTo: form.Value("reply_to"),
		Server: form.Value("server")}
	// What is no number is refused as one that is too small.
	if choice.Quota, err = strconv.Atoi(form.Value("quota")); err != nil {
		choice.Quota = -1
	}
	err = c.Senders.Save(r.Context(), one.Tenant.ID, r.Actor.Member, choice)
	if form, invalid := r.Invalid(err); invalid {
		return c.showMail(r, func(p *post) { p.Form = form }, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return r.SeeOther(mailPathOf(one.Tenant.Slug), "notice.sender_saved")
}

func (c *Console) checkMail(r *kit.Request) error {
	one, err := c.find(r)
	if err != nil {
		return err
	}
	if _, err := c.Senders.Check(r.Context(), one.Tenant.ID); err != nil {
		return err
	}
	return r.SeeOther(mailPathOf(one.Tenant.Slug), "notice.mail_checked")
}

func (c *Console) pauseMail(paused bool) kit.Handler {
	return func(r *kit.Request) error {
		one, err := c.find(r)
		if err != nil {
			return err
		}
		err = c.Letters.Pause(r.Context(), one.Tenant.ID, r.Actor.Member, paused, r.Form().Value("reason"))
		if form, invalid := r.Invalid(err); invalid {
			return c.showMail(r, func(p *post) { p.Why = form }, http.StatusUnprocessableEntity)
		}
		if err != nil {
			return err
		}
		notice := "notice.mail_resumed"
		if paused {
			notice = "notice.mail_paused"
		}
		return r.SeeOther(mailPathOf(one.Tenant.Slug), notice)
	}
}

// lookUp tells what keeps letters from an address. It answers the form itself:
// an address stands in no link and no log.
func (c *Console) lookUp(r *kit.Request) error {
	one, err := c.find(r)
	if err != nil {
		return err
	}
	form := r.Form()
	against, err := c.Senders.Against(r.Context(), one.Tenant.ID, form.Value("address"))
	if err != nil {
		return err
	}
	return c.showMail(r, func(p *post) { p.Address, p.Against, p.Looked = form, against, true }, 0)
}

func (c *Console) clear(r *kit.Request) error {
	one, err := c.find(r)
	if err != nil {
		return err
	}
	err = c.Senders.Clear(r.Context(), one.Tenant.ID, r.Form().Value("address"))
	if form, invalid := r.Invalid(err); invalid {
		return c.showMail(r, func(p *post) { p.Address = form }, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return r.SeeOther(mailPathOf(one.Tenant.Slug), "notice.address_cleared")
}

// clearable tells whether somebody can take the address off a list.
func (p post) clearable() bool {
	for _, one := range p.Against {
		if one.Reason == notifications.Bounce {
			return true
		}
	}
	return false
}
