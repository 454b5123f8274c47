package moderation

import (
	"context"
	_ "embed" // the default policy
	"encoding/csv"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

//go:embed model.conf
var policyModel string

//go:embed policy.csv
var policyLines string

// tablesKept bounds how many communities' own tables stay in memory.
const tablesKept = 512

// Right is what a role may do to a kind of thing.
type Right struct {
	Role   actor.Role
	Kind   string
	Action string
}

// table holds the rights that are allowed. It never changes once it is made.
type table map[Right]bool

// Override is a community's change of one right, the latest row counting.
type Override struct {
	bun.BaseModel `bun:"table:policy_overrides,alias:policy_override"`
	database.Owned
	ID     id.ID `bun:",pk"`
	Role   actor.Role
	Kind   string
	Action string
	Effect Effect
	ByID   id.ID
	At     time.Time
	Reason string
}

// Effect is what an override does.
type Effect string

// The effects; Default takes an earlier override back.
const (
	Allow   Effect = "allow"
	Deny    Effect = "deny"
	Default Effect = "default"
)

// Policy answers from tables that Casbin filled. Casbin reads every line at
// each question, and its cached enforcers go on allowing what was withdrawn;
// so each version of a policy is evaluated once, for every right.
type Policy struct {
	DB    *database.DB
	Clock clock.Clock

	defaults table
	rights   []Right
	// versions holds the communities that have overrides.
	versions atomic.Pointer[map[id.ID]int64]
	changing sync.Mutex
	tables   *lru.Cache[id.ID, versioned]
}

type versioned struct {
	version int64
	table   table
}

// NewPolicy evaluates the default policy and learns which communities changed it.
func NewPolicy(ctx context.Context, db *database.DB, clock clock.Clock) (*Policy, error) {
	tables, err := lru.New[id.ID, versioned](tablesKept)
	if err != nil {
		return nil, err
	}
	p := &Policy{DB: db, Clock: clock, tables: tables}
	p.versions.Store(&map[id.ID]int64{})
	lines, err := defaultLines()
	if err != nil {
		return nil, err
	}
	p.rights = rightsIn(lines)
	if p.defaults, err = evaluate(lines, p.rights); err != nil {
		return nil, err
	}
	return p, p.poll(ctx)
}

// Allows tells whether one of the actor's roles has the right.
func (p *Policy) Allows(who actor.Actor, kind, action string) bool {
	table := p.of(who.Tenant)
	if table[Right{actor.Visitor, kind, action}] || who.IsMember() && table[Right{actor.Member, kind, action}] {
		return true
	}
	for _, role := range who.Roles {
		if table[Right{role, kind, action}] {
			return true
		}
	}
	return false
}

// of returns the community's table. What cannot be read allows nothing.
func (p *Policy) of(tenant id.ID) table {
	version := (*p.versions.Load())[tenant]
	if version == 0 {
		return p.defaults
	}
	if known, ok := p.tables.Get(tenant); ok && known.version == version {
		return known.table
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	own, err := p.load(ctx, tenant)
	if err != nil {
		slog.Error("read a community's policy", "tenant", tenant, "error", err)
		return nil
	}
	p.tables.Add(tenant, versioned{version, own})
	return own
}

func (p *Policy) load(ctx context.Context, tenant id.ID) (table, error) {
	var overrides []Override
	err := p.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&overrides).Order("id").Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("read overrides: %w", err)
	}
	latest := map[Right]Effect{}
	for _, override := range overrides {
		latest[Right{override.Role, override.Kind, override.Action}] = override.Effect
	}
	lines, err := defaultLines()
	if err != nil {
		return nil, err
	}
	for right, effect := range latest {
		if effect != Default {
			lines = append(lines, []string{string(right.Role), right.Kind, right.Action, string(effect)})
		}
	}
	return evaluate(lines, p.rights)
}

// Override changes one right of the actor's community, with the reason. It
// counts at once in this process, and within a second in the others.
func (p *Policy) Override(ctx context.Context, who actor.Actor, right Right, effect Effect, reason string) error {
	if !p.Allows(who, "policy", "manage") {
		return fault.NotFound
	}
	invalid := &fault.Invalid{}
	if !slices.Contains(p.rights, right) {
		invalid.Add("right", "error.choice")
	}
	if !slices.Contains([]Effect{Allow, Deny, Default}, effect) {
		invalid.Add("effect", "error.choice")
	}
	if utf8.RuneCountInString(strings.TrimSpace(reason)) < 3 {
		invalid.Add("reason", "error.reason")
	}
	if right.Role == actor.Admin && right.Kind == "policy" && effect == Deny {
		// Nobody could give it back.
		invalid.Add("right", "error.choice")
	}
	if err := invalid.OrNil(); err != nil {
		return err
	}
	now := p.Clock.Now()
	row := &Override{ID: id.New(now), Role: right.Role, Kind: right.Kind, Action: right.Action,
		Effect: effect, ByID: who.Member, At: now, Reason: strings.TrimSpace(reason)}
	err := p.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		if _, err := tx.Insert(row).Exec(ctx); err != nil {
			return err
		}
		version, err := nextVersion(ctx, tx)
		if err != nil {
			return err
		}
		tx.AfterCommit(func() { p.learn(map[id.ID]int64{who.Tenant: version}) })
		return record(ctx, tx, now, who.Member, "policy."+string(effect), "policy", row.ID, row.Reason)
	})
	if err != nil {
		return fmt.Errorf("change the policy: %w", err)
	}
	return nil
}

func nextVersion(ctx context.Context, tx database.Tx) (version int64, err error) {
	const statement = `INSERT INTO policy_versions (tenant_id, version) VALUES (?tenant, 1)
		ON CONFLICT (tenant_id) DO UPDATE SET version = policy_versions.version + 1 RETURNING version`
	return version, tx.Query(ctx, &version, statement)
}

// Watch learns what other processes changed, until the context ends.
func (p *Policy) Watch(ctx context.Context) {
	for clock.Wait(ctx, 500*time.Millisecond) == nil {
		if err := p.poll(ctx); err != nil && ctx.Err() == nil {
			slog.Error("poll policy versions", "error", err)
		}
	}
}

func (p *Policy) poll(ctx context.Context) error {
	var rows []struct {
		TenantID id.ID
		Version  int64
	}
	err := p.DB.Survey(ctx, "poll policy versions", func(ctx context.Context, db bun.IDB) error {
		return db.NewRaw(`SELECT tenant_id, version FROM policy_versions`).Scan(ctx, &rows)
	})
	if err != nil {
		return err
	}
	news := map[id.ID]int64{}
	for _, row := range rows {
		news[row.TenantID] = row.Version
	}
	p.learn(news)
	return nil
}

// learn takes newer versions. A poll that began before an override may end
// after it: versions only grow.
func (p *Policy) learn(news map[id.ID]int64) {
	p.changing.Lock()
	defer p.changing.Unlock()
	known := *p.versions.Load()
	next := maps.Clone(known)
	for tenant, version := range news {
		next[tenant] = max(version, known[tenant])
	}
	if !maps.Equal(next, known) {
		p.versions.Store(&next)
	}
}

// defaultLines returns role, kind, action and effect of each default line.
func defaultLines() ([][]string, error) {
	reader := csv.NewReader(strings.NewReader(policyLines))
	reader.Comment, reader.TrimLeadingSpace, reader.FieldsPerRecord = '#', true, 5
	records, err := reader.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("policy.csv: %w", err)
	}
	lines := make([][]string, 0, len(records))
	for _, record := range records {
		lines = append(lines, record[1:])
	}
	return lines, nil
}

// rightsIn lists every role's right to each action that the lines name.
func rightsIn(lines [][]string) []Right {
	var rights []Right
	seen := map[Right]bool{}
	for _, line := range lines {
		for _, role := range actor.Roles {
			right := Right{role, line[1], line[2]}
			if !seen[right] {
				seen[right] = true
				rights = append(rights, right)
			}
		}
	}
	return rights
}

// evaluate asks Casbin for each right. Casbin reads all its lines at each
// question, so it is given one kind's lines at a time: no other could match.
func evaluate(lines [][]string, rights []Right) (table, error) {
	linesOf := map[string][][]string{}
	for _, line := range lines {
		linesOf[line[1]] = append(linesOf[line[1]], line)
	}
	enforcers := map[string]*casbin.Enforcer{}
	for kind, lines := range linesOf {
		enforcer, err := newEnforcer(lines)
		if err != nil {
			return nil, err
		}
		enforcers[kind] = enforcer
	}
	allowed := table{}
	for _, right := range rights {
		yes, err := enforcers[right.Kind].Enforce(string(right.Role), right.Kind, right.Action)
		if err != nil {
			return nil, fmt.Errorf("evaluate %v: %w", right, err)
		}
		if yes {
			allowed[right] = true
		}
	}
	return allowed, nil
}

func newEnforcer(lines [][]string) (*casbin.Enforcer, error) {
	rules, err := model.NewModelFromString(policyModel)
	if err != nil {
		return nil, fmt.Errorf("model.conf: %w", err)
	}
	enforcer, err := casbin.NewEnforcer(rules)
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	if _, err := enforcer.AddPolicies(lines); err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	return enforcer, nil
}
