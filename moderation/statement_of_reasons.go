package moderation

import (
	"time"

	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
)

// StatementOfReasons holds the reasons of a restriction (DSA art. 17) in the
// fields of the Commission's transparency database (API v1), and below them
// what the author must be told and the database must not hold.
type StatementOfReasons struct {
	DecisionVisibility             []string `json:"decision_visibility"`
	DecisionGround                 string   `json:"decision_ground"`
	IllegalContentLegalGround      string   `json:"illegal_content_legal_ground,omitempty"`
	IllegalContentExplanation      string   `json:"illegal_content_explanation,omitempty"`
	IncompatibleContentGround      string   `json:"incompatible_content_ground,omitempty"`
	IncompatibleContentExplanation string   `json:"incompatible_content_explanation,omitempty"`
	ContentType                    []string `json:"content_type"`
	Category                       string   `json:"category"`
	CategorySpecification          []string `json:"category_specification,omitempty"`
	TerritorialScope               []string `json:"territorial_scope"`
	ContentDate                    string   `json:"content_date"`
	ApplicationDate                string   `json:"application_date"`
	EndDateVisibilityRestriction   string   `json:"end_date_visibility_restriction,omitempty"` // empty: for good
	DecisionFacts                  string   `json:"decision_facts"`
	SourceType                     string   `json:"source_type"`
	AutomatedDetection             string   `json:"automated_detection"`
	AutomatedDecision              string   `json:"automated_decision"`
	Puid                           string   `json:"puid"`

	// ComplaintUntil is the last day of the free internal complaint (art. 20).
	ComplaintUntil time.Time `json:"complaint_until"`
	// OutOfCourt and Court tell that both ways stay open (art. 21).
	OutOfCourt bool `json:"out_of_court"`
	Court      bool `json:"court"`
}

// everywhere is the European Economic Area: a page is seen in all of it.
var everywhere = []string{"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS",
	"IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"}

const day = "2006-01-02"

// stateReasons writes the statement of a verdict that restricts a piece.
func stateReasons(file *File, verdict Verdict, now time.Time, w *words.Words) *StatementOfReasons {
	ground, _ := GroundNamed(verdict.Ground)
	statement := &StatementOfReasons{
		DecisionVisibility: []string{"DECISION_VISIBILITY_CONTENT_DISABLED"},
		ContentType:        []string{"CONTENT_TYPE_TEXT"},
		Category:           "STATEMENT_CATEGORY_" + ground.Category,
		TerritorialScope:   everywhere,
		ContentDate:        file.postedAt().Format(day),
		ApplicationDate:    now.Format(day),
		DecisionFacts:      facts(file, w),
		SourceType:         "SOURCE_VOLUNTARY",
		AutomatedDetection: "No",
		AutomatedDecision:  "AUTOMATED_DECISION_NOT_AUTOMATED",
		Puid:               id.Secret(),
		ComplaintUntil:     now.AddDate(0, 6, 0),
		OutOfCourt:         true,
		Court:              true,
	}
	if verdict.Action == Remove {
		statement.DecisionVisibility = []string{"DECISION_VISIBILITY_CONTENT_REMOVED"}
	}
	if ground.Keyword != "" {
		statement.CategorySpecification = []string{ground.Keyword}
	}
	if ground.Illegal() {
		statement.DecisionGround = "DECISION_GROUND_ILLEGAL_CONTENT"
		statement.IllegalContentLegalGround = verdict.law()
		statement.IllegalContentExplanation = verdict.Explanation
	} else {
		statement.DecisionGround = "DECISION_GROUND_INCOMPATIBLE_CONTENT"
		statement.IncompatibleContentGround = w.T("moderation.ground." + ground.Name)
		statement.IncompatibleContentExplanation = verdict.Explanation
	}
	if len(file.Notices) > 0 {
		statement.SourceType = "SOURCE_ARTICLE_16"
	}
	if len(file.Rules) > 0 {
		statement.AutomatedDetection = "Yes"
	}
	return statement
}

// postedAt is when the piece was written, or at the latest when it came here.
func (f *File) postedAt() time.Time {
	if f.Piece.PostedAt.IsZero() {
		return f.OpenedAt
	}
	return f.Piece.PostedAt
}

// facts names nobody: the statement may be published.
func facts(file *File, w *words.Words) string {
	text := w.T("moderation.facts", "Kind", w.T("moderation.kind."+file.Kind), "Day", w.Date(file.postedAt()))
	if len(file.Notices) > 0 {
		text += " " + w.N("moderation.facts.notices", len(file.Notices), "Category", w.T("moderation.category."+file.Category))
	}
	for _, rule := range file.Rules {
		text += " " + w.T("moderation.facts.rule", "Rule", w.T("moderation.rule."+rule))
	}
	return text
}
