package community

import (
	"context"
	"crypto/subtle"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/moderation"
)

// Visibility is who may open a list.
type Visibility string

// The visibilities: its member alone, whoever has the link, everyone.
const (
	Private Visibility = "private"
	ByLink  Visibility = "link"
	Public  Visibility = "public"
)

// Visibilities lists them, the closest first.
var Visibilities = []Visibility{Private, ByLink, Public}

// What a member may keep.
const (
	MinListTitle, MaxListTitle = 2, 60
	maxLists                   = 50
	maxKept                    = 500
)

// List is what a member keeps under one title.
type List struct {
	bun.BaseModel `bun:"table:lists,alias:list"`
	database.Owned
	ID         id.ID `bun:",pk"`
	MemberID   id.ID
	Title      string
	Visibility Visibility
	Secret     string
	Main       bool
	State      State
	MadeAt     time.Time

	// Count is how many pieces it holds; only Lists fills it.
	Count int `bun:",scanonly"`
	// Holds is set by KeptIn.
	Holds bool `bun:",scanonly"`
}

// Path is the list's address: for one shared by link nobody can guess it.
func (l *List) Path() string {
	if l.Visibility == ByLink {
		return "/listes/" + l.ID.String() + "-" + l.Secret
	}
	return "/listes/" + l.ID.String() + "-" + membership.Slug(l.Title)
}

// Kept is a piece in a list.
type Kept struct {
	bun.BaseModel `bun:"table:kept,alias:kept"`
	database.Owned
	ID      id.ID `bun:",pk"`
	ListID  id.ID
	Kind    string
	PieceID id.ID
	KeptAt  time.Time
}

// PieceRef names a piece that may be kept: a "post" or a "listing".
type PieceRef struct {
	Kind string
	ID   id.ID
}

// ParsePieceRef reads what String wrote.
func ParsePieceRef(text string) (PieceRef, error) {
	for _, kind := range []string{"post", "listing"} {
		if len(text) > len(kind) && text[:len(kind)+1] == kind+":" {
			piece, err := id.Parse(text[len(kind)+1:])
			if err == nil {
				return PieceRef{kind, piece}, nil
			}
		}
	}
	return PieceRef{}, fmt.Errorf("piece %q: %w", text, fault.NotFound)
}

// String is the piece as forms name it.
func (p PieceRef) String() string { return p.Kind + ":" + p.ID.String() }

// MakeList opens a list.
func (s *Service) MakeList(ctx context.Context, who actor.Actor, title string, visibility Visibility) (*List, error) {
	if !who.IsMember() {
		return nil, fault.SignIn
	}
	title, err := checkList(title, visibility)
	if err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	list := &List{ID: id.New(now), MemberID: who.Member, Title: title, Visibility: visibility, Secret: id.Secret(), State: Published, MadeAt: now}
	err = s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		count, err := tx.Select((*List)(nil)).Where("member_id = ?", who.Member).Count(ctx)
		if err != nil {
			return err
		}
		if count >= maxLists {
			return fault.InvalidField("title", "error.community.lists_many", "Max", maxLists)
		}
		_, err = tx.Insert(list).Exec(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("make list: %w", err)
	}
	return list, nil
}

// SaveList renames a list and says who may open it. A link that was taken back
// leads nowhere for good.
func (s *Service) SaveList(ctx context.Context, who actor.Actor, list id.ID, title string, visibility Visibility) (*List, error) {
	title, err := checkList(title, visibility)
	if err != nil {
		return nil, err
	}
	var found *List
	err = s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		if found, err = ownList(ctx, tx, who, list); err != nil {
			return err
		}
		if found.Visibility == ByLink && visibility != ByLink {
			found.Secret = id.Secret()
		}
		found.Title, found.Visibility = title, visibility
		_, err := tx.Update(found).Column("title", "visibility", "secret").WherePK().Exec(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("save list: %w", err)
	}
	return found, nil
}

// DeleteList forgets a list; the pieces stay where they are.
func (s *Service) DeleteList(ctx context.Context, who actor.Actor, list id.ID) error {
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		found, err := ownList(ctx, tx, who, list)
		if err != nil {
			return err
		}
		_, err = tx.Delete(found).WherePK().Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("delete list: %w", err)
	}
	return nil
}

// Keep puts a piece into the member's main list, which it opens under a title
// when there is none yet.
func (s *Service) Keep(ctx context.Context, who actor.Actor, piece PieceRef, title string) error {
	if !who.IsMember() {
		return fault.SignIn
	}
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		now := s.Clock.Now()
		list := &List{ID: id.New(now), MemberID: who.Member, Title: title, Visibility: Private, Secret: id.Secret(), Main: true, State: Published, MadeAt: now}
		if _, err := tx.Insert(list).On("CONFLICT (tenant_id, member_id) WHERE main DO NOTHING").Exec(ctx); err != nil {
			return err
		}
		if err := tx.Select(list).Where("member_id = ?", who.Member).Where("main").Scan(ctx); err != nil {
			return err
		}
		return s.keep(ctx, tx, list.ID, piece)
	})
	if err != nil {
		return fmt.Errorf("keep: %w", err)
	}
	return nil
}

// KeepIn puts a piece into those of the member's lists that are named, and
// takes it out of the others.
func (s *Service) KeepIn(ctx context.Context, who actor.Actor, piece PieceRef, lists []id.ID) error {
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		own, err := ownLists(ctx, tx, who)
		if err != nil {
			return err
		}
		for _, list := range lists {
			if !slices.ContainsFunc(own, func(mine List) bool { return mine.ID == list }) {
				return fault.NotFound
			}
		}
		for _, list := range own {
			change := s.drop
			if slices.Contains(lists, list.ID) {
				change = s.keep
			}
			if err := change(ctx, tx, list.ID, piece); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep in lists: %w", err)
	}
	return nil
}

// Drop takes a piece out of one of the member's lists.
func (s *Service) Drop(ctx context.Context, who actor.Actor, list id.ID, piece PieceRef) error {
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		found, err := ownList(ctx, tx, who, list)
		if err != nil {
			return err
		}
		return s.drop(ctx, tx, found.ID, piece)
	})
	if err != nil {
		return fmt.Errorf("drop from list: %w", err)
	}
	return nil
}

func (s *Service) keep(ctx context.Context, tx database.Tx, list id.ID, piece PieceRef) error {
	count, err := tx.Select((*Kept)(nil)).Where("list_id = ?", list).Count(ctx)
	if err != nil {
		return err
	}
	if count >= maxKept {
		return fault.InvalidField("list", "error.community.kept_many", "Max", maxKept)
	}
	now := s.Clock.Now()
	row := &Kept{ID: id.New(now), ListID: list, Kind: piece.Kind, PieceID: piece.ID, KeptAt: now}
	_, err = tx.Insert(row).On("CONFLICT (tenant_id, list_id, kind, piece_id) DO NOTHING").Exec(ctx)
	return err
}

func (s *Service) drop(ctx context.Context, tx database.Tx, list id.ID, piece PieceRef) error {
	_, err := tx.Delete((*Kept)(nil)).Where("list_id = ?", list).Where("kind = ?", piece.Kind).Where("piece_id = ?", piece.ID).Exec(ctx)
	return err
}

// Lists are the member's own, each with how much it holds.
func (s *Service) Lists(ctx context.Context, who actor.Actor) ([]List, error) {
	return s.KeptIn(ctx, who, PieceRef{})
}

// KeptIn are the member's lists, and which of them hold a piece.
func (s *Service) KeptIn(ctx context.Context, who actor.Actor, piece PieceRef) ([]List, error) {
	if !who.IsMember() {
		return nil, nil
	}
	var lists []List
	err := s.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) (err error) {
		return tx.Query(ctx, &lists, listsOf, who.Member, piece.Kind, piece.ID)
	})
	if err != nil {
		return nil, fmt.Errorf("read lists: %w", err)
	}
	return lists, nil
}

const listsOf = `SELECT l.*, (SELECT count(*) FROM kept k WHERE k.tenant_id = l.tenant_id AND k.list_id = l.id) AS count,
    EXISTS (SELECT 1 FROM kept k WHERE k.tenant_id = l.tenant_id AND k.list_id = l.id AND k.kind = ?1 AND k.piece_id = ?2) AS holds
  FROM lists l WHERE l.tenant_id = ?tenant AND l.member_id = ?0 ORDER BY l.main DESC, l.id`

// IsKept tells whether a piece is in one of the member's lists.
func (s *Service) IsKept(ctx context.Context, who actor.Actor, piece PieceRef) (bool, error) {
	if !who.IsMember() {
		return false, nil
	}
	var kept bool
	err := s.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Query(ctx, &kept, isKept, who.Member, piece.Kind, piece.ID)
	})
	if err != nil {
		return false, fmt.Errorf("look for a piece in lists: %w", err)
	}
	return kept, nil
}

const isKept = `SELECT EXISTS (SELECT 1 FROM lists l JOIN kept k ON k.tenant_id = l.tenant_id AND k.list_id = l.id
  WHERE l.tenant_id = ?tenant AND l.member_id = ?0 AND k.kind = ?1 AND k.piece_id = ?2)`

// OpenList reads a list that the actor may open with what follows its
// identifier in the address. What they may not open does not exist for them.
func (s *Service) OpenList(ctx context.Context, who actor.Actor, list id.ID, tail string) (*List, error) {
	found := &List{}
	err := s.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(found).Where("id = ?", list).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("open list: %w", err)
	}
	if !s.opens(who, found, tail) {
		return nil, fmt.Errorf("open list: %w", fault.NotFound)
	}
	return found, nil
}

func (s *Service) opens(who actor.Actor, list *List, tail string) bool {
	switch {
	case who.IsMember() && who.Member == list.MemberID:
		return true
	case list.Visibility != Private && s.moderates(who):
		return true
	case list.State != Published:
		return false
	case list.Visibility == ByLink:
		return subtle.ConstantTimeCompare([]byte(tail), []byte(list.Secret)) == 1
	}
	return list.Visibility == Public
}

// keptAPage is how much of a list a page shows.
const keptAPage = 24

// KeptPage lists the pieces of a list, the last kept first, after one of them.
func (s *Service) KeptPage(ctx context.Context, tenant, list, after id.ID) (page []Kept, next id.ID, err error) {
	err = s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		query := tx.Select(&page).Where("list_id = ?", list)
		if after != 0 {
			query.Where("id < ?", after)
		}
		return query.Order("id DESC").Limit(keptAPage + 1).Scan(ctx)
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read list: %w", err)
	}
	if len(page) > keptAPage {
		page = page[:keptAPage]
		next = page[keptAPage-1].ID
	}
	return page, next, nil
}

func checkList(title string, visibility Visibility) (string, error) {
	title = Line(title)
	invalid := &fault.Invalid{}
	if title == "" {
		invalid.Add("title", "error.community.list_title")
	} else {
		checkLength(invalid, "title", title, MinListTitle, MaxListTitle)
	}
	if !slices.Contains(Visibilities, visibility) {
		invalid.Add("visibility", "error.choice")
	}
	return title, invalid.OrNil()
}

func ownList(ctx context.Context, tx database.Tx, who actor.Actor, list id.ID) (*List, error) {
	found := &List{}
	if !who.IsMember() {
		return nil, fault.NotFound
	}
	return found, tx.Select(found).Where("id = ?", list).Where("member_id = ?", who.Member).Scan(ctx)
}

func ownLists(ctx context.Context, tx database.Tx, who actor.Actor) ([]List, error) {
	var lists []List
	if !who.IsMember() {
		return nil, fault.SignIn
	}
	return lists, tx.Select(&lists).Where("member_id = ?", who.Member).Scan(ctx)
}

// reviewableList lets moderation read the title of a list that others see.
func (s *Service) reviewableList() moderation.Kind {
	load := func(ctx context.Context, tx database.Tx, list id.ID) (*List, error) {
		found := &List{}
		return found, tx.Select(found).Where("id = ?", list).Scan(ctx)
	}
	return moderation.Kind{Name: "list",
		Load: func(ctx context.Context, tx database.Tx, list id.ID) (moderation.Piece, error) {
			found, err := load(ctx, tx, list)
			if err != nil {
				return moderation.Piece{}, err
			}
			if found.Visibility == Private {
				return moderation.Piece{}, fault.NotFound
			}
			return moderation.Piece{AuthorID: found.MemberID, Title: found.Title, URL: found.Path(), PostedAt: found.MadeAt, State: found.State}, nil
		},
		SetState: func(ctx context.Context, tx database.Tx, list id.ID, state State) error {
			_, err := tx.Update((*List)(nil)).Set("state = ?", state).Where("id = ?", list).Exec(ctx)
			return err
		}}
}

// ForgetMember drops what only served somebody who closed the account.
func (s *Service) ForgetMember(ctx context.Context, tenant, member id.ID) error {
	err := s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		if _, err := tx.Delete((*List)(nil)).Where("member_id = ?", member).Exec(ctx); err != nil {
			return err
		}
		for _, row := range []any{(*Follow)(nil), (*Hello)(nil)} {
			if _, err := tx.Delete(row).Where("member_id = ?", member).Exec(ctx); err != nil {
				return err
			}
		}
		if _, err := tx.Delete((*Mention)(nil)).Where("member_id = ?", member).Exec(ctx); err != nil {
			return err
		}
		var vouches []Vouch
		if err := tx.Select(&vouches).Where("member_id = ?", member).Scan(ctx); err != nil {
			return err
		}
		if _, err := tx.Delete((*Followed)(nil)).Where("member_id = ?", member).Exec(ctx); err != nil {
			return err
		}
		if err := s.freeSeats(ctx, tx, member); err != nil {
			return err
		}
		if _, err := tx.Delete((*Manuscript)(nil)).Where("author_id = ?", member).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, forgetEarlier, member); err != nil {
			return err
		}
		return s.forgetVouches(ctx, tx, vouches)
	})
	if err != nil {
		return fmt.Errorf("forget what a former member kept: %w", err)
	}
	return nil
}
