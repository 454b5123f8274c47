package community

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

// AnswerTold is the message that an answer has become a tip already.
const AnswerTold = "error.asking.told"

var errAnswerGone = fmt.Errorf("the answer is gone: %w", fault.NotFound)

// Answered tells whether somebody else replied to a question.
func (s *Service) Answered(ctx context.Context, tenant id.ID, question *Post) (answered bool, err error) {
	if question.AnswerID != 0 {
		return true, nil
	}
	err = s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		answered, err = tx.Select((*Comment)(nil)).Where("post_id = ?", question.ID).Where("state = ?", Published).
			Where("author_id <> ?", question.AuthorID).Exists(ctx)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("look for an answer: %w", err)
	}
	return answered, nil
}

// mayTell tells that an actor may say which reply answers a question, and make
// a tip of it.
func (s *Service) mayTell(who actor.Actor, question *Post) bool {
	return who.IsMember() && (question.AuthorID == who.Member || s.Policy.Allows(who, "post", "edit_any"))
}

// AnswerToTell reads an answered question and its answer, for whoever may make
// a tip of it; it is Conflict when there is one.
func (s *Service) AnswerToTell(ctx context.Context, who actor.Actor, question id.ID) (found *Post, answer *Comment, err error) {
	err = s.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		if found, err = findPost(ctx, tx, question); errors.Is(err, sql.ErrNoRows) {
			return errAnswerGone
		} else if err != nil {
			return err
		}
		if found.Kind != Question || !s.mayTell(who, found) {
			return fault.NotFound
		}
		if found.State != Published || found.AnswerID == 0 {
			return errAnswerGone
		}
		if answer, _, err = findComment(ctx, tx, found.AnswerID); err != nil {
			return err
		}
		if answer.State != Published {
			return errAnswerGone
		}
		told, err := s.TipOf(ctx, who.Tenant, question)
		if err == nil && told != nil {
			err = fault.Conflict
		}
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read an answer to tell: %w", err)
	}
	return found, answer, nil
}

// TipOf is the tip that a question's answer became, or nil.
func (s *Service) TipOf(ctx context.Context, tenant, question id.ID) (*Post, error) {
	var tips []*Post
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&tips).ColumnExpr(feedColumns).Where("question_id = ?", question).Where("state IN ('published', 'held', 'stale', 'expired')").
			Limit(1).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("look for an answer's tip: %w", err)
	}
	if len(tips) == 0 {
		return nil, nil
	}
	return tips[0], nil
}

// credit notes of which answer a tip is made; one that is gone meanwhile is not
// told of. It is Conflict when the answer has become a tip already.
func (s *Service) credit(ctx context.Context, who actor.Actor, post *Post, question id.ID) error {
	if question == 0 || post.Kind != Tip {
		return nil
	}
	_, answer, err := s.AnswerToTell(ctx, who, question)
	if errors.Is(err, errAnswerGone) {
		return nil
	}
	if err != nil {
		return err
	}
	post.QuestionID, post.CreditedID = question, answer.AuthorID
	return nil
}
