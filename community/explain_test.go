package community_test

import (
	"strings"
	"testing"

	"github.com/kumun/kumun/world"
)

// What pages ask must be read by an index that begins with the tenant.
func TestListsAreReadByAnIndex(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	// Of an empty table, one index is as good as another.
	for _, statement := range []string{
		`INSERT INTO posts (tenant_id, id, kind, title, text, author_id, group_id, commune, state, posted_at)
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
  SELECT ?, i, CASE i % 5 WHEN 0 THEN 'tip' ELSE 'event' END, 'Titre', 'Texte', i % 50, i % 40, 'Commune ' || (i % 30), 'published', '2026-01-01 12:00:00+00:00' FROM n`,
		"ANALYZE posts",
	} {
		if _, err := w.DB.Owner().NewRaw(statement, w.Tenant.ID).Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	const newest = " ORDER BY posted_at DESC, id DESC LIMIT 25"

	for index, statement := range map[string]string{
		"posts_feed":               "SELECT title FROM posts WHERE tenant_id = ?tenant AND state = 'published'" + newest,
		"posts_kind":               "SELECT title FROM posts WHERE tenant_id = ?tenant AND state = 'published' AND kind = 'tip' AND (posted_at, id) < ('2026-01-01', 7)" + newest,
		"posts_group":              "SELECT title FROM posts WHERE tenant_id = ?tenant AND state = 'published' AND group_id = 7" + newest,
		"posts_commune":            "SELECT title FROM posts WHERE tenant_id = ?tenant AND state = 'published' AND commune = 'Quimper'" + newest,
		"posts_author":             "SELECT title FROM posts WHERE tenant_id = ?tenant AND author_id = 7" + newest,
		"posts_until":              "SELECT title FROM posts WHERE tenant_id = ?tenant AND state = 'published' AND until IS NOT NULL AND until < '2026-01-01'",
		"comments_post":            "SELECT text FROM comments WHERE tenant_id = ?tenant AND post_id = 7 ORDER BY posted_at, id LIMIT 41",
		"thanks_once":              "SELECT count(*) FROM thanks WHERE tenant_id = ?tenant AND post_id = 7",
		"search_words_del":         "SELECT DISTINCT term, shown FROM search_words WHERE tenant_id = ?tenant AND del IN ('crepri', 'repri')",
		"search_hints_term":        "SELECT label FROM search_hints WHERE tenant_id = ?tenant AND rank = 0 AND term >= 'qu' AND term < 'qv' ORDER BY rank, term, kind, label LIMIT 120",
		"search_hints_document":    "DELETE FROM search_hints WHERE tenant_id = ?tenant AND document_id = 7",
		"search_asked_day":         "SELECT count(*) FROM search_asked WHERE tenant_id = ?tenant AND day >= '2026-01-01' AND day < '2026-02-01'",
		"search_asked_query":       "SELECT day FROM search_asked WHERE tenant_id = ?tenant AND query = 'galette' AND found = TRUE",
		"followed_searches_member": "SELECT query FROM followed_searches WHERE tenant_id = ?tenant AND member_id = 7 AND stopped_at IS NULL ORDER BY id LIMIT 20",
		"followed_searches_seen":   "SELECT query FROM followed_searches WHERE tenant_id = ?tenant AND stopped_at IS NULL AND seen_at < '2026-01-01' ORDER BY seen_at, id LIMIT 200",
		"search_documents_commune": "SELECT id FROM search_documents WHERE tenant_id = ?tenant AND commune = 'Quimper' AND commune <> '' LIMIT 1",
		"manuscripts_author":       "SELECT draft FROM manuscripts WHERE tenant_id = ?tenant AND author_id = 7 ORDER BY saved_at DESC LIMIT 50",
		"manuscripts_due":          "SELECT draft FROM manuscripts WHERE tenant_id = ?tenant AND publish_at IS NOT NULL AND publish_at <= '2026-01-01' ORDER BY publish_at, id LIMIT 100",
		"manuscripts_stopped":      "SELECT draft FROM manuscripts WHERE tenant_id = ?tenant AND stopped <> '' ORDER BY id LIMIT 4",
		"manuscripts_picture":      "SELECT 1 FROM manuscripts WHERE tenant_id = ?tenant AND picture_id = 7",
		"revisions_post":           "SELECT draft FROM revisions WHERE tenant_id = ?tenant AND post_id = 7 ORDER BY version DESC LIMIT 50",
		"dead_links_once":          "SELECT url FROM dead_links WHERE tenant_id = ?tenant AND kind = 'post' AND piece_id = 7",
		"dead_links_ask":           "SELECT url FROM dead_links WHERE tenant_id = ?tenant AND ask_at <= '2026-01-01' ORDER BY ask_at, id LIMIT 12",
		"search_documents_piece":   "SELECT id FROM search_documents WHERE tenant_id = ?tenant AND kind = 'tip' AND piece_id = 7",
	} {
		got := strings.Join(world.Plan(t, w.DB, w.Tenant.ID, statement), "\n")
		if !strings.Contains(got, index) || strings.Contains(got, "TEMP B-TREE FOR ORDER") || strings.Contains(statement, "ORDER BY") && strings.Contains(got, "Sort") {
			t.Errorf("%s is not what serves\n%s\n%s", index, statement, got)
		}
	}
}
