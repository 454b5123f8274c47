package profile

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/kit"
	"github.com/kumun/kumun/web/site/signin"
)

// proven tells whether the member signed in a short while ago, and otherwise
// sends them to do so and back: an open browser is no proof of who sits there.
func (p pages) proven(r *kit.Request, back string) (bool, error) {
	recent, err := p.members.SignedInRecently(r.Context(), r.Actor)
	if err != nil || recent {
		return recent, err
	}
	return false, r.SeeOther(signin.Path+"?encore=oui&suite="+url.QueryEscape(back), "")
}

// taken is the file that a member takes away.
type taken struct {
	Community string    `json:"community"`
	Made      time.Time `json:"made"`
	*membership.Data
	*community.Traces
	Told    *notifications.Traces     `json:"told"`
	Letters *notifications.OwnLetters `json:"letters"`
	Posts   []takenPost               `json:"posts"`
	Drafts  []takenDraft              `json:"drafts"`
}

type takenPost struct {
	Kind     string    `json:"kind"`
	Title    string    `json:"title"`
	Text     string    `json:"text"`
	Place    string    `json:"place,omitempty"`
	Address  string    `json:"address"`
	State    string    `json:"state"`
	PostedAt time.Time `json:"posted_at"`
}

type takenDraft struct {
	Kind    string    `json:"kind"`
	Title   string    `json:"title"`
	Text    string    `json:"text"`
	SavedAt time.Time `json:"saved_at"`
}

func (p pages) takeout(r *kit.Request) error {
	if proven, err := p.proven(r, Path); err != nil || !proven {
		return err
	}
	data, err := p.members.Takeout(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	posts, err := p.ownPosts(r)
	if err != nil {
		return err
	}
	traces, err := p.posts.Traces(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	told, err := p.telling.Traces(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	letters, err := p.subscriptions.Own(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	kept, err := p.posts.Drafts(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	drafts := []takenDraft{}
	for _, one := range kept {
		drafts = append(drafts, takenDraft{string(one.Draft.Kind), one.Draft.Title, one.Draft.Text, one.SavedAt})
	}
	encoded, err := json.MarshalIndent(taken{Community: r.Tenant.Name, Made: r.Now, Data: data, Traces: traces, Told: told, Letters: letters, Posts: posts, Drafts: drafts}, "", "  ")
	if err != nil {
		return fmt.Errorf("encode own data: %w", err)
	}
	header := r.Gin.Writer.Header()
	header.Set("Content-Disposition", `attachment; filename="`+r.Tenant.Slug+`-`+r.Now.Format(time.DateOnly)+`.json"`)
	header.Set("Cache-Control", "no-store")
	r.Gin.Data(http.StatusOK, "application/json; charset=utf-8", encoded)
	return nil
}

func (p pages) ownPosts(r *kit.Request) ([]takenPost, error) {
	all := []takenPost{}
	for after := (community.Cursor{}); ; {
		page, next, err := p.posts.Mine(r.Context(), r.Actor, after)
		if err != nil {
			return nil, err
		}
		for _, listed := range page {
			// Lists leave the text out.
			post, err := p.posts.Find(r.Context(), r.Actor, listed.ID)
			if errors.Is(err, fault.NotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			all = append(all, takenPost{string(post.Kind), post.Title, post.Text, post.Where(), r.Link(post.Path()), string(post.State), post.PostedAt})
		}
		if next.IsZero() {
			return all, nil
		}
		after = next
	}
}

func (p pages) showClose(r *kit.Request) error {
	if proven, err := p.proven(r, Path+"/partir"); err != nil || !proven {
		return err
	}
	return r.Page(kit.Page{Title: r.Words.T("membership.close.title"), NoIndex: true, Body: closePage(r)})
}

func (p pages) close(r *kit.Request) error {
	if proven, err := p.proven(r, Path+"/partir"); err != nil || !proven {
		return err
	}
	if err := p.members.CloseAccount(r.Context(), r.Actor); err != nil {
		return err
	}
	signin.ForgetSession(r)
	return r.SeeOther("/", "notice.account_closed")
}
