-- These indexes are for the columns after the tenant. Without their condition,
-- which every statement that names the column meets, they would also do for
-- all of a tenant's rows, and a planner that knows little of a tenant would
-- read these to find one by its id.
DROP INDEX posts_rhythm;
CREATE INDEX posts_rhythm ON posts (tenant_id, posted_at, author_id, state) WHERE posted_at IS NOT NULL;
DROP INDEX letters_member;
CREATE INDEX letters_member ON letters (tenant_id, member_id) WHERE member_id IS NOT NULL;
DROP INDEX letters_subscription;
CREATE INDEX letters_subscription ON letters (tenant_id, subscription_id, id) WHERE subscription_id IS NOT NULL;
DROP INDEX letters_created;
CREATE INDEX letters_created ON letters (tenant_id, created_at) WHERE created_at IS NOT NULL;

-- For the same reason, words have no key but what they are asked for by.
ALTER TABLE search_words RENAME TO search_words_before;
DROP INDEX search_words_del;
CREATE TABLE search_words (
  tenant_id BIGINT NOT NULL,
  del TEXT NOT NULL,
  term TEXT NOT NULL,
  -- The word as somebody wrote it.
  shown TEXT NOT NULL
);
{{.Owned "search_words"}}
CREATE UNIQUE INDEX search_words_del ON search_words (tenant_id, del, term);
INSERT INTO search_words SELECT tenant_id, del, term, shown FROM search_words_before;
DROP TABLE search_words_before;
{{- if .PostgreSQL}}

-- Statistics know the share of the largest tenant, and what the others have on
-- average. If they listed all, one that came since would seem to have no rows.
DO $$
DECLARE t REGCLASS;
BEGIN
  FOR t IN SELECT attrelid FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE attname = 'tenant_id' AND relkind = 'r' AND relnamespace = current_schema::regnamespace
  LOOP
    EXECUTE format('ALTER TABLE %s ALTER COLUMN tenant_id SET STATISTICS 1', t);
  END LOOP;
END $$;
{{- end}}
