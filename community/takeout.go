package community

import (
	"context"
	"fmt"
	"time"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
)

// Traces are what a member has left here beside their pieces.
type Traces struct {
	Comments []OwnComment `json:"comments"`
	Thanks   []OwnThanks  `json:"thanks"`
	Vouches  []OwnVouch   `json:"vouches"`
	Goings   []OwnGoing   `json:"goings"`
	Lists    []OwnList    `json:"lists"`
	Kept     []OwnKept    `json:"kept"`
	Follows  []OwnFollow  `json:"follows"`
	Searches []OwnSearch  `json:"searches"`
	Hellos   []OwnHello   `json:"hellos"`
}

// OwnComment is a reply that the person wrote.
type OwnComment struct {
	On       string    `json:"on"`
	Text     string    `json:"text"`
	State    State     `json:"state"`
	PostedAt time.Time `json:"posted_at"`
}

// OwnThanks is a merci that the person said.
type OwnThanks struct {
	On string    `json:"on"`
	At time.Time `json:"at"`
}

// OwnVouch is the person's word to have been there; Month is its first day.
type OwnVouch struct {
	On    string    `json:"on"`
	Month time.Time `json:"month"`
	Text  string    `json:"text"`
	At    time.Time `json:"at"`
}

// OwnGoing is the person's place at an event.
type OwnGoing struct {
	On       string    `json:"on"`
	StartsAt time.Time `json:"starts_at"`
	Waiting  bool      `json:"waiting"`
	At       time.Time `json:"at"`
}

// OwnList is a list of the person's.
type OwnList struct {
	Title      string     `json:"title"`
	Visibility Visibility `json:"visibility"`
	MadeAt     time.Time  `json:"made_at"`
}

// OwnKept is a piece in one of the person's lists.
type OwnKept struct {
	List   string    `json:"list"`
	Kind   string    `json:"kind"`
	Title  string    `json:"title"`
	KeptAt time.Time `json:"kept_at"`
}

// OwnFollow is what the person follows: a group's or a person's identifier, a
// topic or a place.
type OwnFollow struct {
	Kind   string    `json:"kind"`
	Target string    `json:"target"`
	Since  time.Time `json:"since"`
}

// OwnSearch is a search whose news the person gets or got by mail; StoppedAt is
// null while they do.
type OwnSearch struct {
	Query     string     `json:"query"`
	Commune   string     `json:"commune"`
	CreatedAt time.Time  `json:"created_at"`
	StoppedAt *time.Time `json:"stopped_at"`
}

// OwnHello is the person's first sentence in a group.
type OwnHello struct {
	Group string    `json:"group"`
	Text  string    `json:"text"`
	At    time.Time `json:"at"`
}

// Traces gathers the actor's own, the oldest first. Lists are never null.
func (s *Service) Traces(ctx context.Context, who actor.Actor) (*Traces, error) {
	if !who.IsMember() {
		return nil, fault.SignIn
	}
	t := &Traces{[]OwnComment{}, []OwnThanks{}, []OwnVouch{}, []OwnGoing{}, []OwnList{}, []OwnKept{}, []OwnFollow{}, []OwnSearch{}, []OwnHello{}}
	err := s.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		for _, read := range []struct {
			rows      any
			statement string
		}{
			{&t.Comments, ownComments}, {&t.Thanks, ownThanks}, {&t.Vouches, ownVouches}, {&t.Goings, ownGoings},
			{&t.Lists, madeLists}, {&t.Kept, ownKept}, {&t.Follows, ownFollows}, {&t.Searches, ownSearches}, {&t.Hellos, ownHellos},
		} {
			if err := tx.Query(ctx, read.rows, read.statement, who.Member); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("gather what a member left: %w", err)
	}
	return t, nil
}

const (
	// onPost joins the piece that something is about, whose title "on" is: what
	// stands inside a group keeps it, since its reader may have left.
	onPost      = ` JOIN posts p ON p.tenant_id = x.tenant_id AND p.id = x.post_id WHERE x.tenant_id = ?tenant AND `
	ownComments = `SELECT CASE WHEN p.members_only THEN '' ELSE p.title END AS "on", x.text, x.state, x.posted_at FROM comments x` + onPost + `x.author_id = ?0 ORDER BY x.posted_at, x.id`
	ownThanks   = `SELECT CASE WHEN p.members_only THEN '' ELSE p.title END AS "on", x.at FROM thanks x` + onPost + `x.member_id = ?0 ORDER BY x.at, x.id`
	ownVouches  = `SELECT CASE WHEN p.members_only THEN '' ELSE p.title END AS "on", x.month, x.text, x.at FROM vouches x` + onPost + `x.member_id = ?0 ORDER BY x.at, x.id`
	ownGoings   = `SELECT CASE WHEN p.members_only THEN '' ELSE p.title END AS "on", x.starts_at, x.waiting, x.at FROM goings x` + onPost + `x.member_id = ?0 ORDER BY x.at, x.id`
	madeLists   = `SELECT title, visibility, made_at FROM lists WHERE tenant_id = ?tenant AND member_id = ?0 ORDER BY made_at, id`
	// What is not a post is called as search calls it.
	ownKept = `SELECT l.title AS list, k.kind, k.kept_at,
  coalesce(p.title, (SELECT max(d.title) FROM search_documents d WHERE d.tenant_id = k.tenant_id AND d.kind = k.kind AND d.piece_id = k.piece_id), '') AS title
  FROM kept k JOIN lists l ON l.tenant_id = k.tenant_id AND l.id = k.list_id
  LEFT JOIN posts p ON p.tenant_id = k.tenant_id AND p.id = k.piece_id AND k.kind = 'post' AND NOT p.members_only
  WHERE k.tenant_id = ?tenant AND l.member_id = ?0 ORDER BY k.kept_at, k.id`
	ownHellos = `SELECT g.name AS "group", x.text, x.at FROM hellos x JOIN groups g ON g.tenant_id = x.tenant_id AND g.id = x.group_id
  WHERE x.tenant_id = ?tenant AND x.member_id = ?0 ORDER BY x.at, x.id`
	ownFollows  = `SELECT kind, target, since FROM follows WHERE tenant_id = ?tenant AND member_id = ?0 ORDER BY since, id`
	ownSearches = `SELECT query, commune, created_at, stopped_at FROM followed_searches WHERE tenant_id = ?tenant AND member_id = ?0 ORDER BY created_at, id`
)
