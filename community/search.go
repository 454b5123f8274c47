package community

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

// The kinds of documents beside those of posts.
const (
	GroupKind   Kind = "group"
	ListingKind Kind = "listing"
)

// Document is what search knows of a piece.
type Document struct {
	bun.BaseModel `bun:"table:search_documents,alias:document"`
	database.Owned
	ID         id.ID `bun:",pk"`
	Kind       Kind
	PieceID    id.ID
	Language   string // "" is the community's own
	Title      string
	Place      string
	Text       string // plain
	TitleTerms string
	PlaceTerms string
	Path       string
	Sponsor    string // who paid for the piece, to label it
	Motif      string // of the cover, where it is not drawn by lot
	Commune    string
	GroupID    id.ID     `bun:",nullzero"`
	StartsAt   time.Time `bun:",nullzero"` // of an event, the next time
	EndsAt     time.Time `bun:",nullzero"`
	PostedAt   time.Time

	Translated bool `bun:"-"`
}

// Source reads a piece of another room as search should know it; NotFound
// means that it is gone or not for everyone.
type Source func(ctx context.Context, tenant, piece id.ID) (*Document, error)

// Search finds posts, groups and listings, forgiving accents, plurals and a
// typo in each word.
type Search struct {
	DB       *database.DB
	Clock    clock.Clock
	Groups   Source
	Listings Source
	// Most is how many answers are looked at; zero is MostLookedAt.
	Most int

	tally tally
}

// IndexGroup follows the fact that a group changed.
func (s *Search) IndexGroup(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	return s.follow(ctx, tenant, payload, GroupKind, s.Groups)
}

// IndexListing follows the fact that a listing changed.
func (s *Search) IndexListing(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	return s.follow(ctx, tenant, payload, ListingKind, s.Listings)
}

func (s *Search) follow(ctx context.Context, tenant id.ID, payload json.RawMessage, kind Kind, source Source) error {
	var fact struct {
		ID id.ID `json:"id"`
	}
	if err := json.Unmarshal(payload, &fact); err != nil {
		return fmt.Errorf("read fact of %s: %w", kind, err)
	}
	return s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		document, err := source(ctx, tenant, fact.ID)
		// Inside this transaction an absent row has not become NotFound yet.
		if errors.Is(err, fault.NotFound) || errors.Is(err, sql.ErrNoRows) {
			return s.forget(ctx, tx, kind, fact.ID)
		}
		if err != nil {
			return err
		}
		document.Kind, document.PieceID = kind, fact.ID
		return s.put(ctx, tx, document)
	})
}

// post keeps a post's document in step with the post.
func (s *Search) post(ctx context.Context, tx database.Tx, post *Post) error {
	if post.State != Published {
		return s.forget(ctx, tx, post.Kind, post.ID)
	}
	documents := []*Document{post.document()}
	var translations []*Translation
	if err := tx.Select(&translations).Where("post_id = ?", post.ID).Order("language").Scan(ctx); err != nil {
		return err
	}
	for _, one := range translations {
		other := *post
		other.read(one)
		documents = append(documents, other.document())
	}
	return s.put(ctx, tx, documents...)
}

// document is the post as search should know it in the language it is read in.
func (p *Post) document() *Document {
	text := Plain(p.Text)
	if p.Standfirst != "" {
		text = p.Standfirst + " " + text
	}
	text += " " + strings.Join(p.Topics, " ")
	return &Document{Kind: p.Kind, PieceID: p.ID, Language: p.Spoken(), Translated: p.Translation != nil, Title: p.Title, Place: p.Where(),
		Text: strings.TrimSpace(text), Path: p.Path(), Commune: p.Commune, GroupID: p.GroupID,
		StartsAt: p.StartsAt, EndsAt: p.EndsAt, PostedAt: p.PostedAt}
}

// put writes the documents of a piece, one a language, over what was known of
// it.
func (s *Search) put(ctx context.Context, tx database.Tx, documents ...*Document) error {
	if err := s.forget(ctx, tx, documents[0].Kind, documents[0].PieceID); err != nil {
		return err
	}
	for _, document := range documents {
		if err := s.add(ctx, tx, document); err != nil {
			return err
		}
	}
	return nil
}

func (s *Search) add(ctx context.Context, tx database.Tx, document *Document) error {
	document.ID = id.New(s.Clock.Now())
	document.TitleTerms = " " + strings.Join(terms(document.Title), " ") + " "
	document.PlaceTerms = " " + strings.Join(terms(document.Place), " ") + " "
	if _, err := tx.Insert(document).Exec(ctx); err != nil {
		return fmt.Errorf("index %s: %w", document.Kind, err)
	}
	all := document.Title + "\n" + document.Place + "\n" + document.Text
	if err := indexTerms(ctx, tx, document.ID, append(prefixed(tx.Tenant, terms(all)), titled(tx.Tenant, terms(document.Title))...)); err != nil {
		return fmt.Errorf("index %s: %w", document.Kind, err)
	}
	if err := s.hint(ctx, tx, document); err != nil {
		return fmt.Errorf("propose %s: %w", document.Kind, err)
	}
	return s.learn(ctx, tx, all)
}

func (s *Search) forget(ctx context.Context, tx database.Tx, kind Kind, piece id.ID) error {
	var gone []Document
	err := tx.Select(&gone).Column("tenant_id", "id", "commune").Where("kind = ?", kind).Where("piece_id = ?", piece).Scan(ctx)
	if err != nil || len(gone) == 0 {
		return err
	}
	for _, document := range gone {
		if err := forgetTerms(ctx, tx, document.ID); err != nil {
			return err
		}
		if err := forgetHints(ctx, tx, document); err != nil {
			return err
		}
		if _, err := tx.Delete(&document).WherePK().Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// learn notes words that the community had not used before.
func (s *Search) learn(ctx context.Context, tx database.Tx, text string) error {
	shown := map[string]string{}
	for _, word := range analyse(text) {
		if _, seen := shown[word.term]; !seen {
			shown[word.term] = strings.ToLower(text[word.start:word.end])
		}
	}
	if len(shown) == 0 {
		return nil
	}
	unknown := make([]string, 0, len(shown))
	for term := range shown {
		unknown = append(unknown, term)
	}
	slices.Sort(unknown)
	var known []Word
	if err := tx.Select(&known).Column("term").Where("del IN (?)", bun.List(unknown)).Where("del = term").Scan(ctx); err != nil {
		return err
	}
	for _, word := range known {
		delete(shown, word.Term)
	}
	var rows []Word
	for _, term := range unknown {
		if shown[term] == "" {
			continue
		}
		for _, del := range deletions(term) {
			rows = append(rows, Word{Del: del, Term: term, Shown: shown[term]})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	for chunk := range slices.Chunk(rows, 500) {
		if _, err := tx.Insert(&chunk).On("CONFLICT (tenant_id, del, term) DO NOTHING").Exec(ctx); err != nil {
			return fmt.Errorf("learn words: %w", err)
		}
	}
	return nil
}

// prefixed gives each term its tenant: a common word costs what it costs one
// community, and nobody's word is found by another.
func prefixed(tenant id.ID, terms []string) []string { return marked(tenant, "x", terms) }

// titled marks terms once more as those of a title.
func titled(tenant id.ID, terms []string) []string { return marked(tenant, "t", terms) }

func marked(tenant id.ID, mark string, terms []string) []string {
	out := make([]string, len(terms))
	for n, term := range terms {
		out[n] = strconv.FormatInt(int64(tenant), 10) + mark + term
	}
	return out
}

func indexTerms(ctx context.Context, tx database.Tx, document id.ID, terms []string) error {
	if tx.Engine == database.PostgreSQL {
		return indexPostgres(ctx, tx, document, terms)
	}
	return indexSQLite(ctx, tx, document, terms)
}

func forgetTerms(ctx context.Context, tx database.Tx, document id.ID) error {
	if tx.Engine == database.PostgreSQL {
		return forgetPostgres(ctx, tx, document)
	}
	return forgetSQLite(ctx, tx, document)
}
