package community

import (
	"context"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
)

const (
	// roundTakes is how often each link is looked at, askAgain how soon one that
	// did not answer, another day counting from anotherDay on.
	roundTakes, askAgain, anotherDay = 7 * days, days, 20 * time.Hour
	// failuresToTell is on how many days a link must not answer to count as dead.
	failuresToTell = 2
)

// Linked is a piece that holds links.
type Linked struct {
	PieceRef
	Owner       id.ID
	Title, Path string
	URLs        []string
}

// DeadLink is a link of a piece that did not answer.
type DeadLink struct {
	bun.BaseModel `bun:"table:dead_links,alias:dead_link"`
	database.Owned
	ID          id.ID `bun:",pk"`
	Kind        string
	PieceID     id.ID
	URL         string `bun:"url"`
	Title, Path string
	OwnerID     id.ID
	Since       time.Time
	LastAt      time.Time
	Failures    int
	AskAt       time.Time
	ToldAt      time.Time `bun:",nullzero"`
}

// Piece is what holds the link.
func (d *DeadLink) Piece() PieceRef { return PieceRef{Kind: d.Kind, ID: d.PieceID} }

// EditPath is where the owner mends it.
func (d *DeadLink) EditPath() string {
	if d.Kind == "listing" {
		return "/partenaires/fiches/" + d.PieceID.String() + "/modifier"
	}
	return "/publications/" + d.PieceID.String() + "/modifier"
}

// LinkRound is how far the pieces of a kind were looked at.
type LinkRound struct {
	bun.BaseModel `bun:"table:link_rounds,alias:link_round"`
	database.Owned
	Kind    string `bun:",pk"`
	AfterID id.ID
	BeganAt time.Time
	DueAt   time.Time
}

var href = regexp.MustCompile(`<a href="(https?://[^"]+)"`)

// Links lists the addresses on the web that a text leads to, each once.
func Links(text string) []string {
	var all []string
	for _, found := range href.FindAllStringSubmatch(HTML(text), -1) {
		if address := html.UnescapeString(found[1]); !slices.Contains(all, address) {
			all = append(all, address)
		}
	}
	return all
}

func (p *Post) linked() Linked {
	return Linked{PieceRef: PieceRef{Kind: "post", ID: p.ID}, Owner: p.Owner(), Title: p.Title, Path: p.Path(), URLs: Links(p.Text)}
}

const linkedColumns = "id, kind, title, text, guide, author_id"

// LinkedPosts lists published posts with links in the order of their
// identifiers, after one.
func (s *Service) LinkedPosts(ctx context.Context, tenant, after id.ID, limit int) ([]Linked, error) {
	var posts []*Post
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&posts).ColumnExpr(linkedColumns).Where("state = 'published'").Where("id > ?", after).
			Where("(text LIKE '%http%' OR text LIKE '%www.%')").OrderExpr("id").Limit(int64(limit)).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("list posts with links: %w", err)
	}
	all := make([]Linked, 0, len(posts))
	for _, post := range posts {
		all = append(all, post.linked())
	}
	return all, nil
}

// LinkedPost reads the links of one post; it has none when it does not show.
func (s *Service) LinkedPost(ctx context.Context, tenant, post id.ID) (Linked, error) {
	var found []*Post
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&found).ColumnExpr(linkedColumns).Where("state = 'published'").Where("id = ?", post).Scan(ctx)
	})
	if err != nil || len(found) == 0 {
		return Linked{}, err
	}
	return found[0].linked(), nil
}

// LinkRound tells how far the pieces of a kind were looked at, and whether to go
// on now.
func (s *Service) LinkRound(ctx context.Context, tenant id.ID, kind string) (LinkRound, bool, error) {
	var found []LinkRound
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&found).Where("kind = ?", kind).Scan(ctx)
	})
	now := s.Clock.Now()
	if err != nil || len(found) == 0 {
		return LinkRound{Kind: kind, BeganAt: now, DueAt: now}, err == nil, err
	}
	round := found[0]
	if round.AfterID == 0 {
		round.BeganAt = now
	}
	return round, !round.DueAt.After(now), nil
}

// NoteRound notes that a round came to a piece, or to its end when that is zero.
func (s *Service) NoteRound(ctx context.Context, tx database.Tx, round LinkRound, last id.ID) error {
	round.AfterID, round.DueAt = last, s.Clock.Now()
	if last == 0 {
		round.DueAt = round.BeganAt.Add(roundTakes)
	}
	_, err := tx.Insert(&round).On("CONFLICT (tenant_id, kind) DO UPDATE").
		Set("after_id = EXCLUDED.after_id, began_at = EXCLUDED.began_at, due_at = EXCLUDED.due_at").Exec(ctx)
	return err
}

// LinksToAskAgain lists links that did not answer lately.
func (s *Service) LinksToAskAgain(ctx context.Context, tenant id.ID, limit int) ([]DeadLink, error) {
	return s.deadLinks(ctx, tenant, limit, "ask_at, id", "ask_at <= ?", s.Clock.Now())
}

// UntoldDeadLinks lists dead links whose owners were not told, owner by owner.
func (s *Service) UntoldDeadLinks(ctx context.Context, tenant id.ID, limit int) ([]DeadLink, error) {
	return s.deadLinks(ctx, tenant, limit, "owner_id, piece_id, id", "told_at IS NULL AND failures >= ?", failuresToTell)
}

// DeadLinks lists for editors what their readers cannot open, the longest first.
func (s *Service) DeadLinks(ctx context.Context, editor actor.Actor, limit int) ([]DeadLink, error) {
	if err := s.may(editor, "post", "feature"); err != nil {
		return nil, err
	}
	return s.deadLinks(ctx, editor.Tenant, limit, "since, id", "failures >= ?", failuresToTell)
}

func (s *Service) deadLinks(ctx context.Context, tenant id.ID, limit int, order, where string, args ...any) ([]DeadLink, error) {
	var all []DeadLink
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&all).Where(where, args...).OrderExpr(order).Limit(int64(limit)).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("list dead links: %w", err)
	}
	return all, nil
}

// NoteLink notes whether a link of a piece answered.
func (s *Service) NoteLink(ctx context.Context, tx database.Tx, piece Linked, address string, alive bool) error {
	if alive {
		_, err := tx.Delete((*DeadLink)(nil)).Where("kind = ? AND piece_id = ? AND url = ?", piece.Kind, piece.ID, address).Exec(ctx)
		return err
	}
	now := s.Clock.Now()
	var known []DeadLink
	if err := tx.Select(&known).Where("kind = ? AND piece_id = ? AND url = ?", piece.Kind, piece.ID, address).Scan(ctx); err != nil {
		return err
	}
	if len(known) == 0 {
		row := &DeadLink{ID: id.New(now), Kind: piece.Kind, PieceID: piece.ID, URL: address, Title: piece.Title, Path: piece.Path,
			OwnerID: piece.Owner, Since: now, LastAt: now, Failures: 1, AskAt: now.Add(askAgain)}
		_, err := tx.Insert(row).On("CONFLICT (tenant_id, kind, piece_id, url) DO NOTHING").Exec(ctx)
		return err
	}
	row := &known[0]
	if now.Sub(row.LastAt) < anotherDay {
		return nil
	}
	row.Failures++
	row.Title, row.Path, row.OwnerID, row.LastAt, row.AskAt = piece.Title, piece.Path, piece.Owner, now, now.Add(askAgain)
	if row.Failures >= failuresToTell {
		row.AskAt = now.Add(roundTakes)
	}
	_, err := tx.Update(row).ExcludeColumn("told_at", "since").WherePK().Exec(ctx)
	return err
}

// NoteLinksTold notes that an owner heard of dead links.
func (s *Service) NoteLinksTold(ctx context.Context, tx database.Tx, links []id.ID) error {
	_, err := tx.Update((*DeadLink)(nil)).Set("told_at = ?", s.Clock.Now()).Where("id IN (?)", list(links)).Exec(ctx)
	return err
}

// ForgetLinks drops what is known of a piece's links but those that it still
// has.
func ForgetLinks(ctx context.Context, tx database.Tx, piece PieceRef, still []string) error {
	query := tx.Delete((*DeadLink)(nil)).Where("kind = ? AND piece_id = ?", piece.Kind, piece.ID)
	if len(still) > 0 {
		query.Where("url NOT IN (?)", bun.List(still))
	}
	_, err := query.Exec(ctx)
	return err
}

// Host is where a link leads, for people.
func (d *DeadLink) Host() string {
	_, host, _ := strings.Cut(d.URL, "://")
	host, _, _ = strings.Cut(host, "/")
	return strings.TrimPrefix(host, "www.")
}
