package notifications

import (
	"context"
	"crypto/hmac"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications/letters"
	"github.com/kumun/kumun/tenants"
)

const (
	// askedAtOnce is how many pieces a pass asks about, piecesALetter how many of
	// them one letter holds.
	askedAtOnce, piecesALetter = 500, 8
	// tellDoubtsAfter keeps strangers from filling an owner's mailbox.
	tellDoubtsAfter = 24 * time.Hour
)

// Freshness asks the owners of pieces whether they are still true.
type Freshness struct {
	Letters *Letters
	Members *membership.Service
	Posts   *community.Service
}

// Due follows "freshness.due": it marks what is to be confirmed and writes to
// the owners, once a week at most, about several pieces in one letter.
func (f *Freshness) Due(ctx context.Context, tenant id.ID, _ json.RawMessage) error {
	if err := f.Posts.Freshen(ctx, tenant); err != nil {
		return err
	}
	unasked, err := f.Posts.Unasked(ctx, tenant, askedAtOnce)
	if err != nil {
		return err
	}
	owned := map[id.ID][]*community.Post{}
	var owners []id.ID
	for _, post := range unasked {
		owner := post.Owner()
		if len(owned[owner]) == 0 {
			owners = append(owners, owner)
		}
		owned[owner] = append(owned[owner], post)
	}
	for _, owner := range owners {
		if _, err := f.ask(ctx, tenant, owner, owned[owner]); err != nil {
			return fmt.Errorf("ask %s whether pieces are still true: %w", owner, err)
		}
	}
	return nil
}

// Remind asks the owner of one piece at once, for an editor; it is Conflict when
// the owner was written to within the week.
func (f *Freshness) Remind(ctx context.Context, editor actor.Actor, post id.ID) error {
	if !f.Posts.Policy.Allows(editor, "post", "feature") {
		return fault.Forbidden
	}
	found, err := f.Posts.Find(ctx, editor, post)
	if err != nil {
		return err
	}
	if !found.Doubtful() || found.State != community.Published && found.State != community.Stale {
		return fault.NotFound
	}
	asked, err := f.ask(ctx, editor.Tenant, found.Owner(), []*community.Post{found})
	if err == nil && !asked {
		err = fault.Conflict
	}
	return err
}

// ask is false when the owner is not to be written to now.
func (f *Freshness) ask(ctx context.Context, tenant, owner id.ID, posts []*community.Post) (asked bool, err error) {
	err = f.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		member, err := f.Members.ByID(ctx, tenant, owner)
		if isNoRow(err) || err == nil && !member.LeftAt.IsZero() {
			// Nobody answers for it: the editors see it.
			return f.Posts.NoteAsked(ctx, tenant, idsOf(posts))
		}
		if err != nil {
			return err
		}
		recently, err := f.Letters.wrote(ctx, tx, owner, "still_true", week)
		if err != nil || recently {
			return err
		}
		posts = posts[:min(len(posts), piecesALetter)]
		asked = true
		err = f.Letters.Write(ctx, tx, reader(member), func(s letters.Sender) letters.Letter {
			var questions letters.Questions
			for _, post := range posts {
				questions = append(questions, question(s, post))
			}
			return letters.StillTrue(s, member.Name, questions)
		})
		if err != nil {
			return err
		}
		return f.Posts.NoteAsked(ctx, tenant, idsOf(posts))
	})
	return asked, err
}

func idsOf(posts []*community.Post) []id.ID {
	ids := make([]id.ID, 0, len(posts))
	for _, post := range posts {
		ids = append(ids, post.ID)
	}
	return ids
}

// Doubted follows "post.doubted": the owner hears of a reader's doubt.
func (f *Freshness) Doubted(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[community.Doubted](payload)
	if err != nil {
		return err
	}
	return f.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		post, err := f.Posts.Find(ctx, actor.VisitorOf(tenant), fact.ID)
		if isNoRow(err) || err == nil && post.State != community.Published {
			return nil
		}
		if err != nil {
			return err
		}
		member, err := f.Members.ByID(ctx, tenant, post.Owner())
		if isNoRow(err) || err == nil && !member.LeftAt.IsZero() {
			return nil
		}
		if err != nil {
			return err
		}
		recently, err := f.Letters.wrote(ctx, tx, member.ID, "doubted", tellDoubtsAfter)
		if err != nil || recently {
			return err
		}
		return f.Letters.Write(ctx, tx, reader(member), func(s letters.Sender) letters.Letter {
			return letters.Doubted(s, member.Name, question(s, post))
		})
	})
}

func question(s letters.Sender, post *community.Post) letters.Question {
	asked := letters.Question{Title: s.Typeset(post.Title), URL: s.At(post.Path()), Line: s.Words.T("letters.still_true.since", "Day", s.Words.Date(post.LastChecked()))}
	if post.State == community.Stale {
		asked.Line = s.Words.T("letters.still_true.stale")
	}
	answer := func(answer Answer) letters.Button {
		return letters.Button{Label: s.Words.T("letters.still_true." + string(answer)), URL: s.Home + AnswerPath(s.Tenant, hostOf(s.Home), post, answer)}
	}
	asked.Yes, asked.No = answer(StillTrue), answer(NoLongerTrue)
	return asked
}

// Answer is what an owner says of a piece.
type Answer string

// The answers.
const (
	StillTrue    Answer = "yes"
	NoLongerTrue Answer = "no"
)

// AnswerPath is the link by which the owner of a piece answers without signing
// in. Its signature holds for this piece, owner, answer and host alone.
func AnswerPath(tenant *tenants.Tenant, host string, post *community.Post, answer Answer) string {
	return "/encore-vrai?" + url.Values{"p": {post.ID.String()}, "r": {string(answer)}, "s": {sealAnswer(tenant, host, post, answer)}}.Encode()
}

func sealAnswer(tenant *tenants.Tenant, host string, post *community.Post, answer Answer) string {
	return seal(tenant, host, "freshness", fmt.Sprintf("%s\n%s\n%s", post.ID, post.Owner(), answer))
}

// AnswerLink tells of which piece a link speaks, and as whom whoever follows it
// answers: a link that was not signed here finds nothing.
func (f *Freshness) AnswerLink(ctx context.Context, tenant *tenants.Tenant, host, piece string, answer Answer, signature string) (*community.Post, actor.Actor, error) {
	wanted, err := id.Parse(piece)
	if err != nil || answer != StillTrue && answer != NoLongerTrue {
		return nil, actor.Actor{}, fmt.Errorf("link that answers: %w", fault.NotFound)
	}
	visitor := actor.VisitorOf(tenant.ID)
	post, err := f.Posts.Find(ctx, visitor, wanted)
	if err != nil {
		return nil, actor.Actor{}, err
	}
	if !hmac.Equal([]byte(signature), []byte(sealAnswer(tenant, host, post, answer))) {
		return nil, actor.Actor{}, fmt.Errorf("link that answers: %w", fault.NotFound)
	}
	visitor.Member = post.Owner()
	return post, visitor, nil
}

// Answer carries out what a link says; twice is once.
func (f *Freshness) Answer(ctx context.Context, owner actor.Actor, post id.ID, answer Answer) error {
	if answer == StillTrue {
		return f.Posts.Confirm(ctx, owner, post)
	}
	return f.Posts.Retire(ctx, owner, post)
}
