-- The index knows which words are a title's: a search that looks at the last
-- matches alone would miss an old guide by its name.
{{if .PostgreSQL}}
-- Terms are kept as hashes, apart from the documents: rows of some 200 bytes
-- instead of 1,200 lie six to a page more, and a search reads pages.
CREATE FUNCTION search_hashes(terms TEXT) RETURNS INTEGER[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(DISTINCT ('x' || left(md5(term), 8))::bit(32)::integer), '{}')
  FROM unnest(string_to_array(terms, ' ')) AS term WHERE term <> ''
$$;

CREATE TABLE search_terms (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  terms INTEGER[] NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "search_terms"}}
INSERT INTO search_terms (tenant_id, id, terms)
  SELECT tenant_id, id, search_hashes(array_to_string(tsvector_to_array(terms), ' ') || replace(rtrim(title_terms), ' ', ' ' || tenant_id || 't'))
  FROM search_documents;
CREATE INDEX search_terms_terms ON search_terms USING gin (terms);

DROP FUNCTION search_matching(TEXT);
ALTER TABLE search_documents DROP COLUMN terms;
-- The last documents with a term of each group, most of them, and half as many
-- of the last with one in their title; all where most is null. The statement is made
-- anew each time, since a word that is everywhere is best looked for from the
-- end, and a rare one by the index. Under row-level security && is not leakproof
-- and the index would go unused; the owner may use it, and the tenant comes from
-- the setting alone.
CREATE FUNCTION search_matching(groups TEXT[], titles TEXT, most INTEGER) RETURNS SETOF BIGINT
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  matches TEXT := format('SELECT id FROM search_terms WHERE tenant_id = %L::bigint', nullif(current_setting('kumun.tenant', true), ''));
  words TEXT;
BEGIN
  FOREACH words IN ARRAY groups LOOP
    matches := matches || format(' AND terms && %L::integer[]', search_hashes(words));
  END LOOP;
  RETURN QUERY EXECUTE format(
    '(%1$s ORDER BY id DESC LIMIT %3$L) UNION (%1$s AND terms && %2$L::integer[] ORDER BY id DESC LIMIT %4$L)',
    matches, search_hashes(titles), most, most / 2);
END
$$;
REVOKE ALL ON FUNCTION search_matching(TEXT[], TEXT, INTEGER) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_matching(TEXT[], TEXT, INTEGER) TO kumun_app;
{{else}}
CREATE VIRTUAL TABLE search_terms_read USING fts5vocab(search_terms, instance);
CREATE TABLE search_terms_kept AS SELECT doc AS id, group_concat(term, ' ') AS terms FROM search_terms_read GROUP BY doc;
DROP TABLE search_terms_read;
DROP TABLE search_terms;
CREATE VIRTUAL TABLE search_terms USING fts5 (terms, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0');
INSERT INTO search_terms (rowid, terms)
  SELECT id, terms || replace(rtrim(title_terms), ' ', ' ' || tenant_id || 't') FROM search_terms_kept JOIN search_documents USING (id);
DROP TABLE search_terms_kept;
{{end}}
