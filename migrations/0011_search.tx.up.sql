-- What answers can be narrowed by, beside their kind.
ALTER TABLE search_documents ADD COLUMN commune TEXT NOT NULL DEFAULT '';
ALTER TABLE search_documents ADD COLUMN group_id BIGINT;
ALTER TABLE search_documents ADD COLUMN starts_at {{.Time}};
ALTER TABLE search_documents ADD COLUMN ends_at {{.Time}};
UPDATE search_documents SET
  commune = coalesce((SELECT posts.commune FROM posts WHERE posts.tenant_id = search_documents.tenant_id AND posts.id = search_documents.piece_id), ''),
  group_id = (SELECT posts.group_id FROM posts WHERE posts.tenant_id = search_documents.tenant_id AND posts.id = search_documents.piece_id),
  starts_at = (SELECT posts.starts_at FROM posts WHERE posts.tenant_id = search_documents.tenant_id AND posts.id = search_documents.piece_id),
  ends_at = (SELECT posts.ends_at FROM posts WHERE posts.tenant_id = search_documents.tenant_id AND posts.id = search_documents.piece_id)
  WHERE kind NOT IN ('group', 'listing');
UPDATE search_documents SET group_id = piece_id WHERE kind = 'group';
UPDATE search_documents SET
  commune = coalesce((SELECT listings.commune FROM listings WHERE listings.tenant_id = search_documents.tenant_id AND listings.id = search_documents.piece_id), '')
  WHERE kind = 'listing';
CREATE INDEX search_documents_commune ON search_documents (tenant_id, commune) WHERE commune <> '';

-- What the search box proposes: the words of titles and places, each with what
-- it leads to. Prefixes are looked up by byte order.
CREATE TABLE search_hints (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  term TEXT {{if .PostgreSQL}}COLLATE "C" {{end}}NOT NULL,
  -- place, query, or the kind of a piece; the rank says which come first.
  kind TEXT NOT NULL,
  rank INTEGER NOT NULL,
  label TEXT NOT NULL,
  path TEXT NOT NULL,
  document_id BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "search_hints"}}
CREATE UNIQUE INDEX search_hints_term ON search_hints (tenant_id, rank, term, kind, label, document_id);
CREATE INDEX search_hints_document ON search_hints (tenant_id, document_id);

-- How often something was asked on a day: no word of who asked.
CREATE TABLE search_asked (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  query TEXT NOT NULL,
  day TEXT NOT NULL,
  found BOOLEAN NOT NULL,
  times INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "search_asked"}}
CREATE UNIQUE INDEX search_asked_day ON search_asked (tenant_id, day, query, found);
CREATE INDEX search_asked_query ON search_asked (tenant_id, query, found, day);

-- Searches that members follow by mail.
CREATE TABLE followed_searches (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  query TEXT NOT NULL,
  kind TEXT NOT NULL DEFAULT '',
  commune TEXT NOT NULL DEFAULT '',
  group_id BIGINT,
  created_at {{.Time}} NOT NULL,
  -- What was indexed after this is news.
  seen_at {{.Time}} NOT NULL,
  mailed_at {{.Time}},
  -- When it was stopped, and how: page, or one-click.
  stopped_at {{.Time}},
  stopped_by TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "followed_searches"}}
CREATE INDEX followed_searches_member ON followed_searches (tenant_id, member_id, id) WHERE stopped_at IS NULL;
CREATE INDEX followed_searches_seen ON followed_searches (tenant_id, seen_at, id) WHERE stopped_at IS NULL;
