package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/tenants"
)

const (
	crowded     = 100_000
	fewMembers  = 10
	crowdTurns  = 3
	crowdBudget = 1.5 // of posting in a small group
	// toldWithin is the longest that telling the crowd may take.
	toldWithin  = 10 * time.Minute
	joinsAtOnce = 2000
)

// measureCrowd posts in a group of a hundred thousand, in turns with a group of
// ten: who posts waits for nobody to be told. Then it waits until all are.
func measureCrowd(ctx context.Context, binary string, s store, report *report) error {
	step("%s: a group of %d members", s.name, crowded)
	p, err := serving(ctx, binary, s)
	if err != nil {
		return err
	}
	defer p.stop()
	cookie, err := signIn(ctx, binary, s, p)
	if err != nil {
		return err
	}
	db, err := database.Open(ctx, s.databaseURL, s.ownerURL)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	tenant, small, large, err := crowd(ctx, db)
	if err != nil {
		return fmt.Errorf("fill a group: %w", err)
	}
	if err := vacuum(ctx, s); err != nil {
		return err
	}
	page := p.page("/ecrire/bon-plan")
	page.cookie = cookie
	if _, err := post(ctx, page, small); err != nil { // an author's first is looked at otherwise
		return err
	}
	var few, many []time.Duration
	began := time.Now()
	for range crowdTurns {
		for _, one := range []struct {
			into  *[]time.Duration
			group id.ID
		}{{&few, small}, {&many, large}} {
			took, err := post(ctx, page, one.group)
			if err != nil {
				return err
			}
			*one.into = append(*one.into, took)
		}
	}
	ratio := float64(median(many)) / float64(median(few))
	report.add(row{figure: fmt.Sprintf("Posting in a group of %d beside a group of %d", crowded, fewMembers), target: "at most 1.5 × the small group", engine: s.name,
		value: fmt.Sprintf("%.1f × (%s and %s)", ratio, milliseconds(median(many)), milliseconds(median(few))), met: verdict(ratio <= crowdBudget)})
	if err := allTold(ctx, db, tenant); err != nil {
		return fmt.Errorf("tell the crowd: %w", err)
	}
	took := time.Since(began)
	told, err := news(ctx, db, tenant)
	if err != nil {
		return err
	}
	if told < crowdTurns*crowded {
		return fmt.Errorf("%d were told, of %d", told, crowdTurns*crowded)
	}
	report.add(row{figure: fmt.Sprintf("Telling %d members of %d pieces", crowded, crowdTurns), target: "none; said apart", engine: s.name,
		value: fmt.Sprintf("%.0f s (%s)", took.Seconds(), thousands(float64(told)/took.Seconds()))})
	return nil
}

// everything is a policy that refuses nothing.
type everything struct{}

func (everything) Allows(actor.Actor, string, string) bool { return true }

// crowd opens two groups that Nolwenn keeps, and fills them.
func crowd(ctx context.Context, db *database.DB) (tenant, small, large id.ID, err error) {
	now := clock.System()
	cornouaille, err := (&tenants.Service{DB: db, Clock: now}).BySlug(ctx, "cornouaille")
	if err != nil {
		return 0, 0, 0, err
	}
	tenant = cornouaille.ID
	var nolwenn membership.Member
	err = db.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&nolwenn).Where("email = ?", "nolwenn@example.org").Scan(ctx)
	})
	if err != nil {
		return 0, 0, 0, err
	}
	keeper := actor.MemberOf(tenant, nolwenn.ID)
	groups := &membership.Groups{DB: db, Clock: now, Outbox: &outbox.Outbox{Clock: now}, Policy: everything{}}
	open := func(name string, many int) (id.ID, error) {
		group, err := groups.Found(ctx, keeper, membership.Draft{Name: name, Purpose: "On se retrouve pour mesurer.", Place: "Quimper"})
		if err != nil {
			return 0, err
		}
		return group.ID, fillGroup(ctx, db, tenant, group.ID, many, now.Now())
	}
	if small, err = open("Une petite bande", fewMembers); err == nil {
		large, err = open("Une foule", crowded)
	}
	return tenant, small, large, err
}

func fillGroup(ctx context.Context, db *database.DB, tenant, group id.ID, many int, now time.Time) error {
	var members []membership.Member
	var joined []membership.Joining
	for range many {
		member := id.New(now)
		members = append(members, membership.Member{ID: member, Name: "Voisin", Language: "fr", Digest: membership.Never, Roles: []actor.Role{},
			State: membership.Published, JoinedAt: now})
		joined = append(joined, membership.Joining{ID: member, GroupID: group, MemberID: member, JoinedAt: now})
	}
	return db.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		for chunk := range slices.Chunk(members, joinsAtOnce) {
			if _, err := tx.Insert(&chunk).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
				return err
			}
		}
		for chunk := range slices.Chunk(joined, joinsAtOnce) {
			if _, err := tx.Insert(&chunk).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// post publishes a tip in a group, as a browser would, and tells how long the
// answer took.
func post(ctx context.Context, page target, group id.ID) (time.Duration, error) {
	form := url.Values{"title": {"Le bain de sept heures"}, "group": {group.String()}, "commune": {"Quimper"},
		"text": {"Tous les matins, on descend la cale. Prends une serviette et un bonnet."}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+page.address+page.path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, err
	}
	request.Host = page.host
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Cookie", page.cookie)
	asked := time.Now()
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusSeeOther {
		err = fmt.Errorf("posting answers %s: %.2000s", response.Status, body)
	}
	return time.Since(asked), err
}

// allTold waits until nobody is left to be told of a piece.
func allTold(ctx context.Context, db *database.DB, tenant id.ID) error {
	ctx, cancel := context.WithTimeout(ctx, toldWithin)
	defer cancel()
	for {
		var waits bool
		err := db.Survey(ctx, "bench", func(ctx context.Context, db bun.IDB) error {
			return db.NewRaw(`SELECT EXISTS (SELECT 1 FROM outbox WHERE tenant_id = ? AND fact IN (?) AND done_at IS NULL AND dead_at IS NULL)`,
				tenant, bun.List([]outbox.Fact{"post.published", notifications.NewsSpreads})).Scan(ctx, &waits)
		})
		if err != nil || !waits {
			return err
		}
		if err := clock.Wait(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

// news counts what members were told of pieces in groups.
func news(ctx context.Context, db *database.DB, tenant id.ID) (told int64, err error) {
	err = db.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		told, err = tx.Select((*notifications.News)(nil)).Where("kind = ?", notifications.InGroup).Count(ctx)
		return err
	})
	return told, err
}
