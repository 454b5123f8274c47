package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/mail"
	"github.com/kumun/kumun/internal/redis"
	"github.com/kumun/kumun/migrations"
)

// doctorPatience is how long each thing may take to answer.
const doctorPatience = 20 * time.Second

type doctorCommand struct {
	settings
	Mail string `placeholder:"ADDRESS" help:"Send a test letter, and tell what the mail server answers."`
	JSON bool   `name:"json" help:"One JSON document."`
}

// The states of a check. What is missing is a choice; what is broken is not.
const (
	isWell    = "ok"
	isMissing = "missing"
	isBroken  = "broken"
)

type check struct {
	Name  string `json:"name"`
	State string `json:"state"`
	Says  string `json:"says"`
}

type diagnosis struct{ checks []check }

func (d *diagnosis) note(name, state, format string, values ...any) {
	d.checks = append(d.checks, check{name, state, fmt.Sprintf(format, values...)})
}

// found notes that something answers, or what is wrong with it.
func (d *diagnosis) found(name string, err error, format string, values ...any) bool {
	if err != nil {
		d.note(name, isBroken, "%s", err)
		return false
	}
	d.note(name, isWell, format, values...)
	return true
}

func (d *diagnosis) broken() (names []string) {
	for _, one := range d.checks {
		if one.State == isBroken {
			names = append(names, one.Name)
		}
	}
	return names
}

// Run tells what is set, what answers and what is missing. It mends nothing.
func (c doctorCommand) Run(ctx context.Context) error {
	d := &diagnosis{}
	c.examine(ctx, d)
	if err := d.print(c.JSON); err != nil {
		return err
	}
	if broken := d.broken(); len(broken) > 0 {
		return errors.New("to be mended: " + strings.Join(broken, ", "))
	}
	return nil
}

func (d *diagnosis) print(asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(os.Stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(map[string]any{"checks": d.checks, "well": len(d.broken()) == 0})
	}
	for _, one := range d.checks {
		fmt.Printf("%-8s %-12s %s\n", one.State, one.Name, one.Says)
	}
	return nil
}

func (c doctorCommand) examine(ctx context.Context, d *diagnosis) {
	ctx, cancel := context.WithTimeout(ctx, 5*doctorPatience)
	defer cancel()
	if scheme, host, err := c.base(); err != nil {
		d.note("address", isBroken, "%s", err)
	} else if scheme != "https" {
		d.note("address", isMissing, "%s is not https: cookies are not secure (KUMUN_BASE_URL)", host)
	} else {
		d.note("address", isWell, "https://%s", host)
	}
	_, secretErr := c.vault()
	where := "KUMUN_SECRET"
	if c.Secret == "" {
		where = filepath.Join(c.Data, "secret")
	}
	d.found("secret", secretErr, "%s; without it, sealed keys and the list of bounces are lost: back it up", where)
	d.files(c.Data)
	db := c.database(ctx, d)
	if db != nil {
		defer func() { _ = db.Close() }()
	}
	c.redis(ctx, d)
	c.stripe(d)
	if db != nil && secretErr == nil {
		c.post(ctx, d, db)
	}
}

func (d *diagnosis) files(data string) {
	folder := filepath.Join(data, "pictures")
	err := os.MkdirAll(folder, 0o700)
	if err == nil {
		var draft *os.File
		if draft, err = os.CreateTemp(folder, ".doctor-*"); err == nil {
			err = errors.Join(draft.Close(), os.Remove(draft.Name()))
		}
	}
	d.found("files", err, "%s can be written to", folder)
}

func (c doctorCommand) database(ctx context.Context, d *diagnosis) *database.DB {
	db, err := openBare(ctx, c.storeSettings)
	if err != nil {
		d.note("database", isBroken, "%s", err)
		return nil
	}
	pending, err := migrations.Pending(ctx, db)
	if err != nil {
		err = fmt.Errorf("%w; if the store is new, run: kumun migrate", err)
	} else if len(pending) > 0 {
		err = fmt.Errorf("the store lacks %d steps; run: kumun migrate", len(pending))
	}
	if !d.found("database", err, "%s answers, and its schema is up to date", db.Engine) {
		_ = db.Close()
		return nil
	}
	return db
}

func (c doctorCommand) redis(ctx context.Context, d *diagnosis) {
	if c.RedisURL == "" {
		d.note("redis", isMissing, "one inside the process serves: one process only (REDIS_URL)")
		return
	}
	options, closeRedis, err := redis.Open(ctx, c.RedisURL)
	if err != nil {
		d.note("redis", isBroken, "%s", err)
		return
	}
	defer closeRedis()
	if policy := redis.Eviction(ctx, options); policy != "" && policy != "noeviction" {
		d.note("redis", isBroken, "it may drop work for want of memory: set maxmemory-policy to noeviction, not %s", policy)
		return
	}
	d.note("redis", isWell, "answers")
}

func (c doctorCommand) stripe(d *diagnosis) {
	switch {
	case c.StripeSecretKey == "":
		d.note("stripe", isMissing, "partners cannot pay (STRIPE_SECRET_KEY)")
	case c.StripeWebhookSecret == "":
		d.note("stripe", isBroken, "its events are refused without STRIPE_WEBHOOK_SECRET")
	default:
		d.note("stripe", isWell, "key and webhook secret are set")
	}
}

// post looks at how letters leave and come back.
func (c doctorCommand) post(ctx context.Context, d *diagnosis, db *database.DB) {
	r, err := furnish(ctx, c.storeSettings, db, nil)
	if err == nil {
		err = r.writeAs(c.settings)
	}
	if err != nil {
		d.note("mail", isBroken, "%s", err)
		return
	}
	c.domain(ctx, d, r)
	if _, err := pace(c.MailRate, nil); err != nil {
		d.note("mail rate", isBroken, "%s", err)
	}
	if c.BounceDomain == "" {
		d.note("bounces", isMissing, "they go to the sender's address, and nobody is suppressed (KUMUN_BOUNCE_DOMAIN)")
	} else {
		d.note("bounces", isWell, "they go to %s; taken at %s", c.BounceDomain, r.letters.Senders.Operator.Exchange)
	}
	if c.SMTPURL == "" {
		d.note("mail", isMissing, "no letter leaves (SMTP_URL)")
		if c.Mail != "" {
			d.note("test letter", isBroken, "there is no server to send it by")
		}
		return
	}
	sender, err := mail.Dial(c.SMTPURL)
	if err == nil {
		defer sender.Close()
		if err = sender.Greet(ctx); err != nil {
			err = fmt.Errorf("SMTP_URL: %w", err)
		}
	}
	if !d.found("mail", err, "%s answers", r.letters.Senders.Operator.Server) || c.Mail == "" {
		return
	}
	r.letters.Mail = sender
	answer, err := r.letters.Trial(ctx, c.Mail)
	d.found("test letter", err, "to %s: the server answered “%s”", c.Mail, answer)
}

// domain looks at the operator's records, and at whether what is sealed opens.
func (c doctorCommand) domain(ctx context.Context, d *diagnosis, r *rooms) {
	all, err := r.tenants.List(ctx)
	for n := range all {
		if err != nil {
			break
		}
		if err = r.letters.Senders.Opens(ctx, all[n].ID); err != nil {
			err = fmt.Errorf("what %s keeps sealed: %w", all[n].Slug, err)
		}
	}
	if err == nil {
		err = r.letters.Senders.Opens(ctx, 0)
	}
	if err != nil {
		d.note("keys", isBroken, "%s", err)
		return
	}
	own, err := r.letters.Senders.Find(ctx, 0)
	if err != nil {
		d.note("domain", isBroken, "%s", err)
		return
	}
	if len(own.Keys) == 0 {
		d.note("domain", isMissing, "letters of %s are not signed: open /operator/courrier, and publish what it says", own.Domain)
		return
	}
	findings, err := r.letters.Senders.Look(ctx, own)
	if err != nil {
		d.note("domain", isBroken, "%s", err)
		return
	}
	var wrong []string
	for _, finding := range findings {
		if finding.Verdict != mail.Fine && finding.Verdict != mail.Outdated {
			wrong = append(wrong, fmt.Sprintf("%s of %s is %s", finding.About, finding.Name, finding.Verdict))
		}
	}
	if len(wrong) > 0 {
		d.note("domain", isMissing, "%s; see /operator/courrier", strings.Join(wrong, ", "))
		return
	}
	d.note("domain", isWell, "SPF, DKIM and DMARC of %s are right", own.Domain)
}
