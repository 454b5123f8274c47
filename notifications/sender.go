package notifications

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/mail"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/internal/vault"
)

const (
	// usualQuota is how many bulk letters a community sends a day unless the
	// operator says otherwise; largestQuota what can be said.
	usualQuota   = 100_000
	largestQuota = 1_000_000
	// checkAtMost is how long the DNS may take over one domain.
	checkAtMost = 20 * time.Second
)

// Purposes of what is sealed.
const (
	sealedKey    = "signing key"
	sealedServer = "mail server"
)

// Sender is how a community writes: under which name, from which address and
// through which server. Tenant 0 is the operator, whose domain signs for every
// community that has none of its own.
type Sender struct {
	bun.BaseModel `bun:"table:senders,alias:sender"`
	database.Owned
	Name        string
	FromAddress string
	// BulkAddress is a stream of its own, at the domain or below it.
	BulkAddress string
	ReplyTo     string
	Server      string // sealed
	Domain      string
	Keys        []storedKey `bun:"type:json"`
	Quota       int
	Findings    []mail.Finding `bun:"type:json"`
	CheckedAt   time.Time      `bun:",nullzero"`
	PassedAt    time.Time      `bun:",nullzero"`
	ChangedAt   time.Time
	ChangedBy   id.ID
}

// storedKey is a signing key at rest.
type storedKey struct {
	Selector string `json:"selector"`
	Sealed   string `json:"sealed"`
}

// Passes tells whether letters leave under the community's own domain.
func (s *Sender) Passes() bool { return s.Domain != "" && !s.PassedAt.IsZero() }

// Senders keeps how communities write, and holds their connections.
type Senders struct {
	DB       *database.DB
	Clock    clock.Clock
	Vault    *vault.Vault
	Resolver mail.Resolver
	Operator Operator

	mu      sync.Mutex
	keys    map[string]mail.Key     // by selector
	servers map[string]*mail.Sender // by address
}

// Operator is how the operator writes, as configured.
type Operator struct {
	// From is the sender of what people wait for; empty means bonjour@ the
	// community's host. Bulk is a stream of its own; empty means From.
	From, Bulk string
	// Domain signs, and other domains admit its servers by including its SPF.
	Domain string
	// Server is the host that sends, named in the operator's own SPF.
	Server string
	// Return is the domain of return paths, Exchange the host that listens for
	// it; with none, bounces go to the sender's address.
	Return, Exchange string
}

// Find returns how a community writes; one that has said nothing has the
// operator's ways.
func (s *Senders) Find(ctx context.Context, tenant id.ID) (*Sender, error) {
	found := &Sender{}
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error { return tx.Select(found).Scan(ctx) })
	if isNoRow(err) {
		found = &Sender{Owned: database.Owned{TenantID: tenant}, Keys: []storedKey{}, Findings: []mail.Finding{}, Quota: usualQuota}
		if tenant == 0 {
			found.Domain = s.Operator.Domain
		}
		return found, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find sender: %w", err)
	}
	return found, nil
}

// Choice is what the operator says of a community's letters.
type Choice struct {
	Name, From, Bulk, ReplyTo string
	// Server is smtp://…; as ShownServer shows it, it stays what it was.
	Server string
	Quota  int
}

// Save keeps a choice. A new domain gets new keys and has passed nothing yet.
func (s *Senders) Save(ctx context.Context, tenant, staff id.ID, choice Choice) error {
	held, err := s.Find(ctx, tenant)
	if err != nil {
		return err
	}
	shown, err := s.ShownServer(held)
	if err != nil {
		return err
	}
	if err := choice.check(shown); err != nil {
		return err
	}
	held.Name, held.FromAddress, held.BulkAddress, held.ReplyTo = choice.Name, choice.From, choice.Bulk, choice.ReplyTo
	held.Quota = choice.Quota
	if choice.Server != shown {
		held.Server = s.Vault.Seal(sealedServer, choice.Server)
	}
	if domain := mail.DomainOf(choice.From); domain != held.Domain {
		if err := s.take(held, domain); err != nil {
			return err
		}
	}
	held.ChangedAt, held.ChangedBy = s.Clock.Now(), staff
	return s.keep(ctx, held)
}

func (c Choice) check(shown string) error {
	invalid := &fault.Invalid{}
	if utf8.RuneCountInString(c.Name) > 60 || strings.ContainsAny(c.Name, "\r\n") {
		invalid.Add("name", "error.too_long", "max", 60)
	}
	for field, address := range map[string]string{"from": c.From, "bulk": c.Bulk, "reply_to": c.ReplyTo} {
		if _, err := mail.Wired(address); address != "" && err != nil {
			invalid.Add(field, "error.email")
		}
	}
	from, bulk := mail.DomainOf(c.From), mail.DomainOf(c.Bulk)
	if bulk != "" && bulk != from && !strings.HasSuffix(bulk, "."+from) || c.Bulk != "" && c.From == "" {
		invalid.Add("bulk", "error.bulk_domain")
	}
	if c.Server != "" && c.Server != shown {
		if c.From == "" {
			invalid.Add("server", "error.server_alone")
		} else if sender, err := mail.Dial(c.Server); err != nil {
			invalid.Add("server", "error.server")
		} else {
			sender.Close()
		}
	}
	if c.Quota < 0 || c.Quota > largestQuota {
		invalid.Add("quota", "error.quota", "max", largestQuota)
	}
	return invalid.OrNil()
}

// take gives a sender another domain, with keys made for it.
func (s *Senders) take(sender *Sender, domain string) error {
	sender.Domain, sender.Keys, sender.Findings = domain, []storedKey{}, []mail.Finding{}
	sender.CheckedAt, sender.PassedAt = time.Time{}, time.Time{}
	if domain == "" {
		return nil
	}
	// Another selector than any before: a record that is published once can stay.
	made, err := mail.NewKeys(domain, "k"+id.New(s.Clock.Now()).String())
	if err != nil {
		return err
	}
	for _, key := range made {
		encoded, err := key.Encode()
		if err != nil {
			return err
		}
		sender.Keys = append(sender.Keys, storedKey{key.Selector, s.Vault.Seal(sealedKey, encoded)})
	}
	return nil
}

func (s *Senders) keep(ctx context.Context, sender *Sender) error {
	err := s.DB.Write(ctx, sender.TenantID, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Insert(sender).On("CONFLICT (tenant_id) DO UPDATE").
			Set("name = EXCLUDED.name, from_address = EXCLUDED.from_address, bulk_address = EXCLUDED.bulk_address, reply_to = EXCLUDED.reply_to").
			Set("server = EXCLUDED.server, domain = EXCLUDED.domain, keys = EXCLUDED.keys, quota = EXCLUDED.quota").
			Set("findings = EXCLUDED.findings, checked_at = EXCLUDED.checked_at, passed_at = EXCLUDED.passed_at").
			Set("changed_at = EXCLUDED.changed_at, changed_by = EXCLUDED.changed_by").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep sender: %w", err)
	}
	return nil
}

// ShownServer is a community's own server without its password.
func (s *Senders) ShownServer(sender *Sender) (string, error) {
	address, err := s.Vault.Open(sealedServer, sender.Server)
	if err != nil || address == "" {
		return "", err
	}
	parsed, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	return parsed.Redacted(), nil
}

// wanted is what the DNS is to say of a sender's domain.
func (s *Senders) wanted(sender *Sender) (mail.Wanted, error) {
	keys, err := s.signing(sender)
	if err != nil {
		return mail.Wanted{}, err
	}
	wanted := mail.Wanted{Domain: sender.Domain, Keys: keys, Bulk: mail.DomainOf(sender.BulkAddress),
		SPF: "include:" + s.Operator.Domain, MustAdmit: true}
	switch {
	case sender.TenantID == 0:
		wanted.Bulk = mail.DomainOf(s.Operator.Bulk)
		wanted.SPF, wanted.MustAdmit = spfOf(s.Operator.Server), false
		wanted.Return, wanted.Exchange = s.Operator.Return, s.Operator.Exchange
	case sender.Server != "":
		address, err := s.Vault.Open(sealedServer, sender.Server)
		if err != nil {
			return mail.Wanted{}, err
		}
		if parsed, err := url.Parse(address); err == nil {
			wanted.SPF, wanted.MustAdmit = spfOf(parsed.Hostname()), false
		}
	}
	return wanted, nil
}

// Opens tells whether what a community keeps sealed can still be read.
func (s *Senders) Opens(ctx context.Context, tenant id.ID) error {
	sender, err := s.Find(ctx, tenant)
	if err == nil {
		_, err = s.signing(sender)
	}
	if err == nil {
		_, err = s.Vault.Open(sealedServer, sender.Server)
	}
	return err
}

// spfOf is the mechanism that admits a server; one on this machine goes by the
// domain's own address.
func spfOf(host string) string {
	address, err := netip.ParseAddr(host)
	switch {
	case host == "" || host == "localhost" || err == nil && address.IsLoopback():
		return "a"
	case err == nil && address.Is4():
		return "ip4:" + host
	case err == nil:
		return "ip6:" + host
	}
	return "a:" + host
}

// Look asks the DNS about a sender's domain, and keeps nothing.
func (s *Senders) Look(ctx context.Context, sender *Sender) ([]mail.Finding, error) {
	wanted, err := s.wanted(sender)
	if err != nil {
		return nil, err
	}
	asking, cancel := context.WithTimeout(ctx, checkAtMost)
	defer cancel()
	return mail.Check(asking, s.Resolver, wanted), nil
}

// Check asks the DNS about a community's domain and keeps what it found. A DNS
// that does not answer changes nothing of what held before.
func (s *Senders) Check(ctx context.Context, tenant id.ID) (*Sender, error) {
	sender, err := s.Find(ctx, tenant)
	if err != nil {
		return nil, err
	}
	if tenant == 0 && (sender.Domain != s.Operator.Domain || len(sender.Keys) == 0) {
		if err := s.take(sender, s.Operator.Domain); err != nil {
			return nil, err
		}
		sender.ChangedAt = s.Clock.Now()
		if err := s.keep(ctx, sender); err != nil {
			return nil, err
		}
	}
	if sender.Domain == "" {
		return sender, nil
	}
	if sender.Findings, err = s.Look(ctx, sender); err != nil {
		return nil, err
	}
	sender.CheckedAt = s.Clock.Now()
	switch passed, sure := mail.Passed(sender.Findings); {
	case passed && sender.PassedAt.IsZero():
		sender.PassedAt = sender.CheckedAt
	case !passed && sure:
		sender.PassedAt = time.Time{}
	}
	return sender, s.noteChecked(ctx, sender)
}

// noteChecked keeps what the DNS said, unless somebody has changed the sender
// while it was asked.
func (s *Senders) noteChecked(ctx context.Context, sender *Sender) error {
	err := s.DB.Write(ctx, sender.TenantID, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Update(sender).Column("findings", "checked_at", "passed_at").WherePK().Where("changed_at = ?", sender.ChangedAt).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("note what the DNS said: %w", err)
	}
	return nil
}

// SenderDue is noted once a day: records that were right may be taken away.
const SenderDue outbox.Fact = "sender.due"

// Due follows SenderDue.
func (s *Senders) Due(ctx context.Context, tenant id.ID, _ json.RawMessage, done func(context.Context, database.Tx) error) error {
	sender, err := s.Find(ctx, tenant)
	if err == nil && sender.Domain != "" {
		_, err = s.Check(ctx, tenant)
	}
	if err != nil {
		return err
	}
	// The operator's domain is nobody's: whichever community comes first asks.
	operator, err := s.Find(ctx, 0)
	if err == nil && len(operator.Keys) > 0 && s.Clock.Now().Sub(operator.CheckedAt) > 20*time.Hour {
		_, err = s.Check(ctx, 0)
	}
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, tenant, done)
}

// signing are a sender's keys, opened once a process.
func (s *Senders) signing(sender *Sender) ([]mail.Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys == nil {
		s.keys = map[string]mail.Key{}
	}
	var all []mail.Key
	for _, stored := range sender.Keys {
		key, known := s.keys[stored.Selector]
		if !known {
			encoded, err := s.Vault.Open(sealedKey, stored.Sealed)
			if err == nil {
				key, err = mail.ParseKey(sender.Domain, stored.Selector, encoded)
			}
			if err != nil {
				return nil, err
			}
			s.keys[stored.Selector] = key
		}
		all = append(all, key)
	}
	return all, nil
}

// server is a community's own, connected to when there is something to send.
func (s *Senders) server(sender *Sender) (*mail.Sender, error) {
	address, err := s.Vault.Open(sealedServer, sender.Server)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.servers == nil {
		s.servers = map[string]*mail.Sender{}
	}
	if s.servers[address] == nil {
		if s.servers[address], err = mail.Dial(address); err != nil {
			return nil, err
		}
	}
	return s.servers[address], nil
}

// Close hangs up on communities' own servers.
func (s *Senders) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, server := range s.servers {
		server.Close()
	}
	s.servers = nil
}

// voice is who may write a community's letters: itself, or the operator.
type voice struct {
	own, operator *Sender
	name, home    string // of the community
}

func (s *Senders) voice(ctx context.Context, tenant id.ID) (*voice, error) {
	own, err := s.Find(ctx, tenant)
	if err != nil || tenant == 0 {
		return &voice{own: own, operator: own}, err
	}
	operator, err := s.Find(ctx, 0)
	return &voice{own: own, operator: operator}, err
}

// address fills in who writes a letter, and returns the community's own server
// where it has one. Under its own domain a community writes only while the
// domain's records are right; else the operator's domain does, and answers
// still reach the community.
func (s *Senders) address(voice *voice, letter *Letter, out *mail.Letter) (server *mail.Sender, err error) {
	own := voice.own
	if own.Name != "" {
		out.FromName = own.Name
	}
	if answers := cmp.Or(own.ReplyTo, own.FromAddress); answers != "" {
		out.Headers["Reply-To"] = answers
	}
	signer := own
	if letter.TenantID != 0 && own.Passes() {
		out.From = own.FromAddress
		if letter.Bulk {
			out.From = cmp.Or(own.BulkAddress, own.FromAddress)
		}
		if own.Server != "" {
			if server, err = s.server(own); err != nil {
				return nil, err
			}
		}
	} else {
		out.From = cmp.Or(s.Operator.From, "bonjour@"+hostname(voice.home))
		if letter.Bulk {
			out.From = cmp.Or(s.Operator.Bulk, out.From)
		}
		signer = voice.operator
	}
	if domain := mail.DomainOf(out.From); signer.Passes() && (domain == signer.Domain || strings.HasSuffix(domain, "."+signer.Domain)) {
		out.Keys, err = s.signing(signer)
	}
	// A foreign server takes no return path but its own.
	if s.Operator.Return != "" && server == nil {
		out.ReturnPath = s.returnPath(letter)
		if letter.Bulk && out.Headers["List-Unsubscribe"] != "" {
			out.Headers["List-Unsubscribe"] += ", <mailto:" + s.stamp("u", letter) + "@" + s.Operator.Return + ">"
		}
	}
	return server, err
}

// errNoStamp is an address that was not made here.
var errNoStamp = errors.New("no return path of ours")

// returnPath is where a bounce of this letter goes: t- for what people wait for
// and l- for bulk, so that both are told apart on the way.
func (s *Senders) returnPath(letter *Letter) string {
	stream := "t"
	if letter.Bulk {
		stream = "l"
	}
	return s.stamp(stream, letter) + "@" + s.Operator.Return
}

// stamp names a letter so that nobody else can: stream, community, letter, seal.
func (s *Senders) stamp(stream string, letter *Letter) string {
	tenant := cmp.Or(letter.TenantID.String(), "0")
	return strings.Join([]string{stream, tenant, letter.ID.String(), s.Vault.Hash("return path", stream, tenant, letter.ID.String())}, "-")
}

// readStamp reads what stamp wrote, before an @ or alone.
func (s *Senders) readStamp(text string) (stream string, tenant, letter id.ID, err error) {
	local, _, _ := strings.Cut(strings.ToLower(text), "@")
	parts := strings.Split(local, "-")
	if len(parts) != 4 {
		return "", 0, 0, errNoStamp
	}
	if parts[1] != "0" {
		tenant, err = id.Parse(parts[1])
	}
	if err == nil {
		letter, err = id.Parse(parts[2])
	}
	named := &Letter{Owned: database.Owned{TenantID: tenant}, ID: letter}
	if err != nil || !sameText(s.stamp(parts[0], named), local) {
		return "", 0, 0, errNoStamp
	}
	return parts[0], tenant, letter, nil
}
