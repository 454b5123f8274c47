package community

import (
	"context"
	"fmt"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

// A question stands until one of its replies is the answer, and after.
var questionRules = rules{path: "/questions", policy: "post", life: 180 * days, clean: (*Draft).plain, check: nothing, lay: asDrafted, roll: end}

// Accept marks the reply that answers a question, or none when answer is 0: its
// author's to say, and the editors'.
func (s *Service) Accept(ctx context.Context, who actor.Actor, question, answer id.ID) error {
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		found, err := findPost(ctx, tx, question)
		if err != nil {
			return err
		}
		if found.Kind != Question || !s.mayTell(who, found) {
			return fault.NotFound
		}
		if err := s.refuseUnmet(ctx, who, found); err != nil {
			return err
		}
		if answer != 0 {
			comment, _, err := findComment(ctx, tx, answer)
			if err != nil {
				return err
			}
			if comment.PostID != question || !stands(comment.State) {
				return fault.NotFound
			}
		}
		found.AnswerID = answer
		if _, err := tx.Update(found).Column("answer_id").WherePK().Exec(ctx); err != nil {
			return err
		}
		return s.Outbox.Add(ctx, tx, "question.answered", postFact(found))
	})
	if err != nil {
		return fmt.Errorf("accept answer: %w", err)
	}
	return nil
}
