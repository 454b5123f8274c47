package moderation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
)

// Action is what a moderator does with a piece.
type Action string

// The actions.
const (
	Keep   Action = "keep"
	Hide   Action = "hide"
	Remove Action = "remove"
)

// Actions lists them, the mildest first.
var Actions = []Action{Keep, Hide, Remove}

var stateAfter = map[Action]State{Keep: Published, Hide: Hidden, Remove: Removed}

// Decision is what was decided about a case, by whom, when and why.
type Decision struct {
	bun.BaseModel `bun:"table:decisions,alias:decision"`
	database.Owned
	ID          id.ID `bun:",pk"`
	CaseID      id.ID
	Kind        string
	PieceID     id.ID
	AuthorID    id.ID
	Title       string
	URL         string
	Why         Reason
	Action      Action
	Ground      string // empty when the piece stays
	Explanation string
	ModeratorID id.ID
	At          time.Time
	Statement   *StatementOfReasons `bun:"type:json"` // nil when the piece stays
}

// Verdict is what a moderator fills in.
type Verdict struct {
	Action      Action
	Ground      string
	Explanation string
	// Law is the text that is broken, for the ground "other_law".
	Law string
}

// DecisionMade is the payload of "decision.made".
type DecisionMade struct {
	Decision id.ID `json:"decision"`
}

// Decide closes a case that the actor has claimed: the piece takes its new
// state, and author and reporters will be told why.
func (s *Service) Decide(ctx context.Context, who actor.Actor, file id.ID, verdict Verdict, w *words.Words) (*Decision, error) {
	if err := s.may(who, "decide"); err != nil {
		return nil, err
	}
	if err := verdict.check(); err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	var decision *Decision
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		if err := closeCase(ctx, tx, who, file, now); err != nil {
			return err
		}
		open, err := s.Open(ctx, who, file)
		if err != nil {
			return err
		}
		decision = Draft(open, verdict, now, w)
		decision.ModeratorID = who.Member
		if _, err := tx.Insert(decision).Exec(ctx); err != nil {
			return err
		}
		if verdict.Action == Keep && open.Edited() {
			// Rules stay silent about the text that was read: keep that one.
			if _, err := tx.Update((*Case)(nil)).Set("excerpt = ?", excerpt(open.Piece.Text)).Where("id = ?", file).Exec(ctx); err != nil {
				return err
			}
		}
		if err := s.apply(ctx, tx, open, stateAfter[verdict.Action]); err != nil {
			return err
		}
		if _, err := tx.Update((*Notice)(nil)).Set("decided_at = ?", now).Where("case_id = ?", file).Exec(ctx); err != nil {
			return err
		}
		if err := record(ctx, tx, now, who.Member, "case."+string(verdict.Action), "case", file, decision.Explanation); err != nil {
			return err
		}
		return s.Outbox.Add(ctx, tx, "decision.made", DecisionMade{Decision: decision.ID})
	})
	if err != nil {
		return nil, fmt.Errorf("decide case %s: %w", file, err)
	}
	return decision, nil
}

// Draft is the decision that a verdict would make: what the letter is written
// from before it is sent.
func Draft(file *File, verdict Verdict, now time.Time, w *words.Words) *Decision {
	decision := &Decision{ID: id.New(now), CaseID: file.ID, Kind: file.Kind, PieceID: file.PieceID, AuthorID: file.AuthorID,
		Title: file.Title, URL: file.URL, Why: file.Why, Action: verdict.Action, Ground: verdict.Ground,
		Explanation: strings.TrimSpace(verdict.Explanation), At: now}
	if verdict.Action == Keep {
		decision.Ground = ""
		return decision
	}
	verdict.Explanation = decision.Explanation
	decision.Statement = stateReasons(file, verdict, now, w)
	return decision
}

func (v Verdict) check() error {
	invalid := &fault.Invalid{}
	if !slices.Contains(Actions, v.Action) {
		invalid.Add("action", "moderation.error.action")
	}
	ground, known := GroundNamed(v.Ground)
	if v.Action != Keep && !known {
		invalid.Add("ground", "moderation.error.ground")
	}
	if v.Action != Keep && ground.Name == OtherLaw && utf8.RuneCountInString(v.law()) < 5 {
		invalid.Add("law", "moderation.error.law")
	}
	if utf8.RuneCountInString(v.law()) > 500 {
		invalid.Add("law", "moderation.error.too_long", "Max", 500)
	}
	switch length := utf8.RuneCountInString(strings.TrimSpace(v.Explanation)); {
	case length < MinExplanation:
		invalid.Add("explanation", "moderation.error.explanation", "Min", MinExplanation)
	case length > MaxExplanation:
		invalid.Add("explanation", "moderation.error.too_long", "Max", MaxExplanation)
	}
	return invalid.OrNil()
}

func (v Verdict) law() string {
	if ground, _ := GroundNamed(v.Ground); ground.Law != "" {
		return ground.Law
	}
	return strings.TrimSpace(v.Law)
}

// closeCase succeeds once for each case, and only for whoever claimed it.
func closeCase(ctx context.Context, tx database.Tx, who actor.Actor, file id.ID, now time.Time) error {
	const statement = `UPDATE cases SET closed_at = ?
		WHERE tenant_id = ?tenant AND id = ? AND closed_at IS NULL AND claimed_by = ? AND author_id <> ?`
	changed, err := tx.Exec(ctx, statement, now, file, who.Member, who.Member)
	if err != nil {
		return err
	}
	if changed == 0 {
		return refusal(ctx, tx, who, file)
	}
	return nil
}

// apply gives the piece its state. What its author took away stays away, and
// keeping what is not held or hidden changes nothing.
func (s *Service) apply(ctx context.Context, tx database.Tx, file *File, state State) error {
	if file.Gone || state == Published && file.Piece.seen() {
		return nil
	}
	return s.setState(ctx, tx, file.Kind, file.PieceID, state)
}

func (s *Service) setState(ctx context.Context, tx database.Tx, kindName string, piece id.ID, state State) error {
	kind, err := s.Registry.find(kindName)
	if err != nil {
		return err
	}
	if err := kind.SetState(ctx, tx, piece, state); err != nil {
		return fmt.Errorf("make %s %s %s: %w", kindName, piece, state, err)
	}
	_, err = tx.Update((*seenPiece)(nil)).Set("state = ?", state).Where("kind = ? AND id = ?", kindName, piece).Exec(ctx)
	return err
}

// Outcome is a decision with the notices that it answers.
type Outcome struct {
	Decision
	Notices []Notice
}

// Outcome finds a decision, for the letters about it.
func (s *Service) Outcome(ctx context.Context, tenant, decision id.ID) (*Outcome, error) {
	outcome := &Outcome{}
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		if err := tx.Select(&outcome.Decision).Where("id = ?", decision).Scan(ctx); err != nil {
			return err
		}
		return tx.Select(&outcome.Notices).Where("case_id = ?", outcome.CaseID).Order("id").Scan(ctx)
	})
	return outcome, err
}
