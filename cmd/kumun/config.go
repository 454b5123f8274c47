package main

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/kumun/kumun/internal/mail"
	"github.com/kumun/kumun/internal/vault"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/tenants"
)

var english = words.For("en", "tu", time.UTC)

// storeSettings say where the data lives.
type storeSettings struct {
	Data             string `env:"KUMUN_DATA" default:"./data" help:"Folder of the embedded store and of pictures."`
	DatabaseURL      string `name:"database-url" env:"DATABASE_URL" help:"sqlite:PATH or postgres://…; a file in the data folder when empty."`
	DatabaseOwnerURL string `name:"database-owner-url" env:"DATABASE_OWNER_URL" help:"PostgreSQL: the role that owns the tables."`
	Secret           string `env:"KUMUN_SECRET" help:"Seals passwords and keys in the store, 32 signs or more; a file in the data folder when empty."`
	BaseURL          string `name:"base-url" env:"KUMUN_BASE_URL" default:"http://localhost:8080" help:"The operator's bare host; a community answers at SLUG.HOST."`
}

func (s storeSettings) database() string {
	if s.DatabaseURL != "" {
		return s.DatabaseURL
	}
	return "sqlite:" + filepath.Join(s.Data, "kumun.db")
}

func (s storeSettings) vault() (*vault.Vault, error) {
	if s.Secret != "" {
		opened, err := vault.New(s.Secret)
		if err != nil {
			return nil, fmt.Errorf("KUMUN_SECRET: %w", err)
		}
		return opened, nil
	}
	opened, err := vault.In(s.Data)
	if err != nil {
		return nil, fmt.Errorf("KUMUN_DATA: %w", err)
	}
	return opened, nil
}

func (s storeSettings) base() (scheme, host string, err error) {
	parsed, err := url.Parse(s.BaseURL)
	if err != nil || parsed.Host == "" || (parsed.Scheme != "http" && parsed.Scheme != "https") {
		return "", "", fmt.Errorf("KUMUN_BASE_URL: want http://HOST or https://HOST, got %q", s.BaseURL)
	}
	return parsed.Scheme, parsed.Host, nil
}

// settings are those of a serving or working process.
type settings struct {
	storeSettings
	RedisURL string `name:"redis-url" env:"REDIS_URL" help:"redis://…; one in the process when empty."`
	mailSettings
	StripeSecretKey     string        `name:"stripe-secret-key" env:"STRIPE_SECRET_KEY" help:"Key of Stripe's API."`
	StripeWebhookSecret string        `name:"stripe-webhook-secret" env:"STRIPE_WEBHOOK_SECRET" help:"Secret of Stripe's signed events."`
	StripeAPIBase       string        `name:"stripe-api-base" env:"STRIPE_API_BASE" help:"Another address of Stripe's API, for tests."`
	ResendAfter         time.Duration `name:"resend-after" env:"KUMUN_RESEND_AFTER" default:"60s" help:"How long handed work may take before it is handed again."`
	TrustedProxies      []string      `name:"trusted-proxies" env:"KUMUN_TRUSTED_PROXIES" help:"Addresses of proxies that may say who the client is."`
	Metrics             bool          `env:"KUMUN_METRICS" help:"Serve /metrics at the bare host."`
}

// mailSettings say how letters leave and come back.
type mailSettings struct {
	SMTPURL      string `name:"smtp-url" env:"SMTP_URL" help:"smtp://USER:PASSWORD@HOST:PORT or smtps://…"`
	MailFrom     string `name:"mail-from" env:"KUMUN_MAIL_FROM" help:"Address of the sender of mail; bonjour@ the community's host when empty."`
	MailBulkFrom string `name:"mail-bulk-from" env:"KUMUN_MAIL_BULK_FROM" help:"Address of the sender of digests and the like, best below the domain of the other; the same when empty."`
	MailRate     string `name:"mail-rate" env:"KUMUN_MAIL_RATE" help:"Bulk letters a minute to a provider of mailboxes, such as gmail.com=2000,*=300; off bounds nothing."`
	BounceDomain string `name:"bounce-domain" env:"KUMUN_BOUNCE_DOMAIN" help:"Domain to which bounces go; its MX leads to a process with KUMUN_BOUNCE_LISTEN."`
	BounceListen string `name:"bounce-listen" env:"KUMUN_BOUNCE_LISTEN" help:"Address at which bounces and complaints are taken, such as :25; nowhere when empty."`
	BounceHost   string `name:"bounce-host" env:"KUMUN_BOUNCE_HOST" help:"Name of the host that takes bounces; that of the base URL when empty."`
}

// operator is how the operator writes. Its domain is that of the sender, else
// the host under which communities answer.
func (s mailSettings) operator(host string) (notifications.Operator, error) {
	host = tenants.NormaliseHost(host)
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	o := notifications.Operator{From: s.MailFrom, Bulk: s.MailBulkFrom, Domain: cmp.Or(mail.DomainOf(s.MailFrom), host),
		Return: strings.ToLower(s.BounceDomain), Exchange: cmp.Or(s.BounceHost, host)}
	for setting, address := range map[string]string{"KUMUN_MAIL_FROM": s.MailFrom, "KUMUN_MAIL_BULK_FROM": s.MailBulkFrom} {
		if _, err := mail.Wired(address); address != "" && err != nil {
			return o, fmt.Errorf("%s: %w", setting, err)
		}
	}
	if bulk := mail.DomainOf(o.Bulk); bulk != "" && bulk != o.Domain && !strings.HasSuffix(bulk, "."+o.Domain) {
		return o, fmt.Errorf("KUMUN_MAIL_BULK_FROM: want an address at %s or below it, got %s", o.Domain, o.Bulk)
	}
	if s.BounceListen != "" && s.BounceDomain == "" {
		return o, errors.New("KUMUN_BOUNCE_LISTEN needs KUMUN_BOUNCE_DOMAIN: the domain whose mail it takes")
	}
	if parsed, err := url.Parse(s.SMTPURL); err == nil {
		o.Server = parsed.Hostname()
	}
	return o, nil
}

func temporaryFolder() (string, func(), error) {
	folder, err := os.MkdirTemp("", "kumun-demo-")
	if err != nil {
		return "", nil, fmt.Errorf("make a folder for the demonstration: %w", err)
	}
	return folder, func() { _ = os.RemoveAll(folder) }, nil
}
