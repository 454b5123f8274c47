-- What members make: one spine row for every kind of piece.
CREATE TABLE posts (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  -- give, lend, swap, sell, help or look_for; empty for what is no offer.
  offer TEXT NOT NULL DEFAULT '',
  title TEXT NOT NULL,
  standfirst TEXT NOT NULL DEFAULT '',
  text TEXT NOT NULL,
  place TEXT NOT NULL DEFAULT '',
  commune TEXT NOT NULL DEFAULT '',
  -- Lists as JSON, in TEXT on both engines so that both can look into them.
  months TEXT NOT NULL DEFAULT '[]',
  weekdays TEXT NOT NULL DEFAULT '[]',
  topics TEXT NOT NULL DEFAULT '[]',
  price_cents BIGINT,
  until {{.Time}},
  author_id BIGINT NOT NULL,
  group_id BIGINT,
  picture_id BIGINT,
  motif TEXT NOT NULL DEFAULT '',
  salt INTEGER NOT NULL DEFAULT 0,
  thanks INTEGER NOT NULL DEFAULT 0,
  comments INTEGER NOT NULL DEFAULT 0,
  -- published, held, hidden, removed, expired or deleted.
  state TEXT NOT NULL,
  posted_at {{.Time}} NOT NULL,
  edited_at {{.Time}},
  checked_at {{.Time}},
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "posts"}}
CREATE INDEX posts_feed ON posts (tenant_id, posted_at, id) WHERE state = 'published';
CREATE INDEX posts_kind ON posts (tenant_id, kind, posted_at, id) WHERE state = 'published';
CREATE INDEX posts_group ON posts (tenant_id, group_id, posted_at, id) WHERE state = 'published';
CREATE INDEX posts_commune ON posts (tenant_id, commune, posted_at, id) WHERE state = 'published';
CREATE INDEX posts_author ON posts (tenant_id, author_id, posted_at, id);
CREATE INDEX posts_until ON posts (tenant_id, until) WHERE state = 'published' AND until IS NOT NULL;
CREATE INDEX posts_picture ON posts (tenant_id, picture_id) WHERE picture_id IS NOT NULL;

CREATE TABLE comments (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  post_id BIGINT NOT NULL,
  author_id BIGINT NOT NULL,
  text TEXT NOT NULL,
  state TEXT NOT NULL,
  posted_at {{.Time}} NOT NULL,
  edited_at {{.Time}},
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, post_id) REFERENCES posts (tenant_id, id) ON DELETE CASCADE
);
{{.Owned "comments"}}
CREATE INDEX comments_post ON comments (tenant_id, post_id, posted_at, id);
CREATE INDEX comments_author ON comments (tenant_id, author_id, posted_at, id);

CREATE TABLE thanks (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  post_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, post_id) REFERENCES posts (tenant_id, id) ON DELETE CASCADE
);
{{.Owned "thanks"}}
CREATE UNIQUE INDEX thanks_once ON thanks (tenant_id, post_id, member_id);
CREATE INDEX thanks_member ON thanks (tenant_id, member_id);

CREATE TABLE pictures (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  -- Of the content that arrived; the files in the blob store are named by it.
  hash TEXT NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  alt TEXT NOT NULL DEFAULT '',
  created_at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "pictures"}}
CREATE INDEX pictures_hash ON pictures (tenant_id, hash);
CREATE INDEX pictures_age ON pictures (tenant_id, created_at);

-- What search finds: a row per post, group or listing.
CREATE TABLE search_documents (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  piece_id BIGINT NOT NULL,
  title TEXT NOT NULL,
  place TEXT NOT NULL DEFAULT '',
  text TEXT NOT NULL DEFAULT '',
  -- The analysed words of title and place between spaces, for the ranking.
  title_terms TEXT NOT NULL DEFAULT '',
  place_terms TEXT NOT NULL DEFAULT '',
  path TEXT NOT NULL DEFAULT '',
  sponsor TEXT NOT NULL DEFAULT '',
  motif TEXT NOT NULL DEFAULT '',
  posted_at {{.Time}} NOT NULL,
{{- if .PostgreSQL}}
  terms TSVECTOR NOT NULL DEFAULT '',
{{- end}}
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "search_documents"}}
CREATE UNIQUE INDEX search_documents_piece ON search_documents (tenant_id, kind, piece_id);
{{if .PostgreSQL}}
CREATE INDEX search_documents_terms ON search_documents USING gin (terms);

-- Under row-level security `@@` is not leakproof and the index would go
-- unused; the owner may use it, and the tenant comes from the setting alone.
CREATE FUNCTION search_matching(query TEXT) RETURNS SETOF BIGINT
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT id FROM search_documents
  WHERE tenant_id = nullif(current_setting('kumun.tenant', true), '')::bigint
    AND terms @@ query::tsquery
$$;
REVOKE ALL ON FUNCTION search_matching(TEXT) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_matching(TEXT) TO kumun_app;
{{else}}
-- The full-text table refers to documents by id alone.
CREATE UNIQUE INDEX search_documents_rowid ON search_documents (id);
CREATE VIRTUAL TABLE search_terms USING fts5 (terms, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0');
{{end}}
-- The words of the documents, each also less one letter, to mend typos by
-- equality.
CREATE TABLE search_words (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  del TEXT NOT NULL,
  term TEXT NOT NULL,
  -- The word as somebody wrote it.
  shown TEXT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "search_words"}}
CREATE UNIQUE INDEX search_words_del ON search_words (tenant_id, del, term);
