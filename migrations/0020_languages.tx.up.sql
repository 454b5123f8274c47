-- Each piece says in which language it was written, and whether it is a
-- synthesis: written or synthesis.
ALTER TABLE posts ADD COLUMN language TEXT NOT NULL DEFAULT 'fr';
ALTER TABLE posts ADD COLUMN rendering TEXT NOT NULL DEFAULT 'written';
UPDATE posts SET language = 'en' WHERE tenant_id IN
  (SELECT id FROM tenants WHERE {{if .PostgreSQL}}settings ->> 'language'{{else}}json_extract(settings, '$.language'){{end}} = 'en');

-- What a piece says in another language.
CREATE TABLE translations (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  post_id BIGINT NOT NULL,
  language TEXT NOT NULL,
  -- translated or synthesis.
  rendering TEXT NOT NULL,
  title TEXT NOT NULL,
  standfirst TEXT NOT NULL DEFAULT '',
  text TEXT NOT NULL,
  guide {{.JSON}},
  alt TEXT NOT NULL DEFAULT '',
  -- The wording that it was made from, and since when the original has another.
  source TEXT NOT NULL,
  moved_at {{.Time}},
  by_id BIGINT NOT NULL,
  made_at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, post_id) REFERENCES posts (tenant_id, id) ON DELETE CASCADE
);
{{.Owned "translations"}}
CREATE UNIQUE INDEX translations_post ON translations (tenant_id, post_id, language);
CREATE INDEX translations_moved ON translations (tenant_id, moved_at, id) WHERE moved_at IS NOT NULL;

-- A piece has a document for each of its languages.
ALTER TABLE search_documents ADD COLUMN language TEXT NOT NULL DEFAULT '';
UPDATE search_documents SET language = coalesce((SELECT posts.language FROM posts
  WHERE posts.tenant_id = search_documents.tenant_id AND posts.id = search_documents.piece_id), '')
  WHERE kind NOT IN ('group', 'listing');
DROP INDEX search_documents_piece;
CREATE UNIQUE INDEX search_documents_piece ON search_documents (tenant_id, kind, piece_id, language);
-- The language of a translation's hint, which only its readers are shown.
ALTER TABLE search_hints ADD COLUMN language TEXT NOT NULL DEFAULT '';
