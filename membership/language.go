package membership

import (
	"context"
	"fmt"
	"slices"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/words"
)

// ChooseLanguage remembers in which language a member reads.
func (s *Service) ChooseLanguage(ctx context.Context, who actor.Actor, language string) error {
	if !who.IsMember() {
		return fault.SignIn
	}
	if !slices.Contains(words.Languages, language) {
		return fault.InvalidField("language", "error.choice")
	}
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		tx.AfterCommit(func() { s.sessions.forget(who.Tenant, who.Member) })
		_, err := tx.Update((*Member)(nil)).Set("language = ?", language).Where("id = ?", who.Member).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("choose language: %w", err)
	}
	return nil
}
