package notifications

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/moderation"
	"github.com/kumun/kumun/notifications/letters"
	"github.com/kumun/kumun/tenants"
)

// Correspondence writes to people about what concerns them. Its methods follow
// facts, inside the transaction in which the fact becomes done: each letter is
// queued once.
type Correspondence struct {
	Letters    *Letters
	Members    *membership.Service
	Moderation *moderation.Service
	Billing    *billing.Service
	Operators  *tenants.Operators
}

// SignInRequested mails a code and a link, or an invitation to join.
func (c *Correspondence) SignInRequested(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[membership.SignInRequested](payload)
	if err != nil {
		return err
	}
	code := letters.SignIn{Name: fact.Name, Code: fact.Code, URL: fact.Path, Lasts: membership.SignInLasts}
	return c.write(ctx, tenant, Reader{Name: fact.Name, Email: fact.Email, Language: fact.Language}, func(s letters.Sender) letters.Letter {
		switch {
		case fact.Known:
			return letters.SignInCode(s, code)
		case fact.Joining:
			return letters.JoinCode(s, code)
		}
		return letters.Unknown(s, fact.Path)
	})
}

// StaffSignInRequested mails the operator's staff their link.
func (c *Correspondence) StaffSignInRequested(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[tenants.StaffSignIn](payload)
	if err != nil {
		return err
	}
	return c.write(ctx, tenant, Reader{Email: fact.Email}, func(s letters.Sender) letters.Letter {
		return letters.StaffLink(s, "/operator/connexion/"+fact.Token)
	})
}

// welcomeWithin tells a newcomer from somebody whom an import brought along.
const welcomeWithin = 24 * time.Hour

// MemberJoined welcomes a new member.
func (c *Correspondence) MemberJoined(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[struct {
		ID id.ID `json:"id"`
	}](payload)
	if err != nil {
		return err
	}
	member, err := c.Members.ByID(ctx, tenant, fact.ID)
	if err != nil || c.Letters.Clock.Now().Sub(member.JoinedAt) > welcomeWithin {
		return err
	}
	return c.write(ctx, tenant, reader(member), func(s letters.Sender) letters.Letter { return letters.Welcome(s, member.Name) })
}

// NoticeReceived confirms a report with its reference.
func (c *Correspondence) NoticeReceived(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[moderation.NoticeReceived](payload)
	if err != nil {
		return err
	}
	notice, err := c.Moderation.Notice(ctx, tenant, fact.Notice)
	if err != nil {
		return err
	}
	to, err := c.reporter(ctx, tenant, notice)
	if err != nil {
		return err
	}
	return c.formal(ctx, tenant, to, "notice_received", letters.Button{}, func(w *words.Words) moderation.Letter {
		return moderation.ToNotifier(w, notice)
	})
}

// DecisionMade tells the author and each reporter what was decided, and why.
func (c *Correspondence) DecisionMade(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[moderation.DecisionMade](payload)
	if err != nil {
		return err
	}
	outcome, err := c.Moderation.Outcome(ctx, tenant, fact.Decision)
	if err != nil {
		return err
	}
	if err := c.tellAuthor(ctx, tenant, &outcome.Decision); err != nil {
		return err
	}
	for n := range outcome.Notices {
		notice := &outcome.Notices[n]
		to, err := c.reporter(ctx, tenant, notice)
		if err != nil {
			return err
		}
		err = c.formal(ctx, tenant, to, "decision_reporter", letters.Button{}, func(w *words.Words) moderation.Letter {
			return moderation.ToReporter(w, notice, &outcome.Decision)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// tellAuthor stays silent about a report that came to nothing: it would only
// make people suspect each other.
func (c *Correspondence) tellAuthor(ctx context.Context, tenant id.ID, decision *moderation.Decision) error {
	if decision.Action == moderation.Keep && decision.Why == moderation.Noticed {
		return nil
	}
	author, err := c.Members.ByID(ctx, tenant, decision.AuthorID)
	if err != nil {
		return err
	}
	button := letters.Button{}
	if decision.Action == moderation.Keep {
		button = letters.Button{Label: "letters.decision.see", URL: decision.URL}
	}
	return c.formal(ctx, tenant, reader(author), "decision_author", button, func(w *words.Words) moderation.Letter {
		return moderation.ToAuthor(w, author.Name, decision)
	})
}

// PieceHeld tells the author that somebody will read the piece first.
func (c *Correspondence) PieceHeld(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[moderation.PieceHeld](payload)
	if err != nil {
		return err
	}
	file, err := c.Moderation.Case(ctx, tenant, fact.Case)
	if err != nil {
		return err
	}
	author, err := c.Members.ByID(ctx, tenant, file.AuthorID)
	if err != nil {
		return err
	}
	return c.formal(ctx, tenant, reader(author), "piece_held", letters.Button{}, func(w *words.Words) moderation.Letter {
		return moderation.AboutHeld(w, author.Name, file, fact.Rule)
	})
}

// CaseWaiting reminds the moderators of a case that waits too long.
func (c *Correspondence) CaseWaiting(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[moderation.CaseWaiting](payload)
	if err != nil {
		return err
	}
	file, err := c.Moderation.Case(ctx, tenant, fact.Case)
	if err != nil || !file.ClosedAt.IsZero() {
		return err
	}
	moderators, err := c.Members.WithRole(ctx, tenant, actor.Moderator)
	if err != nil {
		return err
	}
	for n := range moderators {
		moderator := &moderators[n]
		button := letters.Button{Label: "letters.waiting.decide", URL: "/moderation"}
		err := c.formal(ctx, tenant, reader(moderator), "case_waiting", button, func(w *words.Words) moderation.Letter {
			return moderation.ToModerator(w, moderator.Name, file, c.Letters.Clock.Now())
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// SubscriptionStarted tells a partner that the listing shows.
func (c *Correspondence) SubscriptionStarted(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	return c.aboutListing(ctx, tenant, payload, letters.ListingLive)
}

// SubscriptionFailed tells a partner that a payment failed.
func (c *Correspondence) SubscriptionFailed(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	return c.aboutListing(ctx, tenant, payload, letters.PaymentFailed)
}

// SubscriptionEnded tells a partner that the listing no longer shows.
func (c *Correspondence) SubscriptionEnded(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	return c.aboutListing(ctx, tenant, payload, letters.SubscriptionEnded)
}

func (c *Correspondence) aboutListing(ctx context.Context, tenant id.ID, payload json.RawMessage, write func(letters.Sender, letters.Listing) letters.Letter) error {
	fact, err := read[billing.SubscriptionFact](payload)
	if err != nil {
		return err
	}
	owner, err := c.Members.ByID(ctx, tenant, fact.Member)
	if err != nil {
		return err
	}
	listing, err := c.Billing.OwnByID(ctx, actor.Actor{Tenant: tenant, Member: fact.Member}, fact.Listing)
	if err != nil {
		return err
	}
	about := letters.Listing{Owner: owner.Name, Name: listing.Name, Path: "/partenaires"}
	if listing.State == billing.Live {
		about.Path = "/adresses/" + listing.ID.String()
	}
	return c.write(ctx, tenant, reader(owner), func(s letters.Sender) letters.Letter { return write(s, about) })
}

// MemberLeft forgets what was written to somebody who closed the account.
func (c *Correspondence) MemberLeft(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[struct {
		ID id.ID `json:"id"`
	}](payload)
	if err != nil {
		return err
	}
	return c.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		for _, rows := range []any{(*Letter)(nil), (*sentIssue)(nil), (*sentItem)(nil), (*DigestChoice)(nil), (*nudge)(nil), (*nudgeStop)(nil), (*asked)(nil), (*News)(nil), (*Preferences)(nil), (*Mute)(nil)} {
			if _, err := tx.Delete(rows).Where("member_id = ?", fact.ID).Exec(ctx); err != nil {
				return fmt.Errorf("forget a former member: %w", err)
			}
		}
		if _, err := tx.Delete((*Mute)(nil)).Where("kind = ?", MutedPerson).Where("target_id = ?", fact.ID).Exec(ctx); err != nil {
			return fmt.Errorf("forget a former member: %w", err)
		}
		return nil
	})
}

// reporter is reached as a member, else by the address on the notice.
func (c *Correspondence) reporter(ctx context.Context, tenant id.ID, notice *moderation.Notice) (Reader, error) {
	if notice.MemberID == 0 {
		return Reader{Name: notice.Name, Email: notice.Email, Language: notice.Language}, nil
	}
	member, err := c.Members.ByID(ctx, tenant, notice.MemberID)
	if err != nil {
		return Reader{}, err
	}
	return reader(member), nil
}

func reader(member *membership.Member) Reader {
	return Reader{Member: member.ID, Name: member.Name, Email: member.Email, Language: member.Language}
}

// formal sends what moderation has worded; the button's label is a key.
func (c *Correspondence) formal(ctx context.Context, tenant id.ID, to Reader, kind string, button letters.Button, word func(*words.Words) moderation.Letter) error {
	return c.write(ctx, tenant, to, func(s letters.Sender) letters.Letter {
		said := word(s.Words)
		if button.Label != "" {
			button.Label = s.Words.T(button.Label)
		}
		return letters.Formal(s, kind, said.Subject, said.Paragraphs, button)
	})
}

func (c *Correspondence) write(ctx context.Context, tenant id.ID, to Reader, write func(letters.Sender) letters.Letter) error {
	return c.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return c.Letters.Write(ctx, tx, to, write)
	})
}
