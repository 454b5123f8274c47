package news

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/kit"
)

// How much of a group's pieces one hears of.
const (
	everyPiece = "every"
	letterOnly = "letter"
	nothing    = "nothing"
)

// wishes is what the page of preferences shows.
type wishes struct {
	member *membership.Member
	groups []membership.Group
	muted  []muted
	form   *kit.Form
	// action is where the form goes; a link's keeps its signature.
	action string
	// signedIn tells that its reader is, and not the holder of a link.
	signedIn bool
}

func (p pages) mail(r *kit.Request) error {
	member, err := p.members.ByID(r.Context(), r.Tenant.ID, r.Actor.Member)
	if err != nil {
		return err
	}
	return p.showMail(r, &wishes{member: member, action: MailPath, signedIn: true})
}

func (p pages) saveMail(r *kit.Request) error {
	member, err := p.members.ByID(r.Context(), r.Tenant.ID, r.Actor.Member)
	if err != nil {
		return err
	}
	form, err := p.save(r, member)
	if err != nil {
		return err
	}
	if form != nil {
		return p.showMail(r, &wishes{member: member, action: MailPath, signedIn: true, form: form})
	}
	return r.SeeOther(MailPath, "notice.mail_saved")
}

// byLink tells whose preferences the link opens; one that is too old leads to
// where one signs in.
func (p pages) byLink(r *kit.Request) (*membership.Member, error) {
	member, old, err := p.telling.PreferencesLink(r.Context(), r.Tenant, r.Gin.Request.Host, r.Query("m"), r.Query("e"), r.Query("s"))
	if err == nil && old {
		return nil, errOld
	}
	return member, err
}

var errOld = errors.New("a link whose time is over")

func (p pages) mailByLink(r *kit.Request) error {
	member, err := p.byLink(r)
	if errors.Is(err, errOld) {
		return r.SeeOther(MailPath, "")
	}
	if err != nil {
		return err
	}
	return p.showMail(r, &wishes{member: member, action: signedPath(r)})
}

func (p pages) saveByLink(r *kit.Request) error {
	member, err := p.byLink(r)
	if errors.Is(err, errOld) {
		return r.SeeOther(MailPath, "")
	}
	if err != nil {
		return err
	}
	form, err := p.save(r, member)
	if err != nil {
		return err
	}
	if form != nil {
		return p.showMail(r, &wishes{member: member, action: signedPath(r), form: form})
	}
	return r.SeeOther(signedPath(r), "notice.mail_saved")
}

func (p pages) showMail(r *kit.Request, w *wishes) error {
	who := actor.MemberOf(r.Tenant.ID, w.member.ID, w.member.Roles...)
	mutes, err := p.telling.Mutes(r.Context(), who)
	if err != nil {
		return err
	}
	if w.groups, err = p.groups.Joined(r.Context(), r.Tenant.ID, w.member.ID); err != nil {
		return err
	}
	if w.muted, err = p.unheard(r, who, mutes); err != nil {
		return err
	}
	if w.form == nil {
		if w.form, err = p.filled(r, w, mutes); err != nil {
			return err
		}
	}
	return r.Page(kit.Page{Status: status(w.form), Title: r.Words.T("news.mail.title"), NoIndex: true, Slim: !w.signedIn, Body: mailPage(r, w)})
}

// unheard names the discussions and people that are muted and still there.
func (p pages) unheard(r *kit.Request, who actor.Actor, mutes []notifications.Mute) (all []muted, err error) {
	for _, mute := range mutes {
		if mute.Kind == notifications.MutedGroup {
			continue
		}
		one, err := p.named(r, who, mute.Kind, mute.TargetID)
		if errors.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

func (p pages) filled(r *kit.Request, w *wishes, mutes []notifications.Mute) (*kit.Form, error) {
	wants, err := p.telling.Preferences(r.Context(), r.Tenant.ID, w.member.ID)
	if err != nil {
		return nil, err
	}
	form := kit.NewForm("digest", w.member.Digest, "quiet_from", strconv.Itoa(wants.QuietFrom/60), "quiet_to", strconv.Itoa(wants.QuietTo/60))
	for _, kind := range notifications.Happenings {
		form.Values.Set(string(kind), string(wants.For(kind)))
	}
	letters, err := p.subscriptions.Of(r.Context(), r.Tenant.ID, w.member)
	if err != nil {
		return nil, err
	}
	for _, purpose := range notifications.Purposes {
		if letters.Wants(purpose) {
			form.Values.Set(string(purpose), "yes")
		}
	}
	for _, mute := range mutes {
		switch {
		case mute.Kind != notifications.MutedGroup:
			form.Values.Add("muted", muted{Kind: mute.Kind, ID: mute.TargetID}.about())
		case mute.LetterOnly:
			form.Values.Set(groupField(mute.TargetID), letterOnly)
		default:
			form.Values.Set(groupField(mute.TargetID), nothing)
		}
	}
	return form, nil
}

func groupField(group id.ID) string { return "group_" + group.String() }

// save keeps what the form says of mail, and nothing else of its member; it
// gives the form back when it is refused.
func (p pages) save(r *kit.Request, member *membership.Member) (*kit.Form, error) {
	form := r.Form()
	wants, err := p.telling.Preferences(r.Context(), r.Tenant.ID, member.ID)
	if err != nil {
		return nil, err
	}
	for _, kind := range notifications.Happenings {
		wants.Often[kind] = notifications.Often(form.Value(string(kind)))
	}
	wants.QuietFrom, wants.QuietTo = minutes(form.Value("quiet_from")), minutes(form.Value("quiet_to"))
	digest := form.Value("digest")
	if !slices.Contains(membership.Digests, digest) {
		err = fault.InvalidField("digest", "error.choice")
	}
	if err == nil {
		err = p.telling.Prefer(r.Context(), r.Tenant.ID, wants)
	}
	if refused, invalid := r.Invalid(err); invalid {
		return refused, nil
	}
	if err != nil {
		return nil, err
	}
	if err := p.digest.Prefer(r.Context(), r.Tenant.ID, member, digest, notifications.ByPage); err != nil {
		return nil, err
	}
	wish := notifications.Wish{News: form.Has("news", "yes"), Offers: form.Has("offers", "yes"), Language: member.Language}
	if err := p.subscriptions.ChooseAs(r.Context(), r.Tenant.ID, member, wish, notifications.Proof{Way: notifications.ByPreferences, IP: r.IP()}); err != nil {
		return nil, err
	}
	return nil, p.saveMutes(r, member, form)
}

func (p pages) saveMutes(r *kit.Request, member *membership.Member, form *kit.Form) error {
	who := actor.MemberOf(r.Tenant.ID, member.ID, member.Roles...)
	groups, err := p.groups.Joined(r.Context(), r.Tenant.ID, member.ID)
	if err != nil {
		return err
	}
	for _, group := range groups {
		switch form.Value(groupField(group.ID)) {
		case everyPiece:
			err = p.telling.Unmute(r.Context(), who, notifications.MutedGroup, group.ID)
		case letterOnly:
			err = p.telling.Mute(r.Context(), who, notifications.MutedGroup, group.ID, true)
		case nothing:
			err = p.telling.Mute(r.Context(), who, notifications.MutedGroup, group.ID, false)
		}
		if err != nil {
			return fmt.Errorf("choose for a group: %w", err)
		}
	}
	mutes, err := p.telling.Mutes(r.Context(), who)
	if err != nil {
		return err
	}
	for _, mute := range mutes {
		about := muted{Kind: mute.Kind, ID: mute.TargetID}.about()
		// Who was muted since the page was made is not on it.
		if mute.Kind == notifications.MutedGroup || !form.Has("was_muted", about) || form.Has("muted", about) {
			continue
		}
		if err := p.telling.Unmute(r.Context(), who, mute.Kind, mute.TargetID); err != nil {
			return err
		}
	}
	return nil
}

// minutes reads an hour; what is none is no time of day.
func minutes(hour string) int {
	read, err := strconv.Atoi(hour)
	if err != nil {
		return -1
	}
	return read * 60
}

func hours(r *kit.Request) []kit.Option {
	options := make([]kit.Option, 0, 24)
	for hour := range 24 {
		options = append(options, kit.Option{Value: strconv.Itoa(hour), Label: r.Words.T("news.mail.hour", "Hour", hour)})
	}
	return options
}

func oftens(r *kit.Request) []kit.Option {
	options := make([]kit.Option, 0, len(notifications.Oftens))
	for _, often := range notifications.Oftens {
		options = append(options, kit.Option{Value: string(often), Label: r.Words.T("news.often." + string(often))})
	}
	return options
}

func (p pages) askStop(r *kit.Request) error {
	member, kinds, err := p.stopLink(r)
	if err != nil {
		return err
	}
	return showStop(r, member, kinds, false)
}

// stop also answers a mail program that knows no cookie (RFC 8058).
func (p pages) stop(r *kit.Request) error {
	member, kinds, err := p.stopLink(r)
	if err != nil {
		return err
	}
	if err := p.telling.Stop(r.Context(), r.Tenant.ID, member.ID, kinds); err != nil {
		return err
	}
	return showStop(r, member, kinds, true)
}

func (p pages) stopLink(r *kit.Request) (*membership.Member, []notifications.Happening, error) {
	return p.telling.StopNewsLink(r.Context(), r.Tenant, r.Gin.Request.Host, r.Query("m"), r.Query("k"), r.Query("s"))
}

func showStop(r *kit.Request, member *membership.Member, kinds []notifications.Happening, stopped bool) error {
	key := "news.stop.title"
	if stopped {
		key = "news.stopped.title"
	}
	return r.Page(kit.Page{Title: r.Words.T(key), NoIndex: true, Slim: true, Body: stopPage(r, member, kinds, stopped)})
}
