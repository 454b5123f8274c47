package jobs

import (
	"cmp"
	"context"
	"encoding/json"

	"github.com/kumun/kumun/analytics"
	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/moderation"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/tenants"
)

// Handler follows a fact. It runs inside the transaction in which the fact
// becomes done: domain methods join it, and twice is once.
type Handler func(ctx context.Context, tenant id.ID, payload json.RawMessage) error

// Outside follows a fact with an effect beyond the store, such as a letter. No
// transaction surrounds it; it calls done in the one that records the effect.
type Outside func(ctx context.Context, tenant id.ID, payload json.RawMessage, done func(context.Context, database.Tx) error) error

// Following is what happens upon a fact.
type Following struct {
	Urgency Urgency // Notifications, unless said
	// Secret facts lose their payload once done.
	Secret  bool
	Inside  []Handler
	Outside Outside
}

// When says who follows each fact. A fact that is not named is noted as done.
type When map[outbox.Fact]Following

// Urgency is that of a fact, also of one that nobody follows.
func (w When) Urgency(fact outbox.Fact) Urgency { return cmp.Or(w[fact].Urgency, Notifications) }

// Rooms are those that follow facts.
type Rooms struct {
	Outbox         *Housekeeper
	Audience       *analytics.Audience
	Moderation     *moderation.Service
	Posts          *community.Service
	Search         *community.Search
	Billing        *billing.Service
	Letters        *notifications.Letters
	Correspondence *notifications.Correspondence
	Digest         *notifications.Digest
	Freshness      *notifications.Freshness
	Searches       *notifications.Searches
	Going          *notifications.Going
	Asking         *notifications.Asking
	Links          *notifications.Links
	Telling        *notifications.Telling
	Subscriptions  *notifications.Subscriptions
	Newsletters    *notifications.Newsletters
	Company        *notifications.Company
	Groups         *membership.Groups
}

// List is who follows each fact: all that happens without anybody waiting for
// it can be read here.
func List(r Rooms) When {
	write := r.Correspondence
	return When{
		// People who wait for a letter.
		"sign_in.requested":          {Urgency: Transactional, Secret: true, Inside: []Handler{write.SignInRequested}},
		tenants.StaffSignInRequested: {Urgency: Transactional, Secret: true, Inside: []Handler{write.StaffSignInRequested}},
		notifications.LetterQueued:   {Urgency: Transactional, Outside: r.Letters.Send},
		notifications.BulkQueued:     {Outside: r.Letters.SendBulk},

		notifications.SubscriptionAsked: {Urgency: Transactional, Inside: []Handler{r.Subscriptions.Asked}},

		"member.joined": {Inside: []Handler{write.MemberJoined, r.Telling.Welcomed, r.Subscriptions.MemberJoined}},
		"member.left":   {Inside: []Handler{write.MemberLeft, r.Subscriptions.MemberLeft, r.forgetMember}},

		membership.DigestChosen: {Inside: []Handler{r.Digest.Chosen}},

		"post.published": {Urgency: Moderation, Inside: []Handler{r.Moderation.Check("post"), r.Asking.Published, r.Telling.Published}},
		"post.edited":    {Urgency: Moderation, Inside: []Handler{r.Moderation.Check("post")}},
		// What is for a group's members is read by the rules as well, and told to
		// them alone.
		community.PostedInside:    {Urgency: Moderation, Inside: []Handler{r.Moderation.Check("post"), r.Telling.Published}},
		community.CommentedInside: {Urgency: Moderation, Inside: []Handler{r.Moderation.Check("comment"), r.Telling.Replied}},
		"hello.said":              {Urgency: Moderation, Inside: []Handler{r.Moderation.Check("hello"), r.Company.Greeted}},
		"hello.welcomed":          {Inside: []Handler{r.Company.Welcomed}},

		"group.requested":       {Inside: []Handler{r.Company.Requested}},
		"group.request_decided": {Inside: []Handler{r.Company.Decided}},
		"group.invited":         {Inside: []Handler{r.Company.Invited}},
		"group.joined":          {Inside: []Handler{r.Company.Joined}},
		"group.left":            {Inside: []Handler{r.Posts.LeftGroup}},
		"group.offered":         {Inside: []Handler{r.Company.Offered}},
		"group.handed":          {Inside: []Handler{r.Company.Handed}},
		"group.blocked":         {Inside: []Handler{r.Company.Blocked}},
		"group.hid":             {Inside: []Handler{r.Company.Hid}},

		"comment.posted": {Urgency: Moderation, Inside: []Handler{r.Moderation.Check("comment"), r.Telling.Replied}},

		community.ThanksChanged:   {Inside: []Handler{r.Telling.Thanked}},
		notifications.NewsSpreads: {Urgency: Bulk, Inside: []Handler{r.Telling.Spread}},
		notifications.NewsDue:     {Inside: []Handler{r.Telling.Mail}},

		notifications.QuestionWaiting: {Inside: []Handler{r.Asking.Waiting}},

		community.PlaceAsked:     {Urgency: Transactional, Inside: []Handler{r.Going.Asked}},
		community.PlaceFreed:     {Inside: []Handler{r.Going.Freed}},
		community.EventMoved:     {Inside: []Handler{r.Going.Moved}},
		community.EventCancelled: {Inside: []Handler{r.Going.Cancelled}},

		"notice.received": {Urgency: Moderation, Inside: []Handler{write.NoticeReceived}},
		"decision.made":   {Urgency: Moderation, Inside: []Handler{write.DecisionMade}},
		"piece.held":      {Urgency: Moderation, Inside: []Handler{write.PieceHeld}},
		"case.waiting":    {Urgency: Moderation, Inside: []Handler{write.CaseWaiting}},

		"group.changed":             {Urgency: Housekeeping, Inside: []Handler{r.Search.IndexGroup}},
		billing.ListingChanged:      {Urgency: Housekeeping, Inside: []Handler{r.Search.IndexListing}},
		billing.ListingWritten:      {Urgency: Moderation, Inside: []Handler{r.Moderation.Check("listing")}},
		billing.SubscriptionStarted: {Inside: []Handler{write.SubscriptionStarted}},
		billing.SubscriptionFailed:  {Inside: []Handler{write.SubscriptionFailed}},
		billing.SubscriptionEnded:   {Inside: []Handler{write.SubscriptionEnded}},

		// Asks the payment service, subscription by subscription.
		tenants.SuspensionDecided: {Urgency: Housekeeping, Outside: r.Billing.Collection},

		// What time brings (see Every), and what follows from it.
		"sweep.due":                 {Urgency: Moderation, Inside: []Handler{sweep(r.Moderation.Remind), sweep(r.Newsletters.End)}},
		"expiry.due":                {Urgency: Housekeeping, Inside: []Handler{sweep(r.expire)}},
		"drafts.due":                {Inside: []Handler{sweep(r.Posts.PublishDue)}},
		"freshness.due":             {Urgency: Housekeeping, Inside: []Handler{r.Freshness.Due}},
		"post.doubted":              {Inside: []Handler{r.Freshness.Doubted}},
		"housekeeping.due":          {Urgency: Housekeeping, Inside: []Handler{sweep(r.Letters.Housekeep), sweep(r.Outbox.Housekeep), sweep(r.Audience.Housekeep), sweep(r.forgetPictures), sweep(r.Posts.FadeVouches), sweep(r.Posts.ForgetGoings), sweep(r.Groups.ForgetInvitations), sweep(r.Search.ForgetAsked), sweep(r.Telling.Housekeep), sweep(r.Newsletters.Housekeep), sweep(r.Subscriptions.Housekeep)}},
		"news.gather":               {Inside: []Handler{sweep(r.Telling.Gather)}},
		"searches.due":              {Inside: []Handler{r.Searches.Due}},
		"links.due":                 {Urgency: Housekeeping, Outside: r.Links.Due},
		"digest.due":                {Inside: []Handler{r.Digest.Due}},
		notifications.DigestBatch:   {Urgency: Bulk, Inside: []Handler{r.Digest.WriteBatch}},
		notifications.DigestWritten: {Urgency: Bulk, Outside: r.Newsletters.Send},

		notifications.NewsletterDue:   {Inside: []Handler{r.Newsletters.Due}},
		notifications.NewsletterBatch: {Urgency: Bulk, Inside: []Handler{r.Newsletters.Batch}},

		notifications.Released:    {Urgency: Bulk, Inside: []Handler{r.Letters.Release}},
		notifications.FlowDecided: {Outside: write.TellFlow},
		notifications.SenderDue:   {Urgency: Housekeeping, Outside: r.Letters.Senders.Due},
	}
}

// sweep follows a fact that says no more than its community.
func sweep(do func(context.Context, id.ID) error) Handler {
	return func(ctx context.Context, tenant id.ID, _ json.RawMessage) error { return do(ctx, tenant) }
}

func (r Rooms) forgetPictures(ctx context.Context, tenant id.ID) error {
	_, err := r.Posts.Pictures.Sweep(ctx, tenant)
	return err
}

func (r Rooms) forgetMember(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact := struct {
		ID id.ID `json:"id"`
	}{}
	if err := json.Unmarshal(payload, &fact); err != nil {
		return err
	}
	return r.Posts.ForgetMember(ctx, tenant, fact.ID)
}

func (r Rooms) expire(ctx context.Context, tenant id.ID) error {
	_, err := r.Posts.Expire(ctx, tenant)
	return err
}
