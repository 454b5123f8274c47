package membership

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

const (
	// MaxAnswer is how long an answer to a group's question may be.
	MaxAnswer = 500
	// requestsADay is how many groups one may ask to belong to in a day, and
	// askAgainAfter how long a refusal holds.
	requestsADay  = 5
	askAgainAfter = 30 * 24 * time.Hour
	// requestsRead bounds a page of those that wait.
	requestsRead = 50
)

// Request is somebody's wish to belong to a group.
type Request struct {
	bun.BaseModel `bun:"table:group_requests,alias:group_request"`
	database.Owned
	ID       id.ID `bun:",pk"`
	GroupID  id.ID
	MemberID id.ID
	Answers  []Answer `bun:"type:json"`
	At       time.Time
	// Decided are when and by whom; Reason is what the member was told.
	DecidedAt time.Time `bun:",nullzero"`
	DecidedBy id.ID     `bun:",nullzero"`
	Accepted  bool
	Reason    string
}

// Answer is what was answered to a question as it was asked.
type Answer struct{ Question, Text string }

// Requested is what the outbox tells of a request: that it came, or that it was
// decided.
type Requested struct {
	ID    id.ID `json:"id"`
	Group id.ID `json:"group"`
}

// Ask sends the group's keepers a request to belong, with an answer to each of
// its questions.
func (g *Groups) Ask(ctx context.Context, who actor.Actor, group id.ID, answers []string) error {
	if !who.IsMember() {
		return fault.SignIn
	}
	found, err := g.See(ctx, who, group)
	if err != nil {
		return err
	}
	err = g.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		if found.Kind != OnRequest {
			return fault.Forbidden
		}
		place, err := place(ctx, tx, found, who.Member)
		switch {
		case err != nil:
			return err
		case found.Archived():
			return fault.Conflict
		case place.Blocked:
			return fault.Forbidden
		case place.Belongs() || place.Request != nil:
			return nil
		}
		request := &Request{GroupID: group, MemberID: who.Member, Answers: []Answer{}, At: g.Clock.Now()}
		request.ID = id.New(request.At)
		if err := request.answer(found.Questions, answers); err != nil {
			return err
		}
		if err := refuseRequest(ctx, tx, request); err != nil {
			return err
		}
		if _, err := tx.Insert(request).Exec(ctx); err != nil {
			return err
		}
		return g.Outbox.Add(ctx, tx, "group.requested", Requested{request.ID, group})
	})
	if err != nil {
		return fmt.Errorf("ask to belong: %w", err)
	}
	return nil
}

// answer takes the answers, one a question.
func (r *Request) answer(questions, answers []string) error {
	invalid := &fault.Invalid{}
	for n, question := range questions {
		field, text := fmt.Sprintf("answer%d", n+1), ""
		if n < len(answers) {
			text = cleanText(invalid, field, answers[n], MaxAnswer)
		}
		if utf8.RuneCountInString(text) < 2 {
			invalid.Add(field, "error.group.answer")
		}
		r.Answers = append(r.Answers, Answer{question, text})
	}
	return invalid.OrNil()
}

// refuseRequest stops floods, and who was refused a short while ago.
func refuseRequest(ctx context.Context, tx database.Tx, request *Request) error {
	var earlier []Request
	err := tx.Select(&earlier).Where("member_id = ?", request.MemberID).Where("at > ?", request.At.Add(-askAgainAfter)).
		Order("at DESC").Limit(requestsRead).Scan(ctx)
	if err != nil {
		return err
	}
	today := 0
	for _, one := range earlier {
		if one.GroupID == request.GroupID && !one.DecidedAt.IsZero() && !one.Accepted {
			return fault.InvalidField("asking", "error.group.again")
		}
		if one.At.After(request.At.Add(-24 * time.Hour)) {
			today++
		}
	}
	if today >= requestsADay {
		return fault.InvalidField("asking", "error.group.requests_flood", "Max", requestsADay)
	}
	return nil
}

// Withdraw takes the actor's request back; twice is once.
func (g *Groups) Withdraw(ctx context.Context, who actor.Actor, group id.ID) error {
	if !who.IsMember() {
		return fault.SignIn
	}
	err := g.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Delete((*Request)(nil)).Where("group_id = ?", group).Where("member_id = ?", who.Member).Where("decided_at IS NULL").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("withdraw a request: %w", err)
	}
	return nil
}

// Requests lists those that wait for the group's keepers, the oldest first.
func (g *Groups) Requests(ctx context.Context, by actor.Actor, group id.ID) (waiting []Request, err error) {
	err = g.DB.Read(ctx, by.Tenant, func(ctx context.Context, tx database.Tx) error {
		if _, err := kept(ctx, tx, by, group); err != nil {
			return err
		}
		return tx.Select(&waiting).Where("group_id = ?", group).Where("decided_at IS NULL").Order("id").Limit(requestsRead).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("list requests: %w", err)
	}
	return waiting, nil
}

// Decide lets the member of a request in, or says kindly no. It is Conflict
// when somebody has decided already.
func (g *Groups) Decide(ctx context.Context, by actor.Actor, group, request id.ID, accepted bool, reason string) error {
	err := g.DB.Write(ctx, by.Tenant, func(ctx context.Context, tx database.Tx) error {
		found, err := kept(ctx, tx, by, group)
		if err != nil {
			return err
		}
		asked := &Request{}
		if err := tx.Select(asked).Where("id = ?", request).Where("group_id = ?", group).Scan(ctx); err != nil {
			return err
		}
		invalid := &fault.Invalid{}
		asked.Reason = cleanText(invalid, "reason", reason, MaxAnswer)
		if err := invalid.OrNil(); err != nil {
			return err
		}
		asked.DecidedAt, asked.DecidedBy, asked.Accepted = g.Clock.Now(), by.Member, accepted
		result, err := tx.Update(asked).Column("decided_at", "decided_by", "accepted", "reason").WherePK().Where("decided_at IS NULL").Exec(ctx)
		if err != nil {
			return err
		}
		if changed, err := result.RowsAffected(); err != nil || changed == 0 {
			return fmt.Errorf("%w: %w", fault.Conflict, err)
		}
		if accepted {
			if err := g.enter(ctx, tx, found, asked.MemberID); err != nil {
				return err
			}
		}
		return g.Outbox.Add(ctx, tx, "group.request_decided", Requested{request, group})
	})
	if err != nil {
		return fmt.Errorf("decide a request: %w", err)
	}
	return nil
}

// Request reads a request in whatever state, for the letters about it.
func (g *Groups) Request(ctx context.Context, tenant, request id.ID) (*Request, error) {
	found := &Request{}
	err := g.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(found).Where("id = ?", request).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("read a request: %w", err)
	}
	return found, nil
}
