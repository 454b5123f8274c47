package main

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/kumun/kumun/internal/words"
)

var english = words.For("en", "tu", time.UTC)

// storeSettings say where the data lives.
type storeSettings struct {
	Data             string `env:"KUMUN_DATA" default:"./data" help:"Folder of the embedded store and of pictures."`
	DatabaseURL      string `name:"database-url" env:"DATABASE_URL" help:"sqlite:PATH or postgres://…; a file in the data folder when empty."`
	DatabaseOwnerURL string `name:"database-owner-url" env:"DATABASE_OWNER_URL" help:"PostgreSQL: the role that owns the tables."`
	BaseURL          string `name:"base-url" env:"KUMUN_BASE_URL" default:"http://localhost:8080" help:"The operator's bare host; a community answers at SLUG.HOST."`
}

func (s storeSettings) database() string {
	if s.DatabaseURL != "" {
		return s.DatabaseURL
	}
	return "sqlite:" + filepath.Join(s.Data, "kumun.db")
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
	RedisURL            string        `name:"redis-url" env:"REDIS_URL" help:"redis://…; one in the process when empty."`
	SMTPURL             string        `name:"smtp-url" env:"SMTP_URL" help:"smtp://USER:PASSWORD@HOST:PORT or smtps://…"`
	MailFrom            string        `name:"mail-from" env:"KUMUN_MAIL_FROM" help:"Address of the sender of mail; bonjour@ the community's host when empty."`
	StripeSecretKey     string        `name:"stripe-secret-key" env:"STRIPE_SECRET_KEY" help:"Key of Stripe's API."`
	StripeWebhookSecret string        `name:"stripe-webhook-secret" env:"STRIPE_WEBHOOK_SECRET" help:"Secret of Stripe's signed events."`
	StripeAPIBase       string        `name:"stripe-api-base" env:"STRIPE_API_BASE" help:"Another address of Stripe's API, for tests."`
	ResendAfter         time.Duration `name:"resend-after" env:"KUMUN_RESEND_AFTER" default:"60s" help:"How long handed work may take before it is handed again."`
	TrustedProxies      []string      `name:"trusted-proxies" env:"KUMUN_TRUSTED_PROXIES" help:"Addresses of proxies that may say who the client is."`
	Metrics             bool          `env:"KUMUN_METRICS" help:"Serve /metrics at the bare host."`
}

func temporaryFolder() (string, func(), error) {
	folder, err := os.MkdirTemp("", "kumun-demo-")
	if err != nil {
		return "", nil, fmt.Errorf("make a folder for the demonstration: %w", err)
	}
	return folder, func() { _ = os.RemoveAll(folder) }, nil
}
