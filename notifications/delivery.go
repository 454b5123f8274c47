package notifications

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/mail"
)

// lettersInFlight is how many letters are attempted between two transactions:
// what a killed worker may have sent without having noted it.
const lettersInFlight = 40

// errWithdrawn is why a letter is not written after all.
var errWithdrawn = errors.New("nobody waits for it any more")

// write fills in a letter's words when it is about to be sent, or says
// errWithdrawn.
type write func(*Letter) error

// sendAll sends many letters that are alike, which write fills in. Attempts are
// noted before the server hears of them and successes after it, some at a time.
// It returns an error while the server puts letters off, or while some wait for
// their turn.
func (l *Letters) sendAll(ctx context.Context, tenant id.ID, wanted []id.ID, write write, done func(context.Context, database.Tx) error) error {
	voice, err := l.voice(ctx, tenant)
	if err != nil {
		return err
	}
	turn, err := l.turn(ctx, tenant, wanted)
	if err != nil {
		return err
	}
	wanted = turn.now
	var tried []*Letter
	var problem error
	var bounces []bounce
	elsewhere := false
	for len(wanted) > 0 && problem == nil && ctx.Err() == nil {
		chunk := wanted[:min(lettersInFlight, len(wanted))]
		wanted = wanted[len(chunk):]
		// What the server took must be noted even when time is up.
		next, held, err := l.attemptAll(context.WithoutCancel(ctx), tenant, chunk, tried)
		if err != nil {
			return err
		}
		elsewhere = elsewhere || held
		tried = next
		begun := l.Clock.Now()
		for n, letter := range tried {
			if l.Clock.Now().Sub(begun) > l.inFlight()/6 {
				// Before somebody else takes them for lost.
				wanted = append(putBack(tried[n:]), wanted...)
				break
			}
			if turn.rest(letter) {
				putBack(tried[n : n+1])
				continue
			}
			answer := l.try(ctx, voice, letter, write)
			var refusal *mail.Refusal
			refused := errors.As(answer, &refusal)
			if refused && mailboxAtFault(refusal.Status) {
				bounces = append(bounces, bounce{letter.ID, refusal.Status})
			}
			rests := refused && isOvertaxed(refusal) && l.slow(ctx, turn, letter.ID)
			if letter.State == Queued && !rests {
				problem = cmp.Or(answer, problem)
			}
		}
	}
	if len(wanted) > 0 {
		problem = cmp.Or(problem, ctx.Err())
	}
	ctx = context.WithoutCancel(ctx)
	err = l.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		if err := l.noteAll(ctx, tx, tried); err != nil || problem != nil || elsewhere || turn.over() != nil {
			return err
		}
		return done(ctx, tx)
	})
	for _, one := range bounces {
		if err == nil {
			_, err = l.bounce(ctx, tenant, one.letter, one.status)
		}
	}
	return cmp.Or(err, problem, turn.over()) // the outbox decides when to try again
}

// putBack leaves letters for the next turn, which they have not had.
func putBack(letters []*Letter) (ids []id.ID) {
	for _, letter := range letters {
		letter.State, letter.Attempts = Queued, letter.Attempts-1
		ids = append(ids, letter.ID)
	}
	return ids
}

// bounce is a letter whose server said at once that the mailbox is at fault.
type bounce struct {
	letter id.ID
	status string
}

// try hands one letter over, keeps in it what became of it and returns what was
// wrong. It may still arrive while it is Queued.
func (l *Letters) try(ctx context.Context, voice *voice, letter *Letter, write write) error {
	problem := ctx.Err()
	if problem == nil && letter.Text == "" {
		problem = write(letter)
	}
	if problem == nil && l.Mail != nil {
		problem = l.handAs(ctx, voice, letter)
	}
	switch {
	case problem == nil:
		letter.State, letter.SentAt, letter.Problem = Sent, l.Clock.Now(), ""
	case errors.Is(problem, errWithdrawn):
		letter.State, letter.Problem = Withheld, problem.Error()
	case errors.Is(problem, mail.ErrRefused) || letter.Attempts >= maxAttempts:
		letter.State, letter.Problem = Failed, problem.Error()
	default:
		letter.State, letter.Problem = Queued, problem.Error()
	}
	return problem
}

// attemptAll notes what became of the letters before and takes the next in hand.
// held tells that another worker has some of them.
func (l *Letters) attemptAll(ctx context.Context, tenant id.ID, wanted []id.ID, before []*Letter) (taken []*Letter, held bool, err error) {
	now := l.Clock.Now()
	err = l.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		taken, held = nil, false
		if err := l.noteAll(ctx, tx, before); err != nil {
			return err
		}
		var found []*Letter
		query := tx.Select(&found).Where("id IN (?)", bun.List(wanted)).Where("state NOT IN (?, ?, ?, ?)", Sent, Failed, Withheld, Held).Order("id")
		if tx.Engine == database.PostgreSQL {
			query.For("UPDATE")
		}
		if err := query.Scan(ctx); err != nil {
			return fmt.Errorf("find letters: %w", err)
		}
		found = slices.DeleteFunc(found, func(letter *Letter) bool {
			inHand := letter.State == Sending && now.Sub(letter.AttemptedAt) < l.inFlight()
			held = held || inHand
			return inHand
		})
		var err error
		if taken, err = l.admitted(ctx, tx, found); err != nil {
			return err
		}
		var ids []id.ID
		for _, letter := range taken {
			letter.State, letter.Attempts, letter.AttemptedAt = Sending, letter.Attempts+1, now
			ids = append(ids, letter.ID)
		}
		if len(ids) == 0 {
			return nil
		}
		_, err = tx.Update((*Letter)(nil)).Set("state = ?", Sending).Set("attempts = attempts + 1").Set("attempted_at = ?", now).
			Where("id IN (?)", bun.List(ids)).Exec(ctx)
		return err
	})
	return taken, held, err
}

// admitted asks for bulk letters at once what keepBack asks for each: whose
// address takes none, whether bulk is paused and whether there is room today.
// Those that stay are noted.
func (l *Letters) admitted(ctx context.Context, tx database.Tx, found []*Letter) (free []*Letter, err error) {
	if len(found) == 0 {
		return nil, nil
	}
	reasons, err := l.keptAll(ctx, tx, found)
	if err != nil {
		return nil, err
	}
	places := 0
	for _, letter := range found {
		if reason := reasons[letter.ID]; reason != "" {
			letter.State, letter.Problem = Withheld, string(reason)
			if _, err := tx.Update(letter).Column("state", "problem").WherePK().Exec(ctx); err != nil {
				return nil, err
			}
			continue
		}
		free = append(free, letter)
		if letter.AttemptedAt.IsZero() {
			places++
		}
	}
	open, err := l.places(ctx, tx, places)
	if err != nil || open {
		return free, err
	}
	// One by one where they do not all go.
	kept := free[:0]
	for _, letter := range free {
		gone, err := l.keepBack(ctx, tx, letter, func(context.Context, database.Tx) error { return nil })
		if err != nil {
			return nil, err
		}
		if !gone {
			kept = append(kept, letter)
		}
	}
	return kept, nil
}

// noteAll keeps what became of letters.
func (l *Letters) noteAll(ctx context.Context, tx database.Tx, tried []*Letter) error {
	var sent []id.ID
	for _, letter := range tried {
		columns := []string{"state", "problem", "sent_at", "attempts"}
		switch {
		case letter.State == Sent && l.Mail != nil:
			sent = append(sent, letter.ID)
			continue
		case letter.State == Sent: // a demonstration's mailbox shows it
			columns = append(columns, "subject", "text", "html", "headers")
		}
		if _, err := tx.Update(letter).Column(columns...).WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("note what became of a letter: %w", err)
		}
	}
	if len(sent) == 0 {
		return nil
	}
	_, err := tx.Update((*Letter)(nil)).Set("state = ?", Sent).Set("sent_at = ?", l.Clock.Now()).Set("problem = ''").Where("id IN (?)", bun.List(sent)).Exec(ctx)
	if err != nil {
		return fmt.Errorf("note what was sent: %w", err)
	}
	return nil
}
