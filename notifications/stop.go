package notifications

import (
	"context"
	"crypto/hmac"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/tenants"
)

// DigestChoice is who stopped the digest or took it up again, when and how.
type DigestChoice struct {
	bun.BaseModel `bun:"table:digest_choices,alias:choice"`
	database.Owned
	ID       id.ID `bun:",pk"`
	MemberID id.ID
	Digest   string
	Way      string
	At       time.Time
}

// The ways in which a digest is stopped or taken up again by link.
const (
	ByPage     = "page"
	ByOneClick = "one-click" // the mail program's own button
	ByMail     = "mail"      // a mail to the letter's own address
	// ByComplaint is a reader who called a letter spam.
	ByComplaint = "complaint"
)

// StopPath is the link that stops a member's digest without signing in. Its
// signature holds for this member, this purpose and this host alone.
func StopPath(tenant *tenants.Tenant, host string, member id.ID) string {
	return "/lettre/arreter?" + url.Values{"m": {member.String()}, "s": {sign(tenant, host, member)}}.Encode()
}

func sign(tenant *tenants.Tenant, host string, member id.ID) string {
	return seal(tenant, host, "digest", member.String())
}

// seal signs what a link says, for one purpose and one host.
func seal(tenant *tenants.Tenant, host, purpose, said string) string {
	return tenant.Seal(purpose, tenants.NormaliseHost(host), said)
}

// Hinted shows enough of an address for its owner: a letter gets forwarded.
func Hinted(email string) string {
	name, host, _ := strings.Cut(email, "@")
	return string([]rune(name)[:min(1, len([]rune(name)))]) + "…@" + host
}

// StopLink tells whose digest a link speaks of: a link that was not signed
// here finds nobody.
func (d *Digest) StopLink(ctx context.Context, tenant *tenants.Tenant, host, member, signature string) (*membership.Member, error) {
	reader, err := id.Parse(member)
	if err != nil || !hmac.Equal([]byte(signature), []byte(sign(tenant, host, reader))) {
		return nil, fmt.Errorf("link that stops a digest: %w", fault.NotFound)
	}
	found, err := d.Members.ByID(ctx, tenant.ID, reader)
	if err == nil && !found.LeftAt.IsZero() {
		err = fault.NotFound
	}
	return found, err
}

// Stop ends a member's digest; twice is once.
func (d *Digest) Stop(ctx context.Context, tenant id.ID, member *membership.Member, way string) error {
	if member.Digest == membership.Never {
		return nil
	}
	return d.chose(ctx, tenant, member.ID, membership.Never, way, func(ctx context.Context) error {
		if err := d.Members.StopDigest(ctx, tenant, member.ID); err != nil {
			return err
		}
		// The list outlives the account: nobody who comes back by an import gets it.
		return d.Letters.Senders.Refuse(ctx, tenant, member.Email, digestKind, OptOut)
	})
}

// Resume takes the weekly digest up again.
func (d *Digest) Resume(ctx context.Context, tenant id.ID, member *membership.Member, way string) error {
	return d.Prefer(ctx, tenant, member, membership.Weekly, way)
}

// Prefer sets how often a member wants the digest.
func (d *Digest) Prefer(ctx context.Context, tenant id.ID, member *membership.Member, often, way string) error {
	if often == membership.Never {
		return d.Stop(ctx, tenant, member, way)
	}
	if member.Digest == often {
		return nil
	}
	return d.chose(ctx, tenant, member.ID, often, way, func(ctx context.Context) error {
		who := actor.Actor{Tenant: tenant, Member: member.ID}
		return d.Members.SaveProfile(ctx, who, membership.Profile{Name: member.Name, Place: member.Place, About: member.About,
			Language: member.Language, Digest: often, Shown: member.Shown})
	})
}

// digestKind is the kind of the weekly letter.
const digestKind = "digest"

// Chosen follows "digest.chosen": whoever wants the digest comes off the list of
// those who do not, and the other way round.
func (d *Digest) Chosen(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[struct {
		ID id.ID `json:"id"`
	}](payload)
	if err != nil {
		return err
	}
	member, err := d.Members.ByID(ctx, tenant, fact.ID)
	if err != nil || member.Email == "" {
		return err
	}
	if member.Digest != membership.Never {
		return d.Letters.Senders.Lift(ctx, tenant, member.Email, digestKind)
	}
	return d.Letters.Senders.Refuse(ctx, tenant, member.Email, digestKind, OptOut)
}

func (d *Digest) chose(ctx context.Context, tenant, member id.ID, digest, way string, carryOut func(context.Context) error) error {
	now := d.Letters.Clock.Now()
	err := d.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		row := &DigestChoice{ID: id.New(now), MemberID: member, Digest: digest, Way: way, At: now}
		if _, err := tx.Insert(row).Exec(ctx); err != nil {
			return err
		}
		return carryOut(ctx)
	})
	if err != nil {
		return fmt.Errorf("make the digest %s: %w", digest, err)
	}
	return nil
}

func hostOf(home string) string {
	parsed, err := url.Parse(home)
	if err != nil {
		return ""
	}
	return parsed.Host
}
