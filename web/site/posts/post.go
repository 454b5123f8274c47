package posts

import (
	"errors"
	"net/http"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/kit"
)

// nearbyShown is how many pieces stand beside a post.
const nearbyShown = 3

// reading is what a post's page shows.
type reading struct {
	cards.Piece
	Group    membership.Group
	Comments []said
	More     string
	Nearby   []cards.Piece
	Own      bool
	// Owns tells that the reader answers for the piece being true.
	Owns    bool
	Thanked bool
	// Keeps tells that the reader keeps the piece's group.
	Keeps   bool
	Kept    bool
	Vouches []vouched
	// Going is who goes to an event; nil for what is none, or over.
	Going *going
	// Told links an answer and the tip that it became.
	Told answerTold
	// MayAccept tells that the reader may say which reply is the answer.
	MayAccept bool
	// People are a guide's authors.
	People  map[id.ID]membership.Person
	Named   naming
	Tongues tongues
	Form    *kit.Form
}

// said is a comment with who said it.
type said struct {
	community.Comment
	Author membership.Person
	Own    bool
}

func (p pages) show(r *kit.Request) error {
	post, err := p.inLanguage(r)
	if err != nil {
		return err
	}
	r.Saw(post.ID)
	if r.Gin.FullPath() != post.Kind.Path()+"/:id" {
		return r.SeeOther(post.Path(), "")
	}
	return p.page(r, post, http.StatusOK, kit.NewForm())
}

func (p pages) find(r *kit.Request) (*community.Post, error) {
	wanted, err := r.ID("id")
	if err != nil {
		return nil, err
	}
	return p.posts.Find(r.Context(), r.Actor, wanted)
}

// page shows a post with the comment form as it was left.
func (p pages) page(r *kit.Request, post *community.Post, status int, form *kit.Form) error {
	shown, err := p.read(r, post)
	if err != nil {
		return err
	}
	shown.Form = form
	if post.MembersOnly {
		// Nothing of it goes where others could meet it.
		return r.Page(kit.Page{Status: status, Title: cards.Title(post), Language: post.Spoken(), Section: section(post.Kind), NoIndex: true, Private: true,
			Body: postPage(r, shown)})
	}
	return r.Page(kit.Page{Status: status, Title: cards.Title(post), Language: post.Spoken(), In: shown.addresses(r), Description: words.Shorten(lead(post), 160),
		Section: section(post.Kind), Canonical: post.Path(), Preview: cards.PostPreview(r.Tenant, post),
		Piece: true, Trail: []kit.Link{{Href: post.Kind.Path(), Label: r.Words.T("community.feed." + string(post.Kind))}}, Facts: structured(r, shown),
		Scripts: []string{"share.js"},
		NoIndex: post.State != community.Published, Body: postPage(r, shown)})
}

func (p pages) read(r *kit.Request, post *community.Post) (*reading, error) {
	ctx, tenant := r.Context(), r.Tenant.ID
	nearby, err := p.posts.Nearby(ctx, tenant, post, nearbyShown)
	if err != nil {
		return nil, err
	}
	pieces, err := cards.Pieces(r, p.members, append([]*community.Post{post}, nearby...))
	if err != nil {
		return nil, err
	}
	shown := &reading{Piece: pieces[0], Nearby: pieces[1:], Own: r.Actor.IsMember() && post.AuthorID == r.Actor.Member}
	if shown.Comments, shown.More, err = p.comments(r, post); err != nil {
		return nil, err
	}
	if shown.Named, err = p.named(r, post); err != nil {
		return nil, err
	}
	if shown.Tongues, err = p.tongues(r, post); err != nil {
		return nil, err
	}
	shown.Owns = shown.Own || r.Actor.IsMember() && post.Owner() == r.Actor.Member
	if shown.Vouches, err = p.vouches(r, post); err != nil {
		return nil, err
	}
	if shown.Going, err = p.goers(r, post, shown.Own); err != nil {
		return nil, err
	}
	shown.MayAccept = post.Kind == community.Question && (shown.Own || r.Allows("post", "edit_any"))
	if shown.Told, err = p.answerTold(r, post); err != nil {
		return nil, err
	}
	if post.Guide != nil {
		if shown.People, err = p.members.People(ctx, tenant, post.Guide.Authors); err != nil {
			return nil, err
		}
	}
	groups, err := p.groups.ByIDs(ctx, tenant, wanted(post.GroupID))
	if err != nil {
		return nil, err
	}
	shown.Group = groups[post.GroupID]
	if shown.Keeps, err = p.posts.MayKeep(ctx, r.Actor, post); err != nil {
		return nil, err
	}
	if shown.Thanked, err = p.posts.Thanked(ctx, r.Actor, post.ID); err != nil {
		return nil, err
	}
	shown.Kept, err = p.posts.IsKept(ctx, r.Actor, community.PieceRef{Kind: "post", ID: post.ID})
	return shown, err
}

func wanted(group id.ID) []id.ID {
	if group == 0 {
		return nil
	}
	return []id.ID{group}
}

// comments reads a page of them, and the address of the next.
func (p pages) comments(r *kit.Request, post *community.Post) ([]said, string, error) {
	comments, next, err := p.posts.Comments(r.Context(), r.Actor, post, community.ParseCursor(r.Query("suite")))
	if err != nil || len(comments) == 0 {
		return nil, "", err
	}
	authors := make([]id.ID, 0, len(comments))
	for _, comment := range comments {
		authors = append(authors, comment.AuthorID)
	}
	people, err := p.members.People(r.Context(), r.Tenant.ID, authors)
	if err != nil {
		return nil, "", err
	}
	all := make([]said, 0, len(comments))
	for _, comment := range comments {
		all = append(all, said{comment, people[comment.AuthorID], comment.AuthorID == r.Actor.Member && r.Actor.IsMember()})
	}
	more := ""
	if !next.IsZero() {
		more = post.Path() + "?suite=" + next.String() + "#reponses"
	}
	return all, more, nil
}

func (p pages) thank(r *kit.Request) error {
	post, err := p.find(r)
	if err != nil {
		return err
	}
	change := p.posts.Thank
	if r.Form().Has("merci", "retirer") {
		change = p.posts.Unthank
	}
	if err := change(r.Context(), r.Actor, post.ID); err != nil {
		return err
	}
	return r.SeeOther(post.Path()+"#merci", "")
}

func (p pages) accept(r *kit.Request) error {
	post, err := p.find(r)
	if err != nil {
		return err
	}
	var answer id.ID
	if text := r.Form().Value("reponse"); text != "" {
		if answer, err = id.Parse(text); err != nil {
			return fault.NotFound
		}
	}
	if err := p.posts.Accept(r.Context(), r.Actor, post.ID, answer); err != nil {
		return err
	}
	return r.SeeOther(post.Path()+"#reponses", "")
}

func (p pages) reply(r *kit.Request) error {
	post, err := p.find(r)
	if err != nil {
		return err
	}
	comment, err := p.posts.Reply(r.Context(), r.Actor, post.ID, r.Form().Value("comment"))
	if form, invalid := r.Invalid(err); invalid {
		return p.page(r, post, http.StatusUnprocessableEntity, form)
	}
	if errors.Is(err, fault.TooMany) {
		return p.page(r, post, http.StatusTooManyRequests, wrong(r, "comment", "error.community.comments_flood"))
	}
	if err != nil {
		return err
	}
	return r.SeeOther(post.Path()+"#"+comment.Anchor(), heldNotice(comment.State))
}

// tooMany keeps what was typed and says at the field to wait.
func wrong(r *kit.Request, field, key string) *kit.Form {
	form := r.Form()
	form.Problems = []fault.Field{{Name: field, Key: key}}
	return form
}

// heldNotice tells an author that a moderator reads first.
func heldNotice(state community.State) string {
	if state == community.Held {
		return "notice.community_held"
	}
	return ""
}

func (p pages) editComment(r *kit.Request) error {
	comment, post, err := p.ownComment(r)
	if err != nil {
		return err
	}
	return p.commentPage(r, comment, post, http.StatusOK, kit.NewForm("comment", comment.Text))
}

func (p pages) saveComment(r *kit.Request) error {
	comment, post, err := p.ownComment(r)
	if err != nil {
		return err
	}
	saved, _, err := p.posts.EditComment(r.Context(), r.Actor, comment.ID, r.Form().Value("comment"))
	if form, invalid := r.Invalid(err); invalid {
		return p.commentPage(r, comment, post, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	return r.SeeOther(post.Path()+"#"+saved.Anchor(), heldNotice(saved.State))
}

func (p pages) confirmDeleteComment(r *kit.Request) error {
	comment, post, err := p.ownComment(r)
	if err != nil {
		return err
	}
	return r.Page(kit.Page{Title: r.Words.T("community.comment.delete"), NoIndex: true, Body: deleteCommentPage(r, comment, post)})
}

func (p pages) deleteComment(r *kit.Request) error {
	comment, _, err := p.ownComment(r)
	if err != nil {
		return err
	}
	post, err := p.posts.DeleteComment(r.Context(), r.Actor, comment.ID)
	if err != nil {
		return err
	}
	return r.SeeOther(post.Path()+"#reponses", "notice.community_comment_deleted")
}

func (p pages) ownComment(r *kit.Request) (*community.Comment, *community.Post, error) {
	wanted, err := r.ID("id")
	if err != nil {
		return nil, nil, err
	}
	return p.posts.OwnComment(r.Context(), r.Actor, wanted)
}

func (p pages) commentPage(r *kit.Request, comment *community.Comment, post *community.Post, status int, form *kit.Form) error {
	return r.Page(kit.Page{Status: status, Title: r.Words.T("community.comment.edit"), NoIndex: true, Body: editCommentPage(r, comment, post, form)})
}
