package moderation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

// Notice is somebody's word that a piece should be looked at (DSA art. 16).
type Notice struct {
	bun.BaseModel `bun:"table:notices,alias:notice"`
	database.Owned
	ID id.ID `bun:",pk"`
	// Reference is what the reporter may quote.
	Reference   string
	CaseID      id.ID
	Kind        string
	PieceID     id.ID
	URL         string
	Category    string
	Explanation string
	// Name and Email are a visitor's; a member is reached through MemberID.
	Name      string
	Email     string
	MemberID  id.ID `bun:",nullzero"`
	Language  string
	Person    string
	At        time.Time
	DecidedAt time.Time `bun:",nullzero"`
}

// Report is what the form of a notice asks.
type Report struct {
	Kind        string
	Piece       id.ID
	Category    string
	Explanation string
	Name, Email string
	GoodFaith   bool
	// Address is the network address, for the limit only; it is not kept.
	Address  string
	Language string
}

// Bounds of an explanation, in signs.
const (
	MinExplanation = 10
	MaxExplanation = 2000
)

// Reportable finds a published piece by what a report link names: "KIND:ID".
func (s *Service) Reportable(ctx context.Context, who actor.Actor, about string) (kind string, piece id.ID, content Piece, err error) {
	kind, code, _ := strings.Cut(about, ":")
	if piece, err = id.Parse(code); err != nil {
		return "", 0, Piece{}, fmt.Errorf("%w: %w", fault.NotFound, err)
	}
	err = s.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		content, err = s.published(ctx, tx, who, kind, piece)
		return err
	})
	return kind, piece, content, err
}

func (s *Service) published(ctx context.Context, tx database.Tx, who actor.Actor, kindName string, piece id.ID) (Piece, error) {
	kind, err := s.Registry.find(kindName)
	if err != nil {
		return Piece{}, err
	}
	content, err := kind.Load(ctx, tx, piece)
	if err != nil {
		return Piece{}, err
	}
	reads := content.seen()
	if reads && kind.Reads != nil {
		if reads, err = kind.Reads(ctx, tx, who, piece); err != nil {
			return Piece{}, err
		}
	}
	if !reads {
		return Piece{}, fault.NotFound
	}
	return content, nil
}

// Report receives a notice: it opens a case about the piece or joins the open
// one, and the reporter is told that it arrived.
func (s *Service) Report(ctx context.Context, who actor.Actor, report Report) (*Notice, error) {
	if !s.Policy.Allows(who, "notice", "create") {
		return nil, fault.Forbidden
	}
	report.tidy(who)
	if err := report.check(who); err != nil {
		return nil, err
	}
	person := report.person(who)
	if !s.PerAddress.Allow(report.Address) || !s.PerPerson.Allow(who.Tenant.String()+person) {
		return nil, fault.TooMany
	}
	now := s.Clock.Now()
	notice := &Notice{ID: id.New(now), Reference: reference(), Kind: report.Kind, PieceID: report.Piece,
		Category: report.Category, Explanation: report.Explanation, Name: report.Name, Email: report.Email,
		MemberID: who.Member, Language: report.Language, Person: person, At: now}
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		content, err := s.published(ctx, tx, who, report.Kind, report.Piece)
		if err != nil {
			return err
		}
		notice.URL = content.URL
		if err := refuseSecond(ctx, tx, notice); err != nil {
			return err
		}
		file, err := s.openOrJoin(ctx, tx, report.Kind, report.Piece, content, Noticed, CategoryNamed(report.Category))
		if err != nil {
			return err
		}
		notice.CaseID = file.ID
		if _, err := tx.Insert(notice).Exec(ctx); err != nil {
			return err
		}
		return s.Outbox.Add(ctx, tx, "notice.received", NoticeReceived{Notice: notice.ID})
	})
	if err != nil {
		return nil, fmt.Errorf("report %s %s: %w", report.Kind, report.Piece, err)
	}
	return notice, nil
}

// NoticeReceived is the payload of "notice.received".
type NoticeReceived struct {
	Notice id.ID `json:"notice"`
}

// tidy takes a member's name from the account: nothing to type.
func (r *Report) tidy(who actor.Actor) {
	r.Explanation, r.Name = strings.TrimSpace(r.Explanation), strings.TrimSpace(r.Name)
	r.Email = strings.ToLower(strings.TrimSpace(r.Email))
	if who.IsMember() {
		r.Name, r.Email = who.Name, ""
	}
}

func (r *Report) check(who actor.Actor) error {
	invalid := &fault.Invalid{}
	if category := CategoryNamed(r.Category); category.Name != r.Category || category.Name == string(FirstPost) {
		invalid.Add("category", "moderation.error.category")
	}
	switch length := utf8.RuneCountInString(r.Explanation); {
	case length < MinExplanation:
		invalid.Add("explanation", "moderation.error.explanation", "Min", MinExplanation)
	case length > MaxExplanation:
		invalid.Add("explanation", "moderation.error.too_long", "Max", MaxExplanation)
	}
	named := who.IsMember() || r.Category == Anonymous
	if length := utf8.RuneCountInString(r.Name); length > 80 || length == 0 && !named {
		invalid.Add("name", "moderation.error.name")
	}
	if address, err := mail.ParseAddress(r.Email); (r.Email != "" || !named) &&
		(err != nil || address.Address != r.Email || len(r.Email) > 254) {
		invalid.Add("email", "moderation.error.email")
	}
	if !r.GoodFaith {
		invalid.Add("good_faith", "moderation.error.good_faith")
	}
	return invalid.OrNil()
}

// person is a pseudonym of who reports; whoever stays unnamed is new each time.
func (r *Report) person(who actor.Actor) string {
	switch {
	case who.IsMember():
		return "member:" + who.Member.String()
	case r.Email != "":
		sum := sha256.Sum256([]byte(r.Email))
		return "email:" + hex.EncodeToString(sum[:])
	}
	return "unnamed:" + id.Secret()
}

// reference is short enough to be read out on the phone.
func reference() string {
	digits := id.Digits(8)
	return digits[:4] + "-" + digits[4:]
}

func refuseSecond(ctx context.Context, tx database.Tx, notice *Notice) error {
	found, err := tx.Select((*Notice)(nil)).Where("kind = ? AND piece_id = ? AND person = ?", notice.Kind, notice.PieceID, notice.Person).
		Where("decided_at IS NULL").Exists(ctx)
	if err != nil {
		return fmt.Errorf("look for an earlier notice: %w", err)
	}
	if found {
		return fault.InvalidField("explanation", "moderation.error.already")
	}
	return nil
}

// Notice finds a notice, for the letters about it.
func (s *Service) Notice(ctx context.Context, tenant, notice id.ID) (*Notice, error) {
	row := &Notice{}
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(row).Where("id = ?", notice).Scan(ctx)
	})
	return row, err
}

// Received finds what the reporter's thank-you page shows: the link holds the
// notice's number and its reference.
func (s *Service) Received(ctx context.Context, who actor.Actor, notice id.ID, reference string) (*Notice, error) {
	row, err := s.Notice(ctx, who.Tenant, notice)
	if err == nil && row.Reference != reference {
		return nil, fault.NotFound
	}
	return row, err
}
