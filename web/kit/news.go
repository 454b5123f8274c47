package kit

import (
	"context"
	"log/slog"
	"strconv"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/id"
)

// NewsPath is where a member reads what happened.
const NewsPath = "/moi/nouvelles"

// mostSigned is the highest count that the header's sign shows.
const mostSigned = 9

// News is what members have not seen of what they were told.
type News interface {
	Unseen(ctx context.Context, who actor.Actor) (int, error)
	Saw(ctx context.Context, who actor.Actor, piece id.ID) error
}

// Unseen is how much a member has not seen. A page is worth more than its sign:
// what goes wrong is logged.
func (r *Request) Unseen() int {
	if r.house.News == nil || !r.Actor.IsMember() || r.IsOperator() {
		return 0
	}
	count, err := r.house.News.Unseen(r.ctx, r.Actor)
	if err != nil {
		slog.ErrorContext(r.ctx, "count news", "error", err)
	}
	return count
}

// Saw notes that the member looks at a piece.
func (r *Request) Saw(piece id.ID) {
	if r.house.News == nil {
		return
	}
	if err := r.house.News.Saw(r.ctx, r.Actor, piece); err != nil {
		slog.ErrorContext(r.ctx, "note what was seen", "error", err)
	}
}

// newsSign is the count as the header shows it: "3", "9+".
func newsSign(count int) string {
	if count > mostSigned {
		return strconv.Itoa(mostSigned) + "+"
	}
	return strconv.Itoa(count)
}

// newsLabel says it in words.
func (r *Request) newsLabel(count int) string {
	switch {
	case count == 0:
		return r.Words.T("news.title")
	case count > mostSigned:
		return r.Words.T("news.sign.many")
	}
	return r.Words.N("news.sign", count)
}
