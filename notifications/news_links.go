package notifications

import (
	"context"
	"crypto/hmac"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/tenants"
)

// preferencesLast is how long the link in a letter opens its reader's
// preferences without signing in.
const preferencesLast = 30 * 24 * time.Hour

// PreferencesPath is the link to a member's mail preferences without signing in.
// Its signature holds for this member, this purpose and this host, for thirty
// days.
func PreferencesPath(tenant *tenants.Tenant, host string, member id.ID, now time.Time) string {
	until := strconv.FormatInt(now.Add(preferencesLast).Unix(), 36)
	return "/courrier?" + url.Values{"m": {member.String()}, "e": {until}, "s": {seal(tenant, host, "mail", member.String()+"/"+until)}}.Encode()
}

// PreferencesLink tells whose preferences a link opens: one that was not signed
// here finds nobody. Old tells that its time is over.
func (t *Telling) PreferencesLink(ctx context.Context, tenant *tenants.Tenant, host, member, until, signature string) (found *membership.Member, old bool, err error) {
	found, err = t.signed(ctx, tenant, member, signature, func(reader id.ID) string {
		return seal(tenant, host, "mail", reader.String()+"/"+until)
	})
	if err != nil {
		return nil, false, err
	}
	seconds, err := strconv.ParseInt(until, 36, 64)
	return found, err != nil || t.Letters.Clock.Now().After(time.Unix(seconds, 0)), nil
}

// StopNewsPath is the link that ends the mail of some kinds of news.
func StopNewsPath(tenant *tenants.Tenant, host string, member id.ID, kinds []Happening) string {
	named := kindsOf(kinds)
	return "/courrier/arreter?" + url.Values{"m": {member.String()}, "k": {named}, "s": {seal(tenant, host, "news", member.String()+"/"+named)}}.Encode()
}

func kindsOf(kinds []Happening) string {
	names := make([]string, 0, len(kinds))
	for _, kind := range kinds {
		names = append(names, string(kind))
	}
	slices.Sort(names)
	return strings.Join(names, ".")
}

// StopNewsLink tells whose mail of which kinds a link would end.
func (t *Telling) StopNewsLink(ctx context.Context, tenant *tenants.Tenant, host, member, kinds, signature string) (*membership.Member, []Happening, error) {
	found, err := t.signed(ctx, tenant, member, signature, func(reader id.ID) string {
		return seal(tenant, host, "news", reader.String()+"/"+kinds)
	})
	var named []Happening
	for kind := range strings.SplitSeq(kinds, ".") {
		named = append(named, Happening(kind))
	}
	return found, named, err
}

// MutePath is the link by which a member is left in peace of a discussion.
func MutePath(tenant *tenants.Tenant, host string, member, post id.ID) string {
	return "/courrier/silence?" + url.Values{"m": {member.String()}, "d": {post.String()}, "s": {seal(tenant, host, "mute", member.String()+"/"+post.String())}}.Encode()
}

// MuteLink tells who would be left in peace of which discussion.
func (t *Telling) MuteLink(ctx context.Context, tenant *tenants.Tenant, host, member, post, signature string) (*membership.Member, id.ID, error) {
	thread, err := id.Parse(post)
	if err != nil {
		return nil, 0, fmt.Errorf("link in a letter of news: %w", fault.NotFound)
	}
	found, err := t.signed(ctx, tenant, member, signature, func(reader id.ID) string {
		return seal(tenant, host, "mute", reader.String()+"/"+thread.String())
	})
	return found, thread, err
}

// signed finds the member for whom a link was signed.
func (t *Telling) signed(ctx context.Context, tenant *tenants.Tenant, member, signature string, want func(id.ID) string) (*membership.Member, error) {
	reader, err := id.Parse(member)
	if err != nil || !hmac.Equal([]byte(signature), []byte(want(reader))) {
		return nil, fmt.Errorf("link in a letter of news: %w", fault.NotFound)
	}
	found, err := t.Members.ByID(ctx, tenant.ID, reader)
	if err == nil && !found.LeftAt.IsZero() {
		err = fault.NotFound
	}
	return found, err
}
