package desk

import (
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/moderation"
	"github.com/kumun/kumun/web/kit"
)

func (p pages) journal(r *kit.Request) error {
	after, err := pageAfter(r)
	if err != nil {
		return err
	}
	decisions, older, err := p.desk.Journal(r.Context(), r.Actor, after)
	if err != nil {
		return err
	}
	people, err := p.members.People(r.Context(), r.Tenant.ID, deciders(decisions))
	if err != nil {
		return err
	}
	next := ""
	if older != 0 {
		next = "/moderation/journal?apres=" + older.String()
	}
	return page(r, "journal", kit.Page{Title: r.Words.T("moderation.journal.title"), Body: journalPage(r, decisions, people, next)})
}

func deciders(decisions []moderation.Decision) []id.ID {
	var people []id.ID
	for _, decision := range decisions {
		people = append(people, decision.ModeratorID)
	}
	return people
}
