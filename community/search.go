package community

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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

// FoundAPage is how many answers a page shows.
const FoundAPage = 15

// Document is what search knows of a piece.
type Document struct {
	bun.BaseModel `bun:"table:search_documents,alias:document"`
	database.Owned
	ID         id.ID `bun:",pk"`
	Kind       Kind
	PieceID    id.ID
	Title      string
	Place      string
	Text       string // plain
	TitleTerms string
	PlaceTerms string
	Path       string
	Sponsor    string // who paid for the piece, to label it
	Motif      string // of the cover, where it is not drawn by lot
	PostedAt   time.Time
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
}

// Found is the answer to a query.
type Found struct {
	// Understood is the query as it was answered, when typos were mended.
	Understood string
	// Loose tells that no piece has all the words, and these have some.
	Loose  bool
	Total  int
	Counts map[Kind]int
	Page   int
	Pages  int
	Hits   []Hit
}

// Hit is one answer with the words that matched.
type Hit struct {
	Document
	Snippet []Segment
}

// Segment is a stretch of text, marked where it matched.
type Segment struct {
	Text   string
	Marked bool
}

// Find answers a query, a page of one kind or of all. No query is an error:
// one without words finds nothing.
func (s *Search) Find(ctx context.Context, tenant id.ID, query string, kind Kind, page int) (*Found, error) {
	found := &Found{Counts: map[Kind]int{}, Page: max(page, 1), Pages: 1}
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		wanted, err := s.understand(ctx, tx, found, Line(query))
		if err != nil || len(wanted) == 0 {
			return err
		}
		match := matching(tx, wanted, true)
		if err := count(ctx, tx, found, match); err != nil {
			return err
		}
		if found.Total == 0 && len(wanted) > 1 {
			found.Loose = true
			match = matching(tx, wanted, false)
			if err := count(ctx, tx, found, match); err != nil {
				return err
			}
		}
		if kind != "" {
			found.Total = found.Counts[kind]
		}
		found.Pages = max(1, (found.Total+FoundAPage-1)/FoundAPage)
		found.Page = min(found.Page, found.Pages)
		if found.Total == 0 {
			return nil
		}
		documents, err := ranked(ctx, tx, match, wanted, kind, found.Page)
		for _, document := range documents {
			found.Hits = append(found.Hits, Hit{document, snippet(document.Text, wanted)})
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	return found, nil
}

// understand turns a query into the terms to look for; a word that no document
// has is replaced by its neighbour.
func (s *Search) understand(ctx context.Context, tx database.Tx, found *Found, query string) ([]string, error) {
	asked := analyse(query)
	if len(asked) > maxQueryTerms {
		asked = asked[:maxQueryTerms]
	}
	if len(asked) == 0 {
		return nil, nil
	}
	neighbours, err := neighboursOf(ctx, tx, asked)
	if err != nil {
		return nil, err
	}
	var wanted []string
	var said strings.Builder
	at := 0
	for _, word := range asked {
		term := word.term
		if mended, known := mend(term, neighbours); !known && mended.Term != "" {
			term = mended.Term
			said.WriteString(query[at:word.start] + mended.Shown)
			at = word.end
		}
		if !slices.Contains(wanted, term) {
			wanted = append(wanted, term)
		}
	}
	if at > 0 {
		found.Understood = said.String() + query[at:]
	}
	return wanted, nil
}

// Word is a word of the community's, under one of its deletions.
type Word struct {
	bun.BaseModel `bun:"table:search_words,alias:word"`
	database.Owned
	ID    id.ID `bun:",pk"`
	Del   string
	Term  string
	Shown string
}

// neighboursOf reads the known words that may be a typo away from those asked
// for, and those words themselves.
func neighboursOf(ctx context.Context, tx database.Tx, asked []word) ([]Word, error) {
	var keys []string
	for _, word := range asked {
		keys = append(keys, deletions(word.term)...)
	}
	var words []Word
	err := tx.Select(&words).Distinct().Column("term", "shown").Where("del IN (?)", bun.List(keys)).Order("term").Limit(500).Scan(ctx)
	return words, err
}

// mend finds the known word nearest to a term: one that begins alike, then the
// first of the alphabet. known tells that the term needs no mending.
func mend(term string, words []Word) (mended Word, known bool) {
	for _, word := range words {
		if word.Term == term {
			return word, true
		}
	}
	if len([]rune(term)) < minTypo {
		return Word{}, false
	}
	for _, word := range words {
		if !oneTypoApart(term, word.Term) || len([]rune(word.Term)) < minTypo-1 {
			continue
		}
		if mended.Term == "" || mended.Term[0] != term[0] && word.Term[0] == term[0] {
			mended = word
		}
	}
	return mended, false
}

// condition is an engine's way to say which documents match.
type condition struct {
	sql string
	arg string
}

func count(ctx context.Context, tx database.Tx, found *Found, match condition) error {
	var rows []struct {
		Kind  Kind
		Total int
	}
	err := tx.Query(ctx, &rows, `SELECT kind, count(*) AS total FROM search_documents
		WHERE tenant_id = ?tenant AND `+match.sql+` GROUP BY kind`, match.arg)
	for _, row := range rows {
		found.Counts[row.Kind] = row.Total
		found.Total += row.Total
	}
	return err
}

// ranked reads a page of matches: a word of the title counts four times, of
// the place twice; then the newest.
func ranked(ctx context.Context, tx database.Tx, match condition, wanted []string, kind Kind, page int) ([]Document, error) {
	var score strings.Builder
	var patterns []any
	for n, term := range wanted {
		if n > 0 {
			score.WriteString(" + ")
		}
		score.WriteString("CASE WHEN title_terms LIKE ? THEN 4 WHEN place_terms LIKE ? THEN 2 ELSE 1 END")
		pattern := "% " + term + " %"
		patterns = append(patterns, pattern, pattern)
	}
	var documents []Document
	query := tx.Select(&documents).Where(match.sql, match.arg)
	if kind != "" {
		query.Where("kind = ?", kind)
	}
	err := query.OrderExpr("("+score.String()+") DESC", patterns...).OrderExpr("posted_at DESC, id DESC").
		Limit(FoundAPage).Offset(int64(page-1) * FoundAPage).Scan(ctx)
	return documents, err
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
	text := Plain(post.Text)
	if post.Standfirst != "" {
		text = post.Standfirst + " " + text
	}
	text += " " + strings.Join(post.Topics, " ")
	return s.put(ctx, tx, &Document{Kind: post.Kind, PieceID: post.ID, Title: post.Title, Place: post.Where(),
		Text: strings.TrimSpace(text), Path: post.Path(), PostedAt: post.PostedAt})
}

// put writes a document over what was known of its piece.
func (s *Search) put(ctx context.Context, tx database.Tx, document *Document) error {
	if err := s.forget(ctx, tx, document.Kind, document.PieceID); err != nil {
		return err
	}
	document.ID = id.New(s.Clock.Now())
	document.TitleTerms = " " + strings.Join(terms(document.Title), " ") + " "
	document.PlaceTerms = " " + strings.Join(terms(document.Place), " ") + " "
	if _, err := tx.Insert(document).Exec(ctx); err != nil {
		return fmt.Errorf("index %s: %w", document.Kind, err)
	}
	all := document.Title + "\n" + document.Place + "\n" + document.Text
	if err := indexTerms(ctx, tx, document.ID, prefixed(tx.Tenant, terms(all))); err != nil {
		return fmt.Errorf("index %s: %w", document.Kind, err)
	}
	return s.learn(ctx, tx, all)
}

func (s *Search) forget(ctx context.Context, tx database.Tx, kind Kind, piece id.ID) error {
	var gone []Document
	err := tx.Select(&gone).Column("tenant_id", "id").Where("kind = ?", kind).Where("piece_id = ?", piece).Scan(ctx)
	if err != nil || len(gone) == 0 {
		return err
	}
	if err := forgetTerms(ctx, tx, gone[0].ID); err != nil {
		return err
	}
	_, err = tx.Delete(&gone[0]).WherePK().Exec(ctx)
	return err
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
			rows = append(rows, Word{ID: id.New(s.Clock.Now()), Del: del, Term: term, Shown: shown[term]})
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
func prefixed(tenant id.ID, terms []string) []string {
	out := make([]string, len(terms))
	for n, term := range terms {
		out[n] = fmt.Sprintf("%dx%s", int64(tenant), term)
	}
	return out
}

// snippetSigns is about four lines on a phone.
const snippetSigns = 120

// snippet cuts the text around its first match and marks the words that match.
func snippet(text string, wanted []string) []Segment {
	words := analyse(text)
	matches := func(word word) bool { return slices.Contains(wanted, word.term) }
	start := 0
	if first := slices.IndexFunc(words, matches); first >= 0 && words[first].start > snippetSigns/2 {
		start = words[max(0, first-4)].start
	}
	end := len(text)
	if cut := []rune(text[start:]); len(cut) > snippetSigns {
		end = start + len(string(cut[:snippetSigns]))
		if space := strings.LastIndexByte(text[start:end], ' '); space > 0 {
			end = start + space
		}
	}
	var segments []Segment
	if start > 0 {
		segments = append(segments, Segment{Text: "… "})
	}
	at := start
	for _, word := range words {
		if word.start < at || word.end > end || !matches(word) {
			continue
		}
		segments = append(segments, Segment{Text: text[at:word.start]}, Segment{Text: text[word.start:word.end], Marked: true})
		at = word.end
	}
	segments = append(segments, Segment{Text: text[at:end]})
	if end < len(text) {
		segments = append(segments, Segment{Text: " …"})
	}
	return segments
}

func matching(tx database.Tx, wanted []string, all bool) condition {
	quoted := prefixed(tx.Tenant, wanted)
	if tx.Engine == database.PostgreSQL {
		return matchingPostgres(quoted, all)
	}
	return matchingSQLite(quoted, all)
}

func indexTerms(ctx context.Context, tx database.Tx, document id.ID, terms []string) error {
	if tx.Engine == database.PostgreSQL {
		return indexPostgres(ctx, tx, document, terms)
	}
	return indexSQLite(ctx, tx, document, terms)
}

// forgetTerms takes the terms away that lie outside the document's own row.
func forgetTerms(ctx context.Context, tx database.Tx, document id.ID) error {
	if tx.Engine == database.PostgreSQL {
		return nil
	}
	return forgetSQLite(ctx, tx, document)
}
