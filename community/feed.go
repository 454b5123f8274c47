package community

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
)

// PostsAPage is how many posts a list shows.
const PostsAPage = 24

// Cursor is the place in a list after which a page begins.
type Cursor struct {
	At time.Time
	ID id.ID
}

// IsZero tells that the list begins at its beginning, or is at its end.
func (c Cursor) IsZero() bool { return c.ID == 0 }

// String is the cursor as addresses show it.
func (c Cursor) String() string {
	if c.IsZero() {
		return ""
	}
	return strconv.FormatInt(c.At.UnixMicro(), 36) + "." + c.ID.String()
}

// ParseCursor reads what String wrote; anything else is the beginning.
func ParseCursor(text string) Cursor {
	micros, tail, found := strings.Cut(text, ".")
	at, err := strconv.ParseInt(micros, 36, 64)
	post, problem := id.Parse(tail)
	if !found || err != nil || problem != nil || at < 0 || at > 1<<53 {
		return Cursor{}
	}
	return Cursor{time.UnixMicro(at).UTC(), post}
}

// Filter narrows a feed; what is zero does not.
type Filter struct {
	Kind    Kind
	Offer   string
	Group   id.ID
	Author  id.ID
	Commune string
	Topic   string
	// Unanswered leaves out questions that have their answer.
	Unanswered bool
	Limit      int
	// Whole reads the texts too, for feeds.
	Whole bool
}

// feedColumns leave out the text, which lists do not show.
const feedColumns = "post.tenant_id, post.id, post.kind, post.offer, post.title, post.standfirst, post.place, post.commune, " +
	"post.months, post.weekdays, post.topics, post.price_cents, post.until, post.author_id, post.group_id, post.members_only, post.pinned_at, post.picture_id, " +
	"post.event, post.starts_at, post.ends_at, post.answer_id, post.motif, post.salt, post.thanks, post.comments, post.vouches, post.low_tide, post.state, post.posted_at, post.edited_at, post.checked_at, post.due_at, post.doubted_at, post.language, post.rendering"

// Feed lists a page of published posts, the newest first, and where the next
// page begins.
func (s *Service) Feed(ctx context.Context, tenant id.ID, filter Filter, after Cursor) ([]*Post, Cursor, error) {
	return s.feed(ctx, tenant, "state = 'published'", filter, after)
}

// feed lists a page of the posts in a state.
func (s *Service) feed(ctx context.Context, tenant id.ID, state string, filter Filter, after Cursor) ([]*Post, Cursor, error) {
	limit := PostsAPage
	if filter.Limit > 0 {
		limit = filter.Limit
	}
	columns := feedColumns
	if filter.Whole {
		columns += ", post.text"
	}
	var posts []*Post
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		query := filter.narrow(tx.Select(&posts).ColumnExpr(columns).Where(state))
		if !after.IsZero() {
			query.Where("(posted_at, id) < (?, ?)", after.At, after.ID)
		}
		if err := query.OrderExpr("posted_at DESC, id DESC").Limit(int64(limit) + 1).Scan(ctx); err != nil {
			return err
		}
		return dressed(ctx, tx, posts...)
	})
	if err != nil {
		return nil, Cursor{}, fmt.Errorf("read feed: %w", err)
	}
	if len(posts) <= limit {
		return posts, Cursor{}, nil
	}
	posts = posts[:limit]
	last := posts[limit-1]
	return posts, Cursor{last.PostedAt, last.ID}, nil
}

// Narrowing is what an address asks a list to be narrowed to; what no filter
// can be is none, so that no database is asked for it.
func Narrowing(value string) string {
	if utf8.RuneCountInString(value) > MaxPlace || value != Line(value) {
		return ""
	}
	return value
}

func (f Filter) narrow(query *bun.SelectQuery) *bun.SelectQuery {
	if f.Kind != "" {
		query.Where("kind = ?", f.Kind)
	}
	if f.Offer != "" {
		query.Where("offer = ?", f.Offer)
	}
	if f.Group != 0 {
		query.Where("group_id = ?", f.Group)
	}
	if f.Author != 0 {
		query.Where("author_id = ?", f.Author)
	}
	if f.Commune != "" {
		query.Where("commune = ?", f.Commune)
	}
	if f.Unanswered {
		query.Where("answer_id IS NULL")
	}
	if f.Topic != "" {
		query.Where("topics LIKE ? ESCAPE '!'", holds(f.Topic))
	}
	return query
}

// holds is the pattern of a JSON list that holds a word.
func holds(word string) string {
	word = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_", `"`, "").Replace(word)
	return `%"` + word + `"%`
}

// Mine lists the author's own posts in every state but deleted.
func (s *Service) Mine(ctx context.Context, author actor.Actor, after Cursor) ([]*Post, Cursor, error) {
	var posts []*Post
	err := s.DB.Read(ctx, author.Tenant, func(ctx context.Context, tx database.Tx) error {
		query := tx.Select(&posts).ColumnExpr(feedColumns).Where("author_id = ?", author.Member).Where("state NOT IN ('deleted', 'removed')")
		if !after.IsZero() {
			query.Where("(posted_at, id) < (?, ?)", after.At, after.ID)
		}
		if err := query.OrderExpr("posted_at DESC, id DESC").Limit(PostsAPage + 1).Scan(ctx); err != nil {
			return err
		}
		return withPictures(ctx, tx, posts...)
	})
	if err != nil || len(posts) <= PostsAPage {
		return posts, Cursor{}, err
	}
	posts = posts[:PostsAPage]
	last := posts[PostsAPage-1]
	return posts, Cursor{last.PostedAt, last.ID}, nil
}

// ByIDs reads published posts, in the order asked for; those that are gone are
// left out.
func (s *Service) ByIDs(ctx context.Context, tenant id.ID, ids []id.ID) ([]*Post, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var posts []*Post
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		err := tx.Select(&posts).ColumnExpr(feedColumns).Where("state IN ('published', 'expired')").Where("id IN (?)", list(ids)).Scan(ctx)
		if err != nil {
			return err
		}
		return dressed(ctx, tx, posts...)
	})
	if err != nil {
		return nil, fmt.Errorf("read posts: %w", err)
	}
	slices.SortFunc(posts, func(a, b *Post) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	return posts, nil
}

// Visible reads those of some posts that the reader may see, by identifier.
func (s *Service) Visible(ctx context.Context, reader actor.Actor, ids []id.ID) (map[id.ID]*Post, error) {
	visible := make(map[id.ID]*Post, len(ids))
	if len(ids) == 0 {
		return visible, nil
	}
	err := s.DB.Read(ctx, reader.Tenant, func(ctx context.Context, tx database.Tx) error {
		var posts []*Post
		if err := tx.Select(&posts).ColumnExpr(feedColumns).Where("id IN (?)", list(ids)).Scan(ctx); err != nil {
			return err
		}
		var shown []*Post
		for _, post := range posts {
			may, err := s.reads(ctx, reader, post)
			if err != nil {
				return err
			}
			if may {
				visible[post.ID], shown = post, append(shown, post)
			}
		}
		return dressed(ctx, tx, shown...)
	})
	if err != nil {
		return nil, fmt.Errorf("read posts that somebody sees: %w", err)
	}
	return visible, nil
}

// Nearby lists a few posts from the same place, then from the same group.
func (s *Service) Nearby(ctx context.Context, tenant id.ID, post *Post, limit int) ([]*Post, error) {
	if post.Commune == "" && post.GroupID == 0 {
		return nil, nil
	}
	filter := Filter{Commune: post.Commune, Limit: limit + 1}
	if post.Commune == "" {
		filter.Group = post.GroupID
	}
	posts, _, err := s.Feed(ctx, tenant, filter, Cursor{})
	posts = slices.DeleteFunc(posts, func(other *Post) bool { return other.ID == post.ID })
	return posts[:min(len(posts), limit)], err
}

const communesWithPosts = `SELECT commune FROM posts
  WHERE tenant_id = ?tenant AND state = 'published' AND kind = ?0 AND commune <> ''
  GROUP BY commune ORDER BY count(*) DESC, commune LIMIT ?1`

// Communes lists the places with the most posts of a kind.
func (s *Service) Communes(ctx context.Context, tenant id.ID, kind Kind, limit int) ([]string, error) {
	var communes []string
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Query(ctx, &communes, communesWithPosts, kind, limit)
	})
	if err != nil {
		return nil, fmt.Errorf("list places: %w", err)
	}
	return communes, nil
}
