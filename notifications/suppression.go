package notifications

import (
	"context"
	"crypto/hmac"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/mail"
)

// Reason is why nothing is sent to an address.
type Reason string

// The reasons. OptOut and Complaint hold in one community and for bulk alone;
// a Bounce that says that there is no such mailbox holds everywhere.
const (
	OptOut    Reason = "opt_out"
	Complaint Reason = "complaint"
	Bounce    Reason = "bounce"
)

// allBulk is the scope of a suppression that knows no kind.
const allBulk = ""

// suppression keeps letters from an address. It holds no address but a keyed
// hash, so that it can outlive an erased account (GDPR, art. 17(3), 21(3)).
type suppression struct {
	bun.BaseModel `bun:"table:suppressions,alias:suppression"`
	database.Owned
	Hash   string `bun:",pk"`
	Scope  string `bun:",pk"`
	Reason Reason
	At     time.Time
}

// sameText compares in constant time.
func sameText(a, b string) bool { return hmac.Equal([]byte(a), []byte(b)) }

// hashed is an address as the list keeps it: different in every community, so
// that two lists cannot be compared.
func (s *Senders) hashed(tenant id.ID, address string) string {
	return s.Vault.Hash("suppression", tenant.String(), mail.Normal(address))
}

// suppress notes that an address wants or takes no more letters; the tenant is
// the transaction's, 0 means everywhere.
func (s *Senders) suppress(ctx context.Context, tx database.Tx, address, scope string, reason Reason) error {
	row := &suppression{Hash: s.hashed(tx.Tenant, address), Scope: scope, Reason: reason, At: s.Clock.Now()}
	_, err := tx.Insert(row).On("CONFLICT (tenant_id, hash, scope) DO NOTHING").Exec(ctx)
	if err != nil {
		return fmt.Errorf("suppress an address: %w", err)
	}
	return nil
}

// Refuse keeps letters of a kind from an address in one community; every bulk
// letter where the kind is "".
func (s *Senders) Refuse(ctx context.Context, tenant id.ID, address, kind string, reason Reason) error {
	return s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return s.suppress(ctx, tx, address, kind, reason)
	})
}

// Lift takes an address off a community's list: its owner asked for letters
// again. What holds everywhere stays.
func (s *Senders) Lift(ctx context.Context, tenant id.ID, address, scope string) error {
	return s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Delete((*suppression)(nil)).Where("hash = ?", s.hashed(tenant, address)).
			Where("scope IN (?, '')", scope).Where("reason <> ?", Bounce).Exec(ctx)
		return err
	})
}

// Suppression is what keeps letters from an address.
type Suppression struct {
	Everywhere bool
	Scope      string
	Reason     Reason
	At         time.Time
}

const suppressionsOf = `SELECT tenant_id, hash, scope, reason, at FROM suppressions WHERE tenant_id = ?tenant AND hash = ?0
UNION ALL SELECT tenant_id, hash, scope, reason, at FROM suppressions WHERE tenant_id = 0 AND hash = ?1`

// against lists what keeps letters from an address, in a community.
func (s *Senders) against(ctx context.Context, tx database.Tx, address string) (all []Suppression, err error) {
	var rows []suppression
	everywhere := s.hashed(0, address)
	err = tx.Query(ctx, &rows, suppressionsOf, s.hashed(tx.Tenant, address), everywhere)
	if err != nil {
		return nil, fmt.Errorf("look an address up: %w", err)
	}
	for _, row := range rows {
		all = append(all, Suppression{Everywhere: row.TenantID == 0, Scope: row.Scope, Reason: row.Reason, At: row.At})
	}
	return all, nil
}

// Against lists what keeps a community's letters from an address.
func (s *Senders) Against(ctx context.Context, tenant id.ID, address string) (all []Suppression, err error) {
	err = s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		all, err = s.against(ctx, tx, address)
		return err
	})
	return all, err
}

// Clear takes an address off the lists of bounces, for somebody whose mailbox
// works again.
func (s *Senders) Clear(ctx context.Context, tenant id.ID, address string) error {
	if !strings.Contains(address, "@") {
		return fault.InvalidField("address", "error.email")
	}
	for _, list := range []id.ID{tenant, 0} {
		err := s.DB.Write(ctx, list, func(ctx context.Context, tx database.Tx) error {
			if _, err := tx.Delete((*suppression)(nil)).Where("hash = ?", s.hashed(list, address)).Where("reason = ?", Bounce).Exec(ctx); err != nil {
				return err
			}
			_, err := tx.Delete((*bounced)(nil)).Where("hash = ?", s.hashed(list, address)).Exec(ctx)
			return err
		})
		if err != nil {
			return fmt.Errorf("clear an address: %w", err)
		}
	}
	return nil
}

// triedAgain is how often what people wait for is tried at an address that has
// bounced: the mailbox may be back, and a sign-in is worth one letter a day.
const triedAgain = 24 * time.Hour

// kept tells why a letter must not go, or "".
func (l *Letters) kept(ctx context.Context, tx database.Tx, letter *Letter) (Reason, error) {
	all, err := l.Senders.against(ctx, tx, letter.Address)
	if err != nil {
		return "", err
	}
	for _, one := range all {
		switch {
		case letter.Bulk && (one.Scope == allBulk || one.Scope == letter.Kind):
			return one.Reason, nil
		case !letter.Bulk && one.Reason == Bounce:
			tried, err := tx.Select((*Letter)(nil)).Where("created_at > ?", l.Clock.Now().Add(-triedAgain)).
				Where("address = ?", letter.Address).Where("id <> ?", letter.ID).Where("NOT bulk").Where("attempts > 0").Exists(ctx)
			if err != nil || tried {
				return Bounce, err
			}
		}
	}
	return "", nil
}

const suppressionsOfAll = `SELECT hash, scope, reason FROM suppressions WHERE tenant_id = ?tenant AND hash IN (?0)
UNION ALL SELECT hash, scope, reason FROM suppressions WHERE tenant_id = 0 AND hash IN (?1)`

// keptAll is kept for bulk letters, all at once.
func (l *Letters) keptAll(ctx context.Context, tx database.Tx, bulk []*Letter) (map[id.ID]Reason, error) {
	here, everywhere := make([]string, len(bulk)), make([]string, len(bulk))
	for n, letter := range bulk {
		here[n], everywhere[n] = l.Senders.hashed(tx.Tenant, letter.Address), l.Senders.hashed(0, letter.Address)
	}
	var rows []struct {
		Hash, Scope string
		Reason      Reason
	}
	if err := tx.Query(ctx, &rows, suppressionsOfAll, bun.List(here), bun.List(everywhere)); err != nil {
		return nil, fmt.Errorf("look addresses up: %w", err)
	}
	reasons := map[id.ID]Reason{}
	for n, letter := range bulk {
		for _, row := range rows {
			if (row.Hash == here[n] || row.Hash == everywhere[n]) && (row.Scope == allBulk || row.Scope == letter.Kind) {
				reasons[letter.ID] = row.Reason
			}
		}
	}
	return reasons, nil
}
