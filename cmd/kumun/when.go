package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/jobs"
)

var notShown = fmt.Errorf("piece: %w", fault.NotFound)

// when says who follows each fact.
func (r *rooms) when() jobs.When {
	return jobs.When{
		"post.published":  {Inside: []jobs.Handler{r.moderation.Check("post")}},
		"post.edited":     {Inside: []jobs.Handler{r.moderation.Check("post")}},
		"comment.posted":  {Inside: []jobs.Handler{r.moderation.Check("comment")}},
		"group.changed":   {Inside: []jobs.Handler{r.search.IndexGroup}},
		"listing.changed": {Inside: []jobs.Handler{r.search.IndexListing}},
		"sweep.due":       {Inside: []jobs.Handler{sweep(r.moderation.Remind)}},
		"expiry.due": {Inside: []jobs.Handler{sweep(func(ctx context.Context, tenant id.ID) error {
			_, err := r.posts.Expire(ctx, tenant)
			return err
		})}},
	}
}

// sweep follows a fact of the schedule, which says no more than its tenant.
func sweep(do func(context.Context, id.ID) error) jobs.Handler {
	return func(ctx context.Context, tenant id.ID, _ json.RawMessage) error { return do(ctx, tenant) }
}
