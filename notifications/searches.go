package notifications

import (
	"context"
	"crypto/hmac"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications/letters"
	"github.com/kumun/kumun/tenants"
)

// searchesAt is the hour of the community's day from which on news of searches
// are mailed.
const searchesAt = 7

// Searches mails members what is new of the searches that they follow: one
// letter a day at most, none when there is nothing.
type Searches struct {
	Letters *Letters
	Members *membership.Service
	Posts   *community.Service
}

// Due follows "searches.due": each search is looked at once a day.
func (s *Searches) Due(ctx context.Context, tenant id.ID, _ json.RawMessage) error {
	home, err := s.Letters.Tenants.ByID(ctx, tenant)
	if err != nil {
		return err
	}
	now := s.Letters.Clock.Now().In(home.Location())
	morning := time.Date(now.Year(), now.Month(), now.Day(), searchesAt, 0, 0, 0, now.Location())
	if now.Before(morning) {
		return nil
	}
	// What is scheduled for this hour is news now: the next look begins here.
	if err := s.Posts.PublishDue(ctx, tenant); err != nil {
		return err
	}
	for {
		due, err := s.Posts.Search.Unseen(ctx, tenant, morning.UTC())
		if err != nil || len(due) == 0 {
			return err
		}
		for len(due) > 0 {
			n := 1
			for n < len(due) && due[n].MemberID == due[0].MemberID {
				n++
			}
			if err := s.tell(ctx, home, due[:n]); err != nil {
				return fmt.Errorf("news of searches: %w", err)
			}
			due = due[n:]
		}
	}
}

// tell writes one member what is new.
func (s *Searches) tell(ctx context.Context, home *tenants.Tenant, followed []community.Followed) error {
	return s.Letters.DB.Write(ctx, home.ID, func(ctx context.Context, tx database.Tx) error {
		member, err := s.Members.ByID(ctx, home.ID, followed[0].MemberID)
		if err != nil {
			return err
		}
		sender := letters.For(home, member.Language, s.Letters.Home(home))
		var ids []id.ID
		var news []letters.SearchNews
		told := map[id.ID]bool{}
		for n := range followed {
			one := &followed[n]
			ids = append(ids, one.ID)
			found, err := s.news(ctx, home, one, told)
			if err != nil {
				return err
			}
			if len(found) == 0 {
				continue
			}
			part := letters.SearchNews{Query: one.Query, URL: sender.At(one.Sought().Path()), StopURL: sender.Home + SearchStopPath(home, hostOf(sender.Home), one.MemberID, one.ID)}
			for _, document := range found {
				part.Finds = append(part.Finds, letters.Find{Kicker: sender.Words.T("community.kind." + string(document.Kind)), Title: sender.Typeset(document.Title),
					Line: document.Place, URL: sender.At(document.Path)})
			}
			news = append(news, part)
		}
		mailed := len(news) > 0 && member.LeftAt.IsZero()
		if mailed {
			all := sender.Home + SearchStopPath(home, hostOf(sender.Home), member.ID, 0)
			if err := s.Letters.Write(ctx, tx, reader(member), func(w letters.Sender) letters.Letter {
				return letters.OfSearches(w, member.Name, news, all)
			}); err != nil {
				return err
			}
		}
		return s.Posts.Search.Seen(ctx, tx, mailed, ids...)
	})
}

// news leaves out the member's own pieces, and what the letter tells already.
func (s *Searches) news(ctx context.Context, home *tenants.Tenant, followed *community.Followed, told map[id.ID]bool) ([]community.Document, error) {
	query := followed.Sought()
	query.Synonyms = home.Settings.Synonyms
	found, err := s.Posts.Search.Newest(ctx, home.ID, query, followed.SeenAt, community.NewsAtOnce)
	if err != nil {
		return nil, err
	}
	var ids []id.ID
	for _, document := range found {
		ids = append(ids, document.PieceID)
	}
	posts, err := s.Posts.ByIDs(ctx, home.ID, ids)
	if err != nil {
		return nil, err
	}
	for _, post := range posts {
		if post.AuthorID == followed.MemberID {
			told[post.ID] = true
		}
	}
	var news []community.Document
	for _, document := range found {
		if !told[document.PieceID] {
			told[document.PieceID] = true
			news = append(news, document)
		}
	}
	return news, nil
}

// SearchStopPath is the link that ends a member's followed search, or all of
// them when it is zero, without signing in.
func SearchStopPath(tenant *tenants.Tenant, host string, member, search id.ID) string {
	return "/chercher/arreter?" + url.Values{"m": {member.String()}, "r": {search.String()}, "s": {signSearch(tenant, host, member, search)}}.Encode()
}

func signSearch(tenant *tenants.Tenant, host string, member, search id.ID) string {
	return seal(tenant, host, "search", member.String()+"/"+search.String())
}

// StopLink tells which searches a link speaks of: one that was not signed here
// finds nothing.
func (s *Searches) StopLink(tenant *tenants.Tenant, host, member, search, signature string) (id.ID, id.ID, error) {
	follower, err := id.Parse(member)
	one, problem := id.Parse(search)
	if err != nil || problem != nil || !hmac.Equal([]byte(signature), []byte(signSearch(tenant, host, follower, one))) {
		return 0, 0, fmt.Errorf("link that stops a search: %w", fault.NotFound)
	}
	return follower, one, nil
}
