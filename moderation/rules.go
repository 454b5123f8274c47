package moderation

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
)

// alarm is a rule that rang.
type alarm struct {
	bun.BaseModel `bun:"table:alarms,alias:alarm"`
	database.Owned
	ID     id.ID `bun:",pk"`
	CaseID id.ID
	Rule   string
	At     time.Time
}

// rule holds a piece until a moderator has read it.
type rule struct {
	Name     string
	Category string
	// ForAll rings for those too whose role publishes unread.
	ForAll bool
	Rings  func(Piece, habits) bool
}

// habits is how an author has published before this piece.
type habits struct {
	Newcomer bool
	LastHour int // pieces of the kind, this one included
	Most     int // that are usual in an hour
}

const (
	newcomerPieces = 3
	newcomerDays   = 7
)

var (
	linkPattern = regexp.MustCompile(`(?i)\bhttps?://|\bwww\.|\b[a-z0-9-]+\.(?:com|net|org|info|biz|io|shop|xyz|ru|cn|top)\b`)
	// A mobile number, a mail address, or somebody's home. Landlines are the
	// shops', and a street without a dweller is where a café stands.
	mobilePattern = regexp.MustCompile(`(?:\+33\s?|\b0)[67](?:[\s.-]?\d{2}){4}\b`)
	mailPattern   = regexp.MustCompile(`(?i)\b[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}\b`)
	homePattern   = regexp.MustCompile(`(?i)\b(?:il|elle|ils|elles) (?:habite(?:nt)?|vit|vivent|loge(?:nt)?)\b[^.!?]{0,60}(?:étage|rue|impasse|allée|maison|au-dessus|en face|calvaire|n°|\d)|\bl[ae] (?:clé|clef|digicode) [^.!?]{0,40}\b(?:sous|derrière|dans) `)
)

var rules = []rule{
	{"private_address", "privacy", true, func(piece Piece, _ habits) bool {
		text := piece.Title + "\n" + piece.Text
		return mobilePattern.MatchString(text) || mailPattern.MatchString(text) || homePattern.MatchString(text)
	}},
	{"newcomer_link", "spam", false, func(piece Piece, author habits) bool {
		return author.Newcomer && linkPattern.MatchString(piece.Title+"\n"+piece.Text)
	}},
	{"too_fast", "spam", false, func(_ Piece, author habits) bool { return author.LastHour > author.Most }},
}

// usualInAnHour is what a person publishes; an answer is quicker than a tip.
func usualInAnHour(kind string) int {
	if kind == "comment" {
		return 20
	}
	return 5
}

// PieceHeld is the payload of "piece.held": a rule rang, and a person will read.
type PieceHeld struct {
	Case id.ID  `json:"case"`
	Rule string `json:"rule"`
}

// Check follows what tells that pieces of a kind appeared or changed, and runs
// the rules on each. The payload names the piece as "id".
func (s *Service) Check(kind string) func(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	return func(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
		var fact struct {
			ID id.ID `json:"id"`
		}
		if err := json.Unmarshal(payload, &fact); err != nil {
			return fmt.Errorf("read which %s to check: %w", kind, err)
		}
		return s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
			return s.check(ctx, tx, kind, fact.ID)
		})
	}
}

func (s *Service) check(ctx context.Context, tx database.Tx, kindName string, id id.ID) error {
	kind, err := s.Registry.find(kindName)
	if err != nil {
		return err
	}
	piece, err := kind.Load(ctx, tx, id)
	if gone(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("load what was published: %w", err)
	}
	read, err := alreadyRead(ctx, tx, kindName, id, piece)
	if err != nil || read || piece.State != Published {
		return err
	}
	author, err := habitsOf(ctx, tx, kindName, id, piece, s.Clock.Now())
	if err != nil {
		return err
	}
	unread, err := s.publishesUnread(ctx, tx.Tenant, piece.AuthorID)
	if err != nil {
		return err
	}
	for _, rule := range rules {
		if (rule.ForAll || !unread) && rule.Rings(piece, author) {
			return s.hold(ctx, tx, kindName, id, piece, rule)
		}
	}
	return nil
}

// hold takes the piece back until a moderator decides.
func (s *Service) hold(ctx context.Context, tx database.Tx, kind string, piece id.ID, content Piece, rule rule) error {
	if err := s.setState(ctx, tx, kind, piece, Held); err != nil {
		return err
	}
	file, err := s.openOrJoin(ctx, tx, kind, piece, content, RuleRang, CategoryNamed(rule.Category))
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	if _, err := tx.Insert(&alarm{ID: id.New(now), CaseID: file.ID, Rule: rule.Name, At: now}).Exec(ctx); err != nil {
		return fmt.Errorf("note the rule: %w", err)
	}
	return s.Outbox.Add(ctx, tx, "piece.held", PieceHeld{Case: file.ID, Rule: rule.Name})
}

// alreadyRead tells that a moderator kept this very text: rules do not argue.
func alreadyRead(ctx context.Context, tx database.Tx, kind string, id id.ID, piece Piece) (bool, error) {
	var kept bool
	const statement = `SELECT EXISTS (SELECT 1 FROM decisions AS d JOIN cases AS c ON c.tenant_id = d.tenant_id AND c.id = d.case_id
		WHERE d.tenant_id = ?tenant AND d.kind = ? AND d.piece_id = ? AND d.action = ? AND c.excerpt = ?)`
	if err := tx.Query(ctx, &kept, statement, kind, id, Keep, excerpt(piece.Text)); err != nil {
		return false, fmt.Errorf("look for a decision: %w", err)
	}
	return kept, nil
}

func habitsOf(ctx context.Context, tx database.Tx, kind string, id id.ID, piece Piece, now time.Time) (habits, error) {
	author := habits{Most: usualInAnHour(kind)}
	var counts struct{ Pieces, Old, Recent int }
	err := tx.Select((*seenPiece)(nil)).
		ColumnExpr("count(*) FILTER (WHERE state = ? AND NOT (kind = ? AND id = ?)) AS pieces", Published, kind, id).
		ColumnExpr("count(*) FILTER (WHERE state = ? AND posted_at < ?) AS old", Published, now.AddDate(0, 0, -newcomerDays)).
		ColumnExpr("count(*) FILTER (WHERE kind = ? AND posted_at > ?) AS recent", kind, now.Add(-time.Hour)).
		Where("author_id = ?", piece.AuthorID).Scan(ctx, &counts)
	if err != nil {
		return habits{}, fmt.Errorf("count earlier pieces: %w", err)
	}
	author.Newcomer = counts.Pieces < newcomerPieces || counts.Old == 0
	author.LastHour = counts.Recent
	return author, nil
}

// publishesUnread tells that the author's role is trusted with posts, and so
// with links and answers too.
func (s *Service) publishesUnread(ctx context.Context, tenant, author id.ID) (bool, error) {
	people, err := s.Members.People(ctx, tenant, []id.ID{author})
	if err != nil {
		return false, fmt.Errorf("look up the author: %w", err)
	}
	who := actor.Actor{Tenant: tenant, Roles: people[author].Roles}
	return s.Policy.Allows(who, "post", "publish"), nil
}

// Targets within which a case should be decided.
const (
	urgentHarm   = 4
	urgentTarget = 2 * time.Hour
	usualTarget  = 24 * time.Hour
)

// CaseWaiting is the payload of "case.waiting".
type CaseWaiting struct {
	Case id.ID `json:"case"`
}

// Remind tells the moderators, once a day for each, which cases have waited
// longer than they should.
func (s *Service) Remind(ctx context.Context, tenant id.ID) error {
	now := s.Clock.Now()
	const statement = `UPDATE cases SET reminded_at = ?
		WHERE tenant_id = ?tenant AND closed_at IS NULL
		AND (opened_at <= ? OR harm >= ? AND opened_at <= ?)
		AND (reminded_at IS NULL OR reminded_at <= ?)
		AND (claimed_until IS NULL OR claimed_until <= ?)
		RETURNING id`
	err := s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		var late []id.ID
		err := tx.Query(ctx, &late, statement, now, now.Add(-usualTarget), urgentHarm, now.Add(-urgentTarget), now.Add(-24*time.Hour), now)
		if err != nil {
			return err
		}
		for _, file := range late {
			if err := s.Outbox.Add(ctx, tx, "case.waiting", CaseWaiting{Case: file}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("remind of waiting cases: %w", err)
	}
	return nil
}
