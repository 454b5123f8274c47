-- How far the links of a community were looked at, by kind of piece.
CREATE TABLE link_rounds (
  tenant_id BIGINT NOT NULL,
  -- post or listing.
  kind TEXT NOT NULL,
  -- The last piece of this round that was looked at; 0 before the first.
  after_id BIGINT NOT NULL,
  began_at {{.Time}} NOT NULL,
  -- When to go on.
  due_at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, kind)
);
{{.Owned "link_rounds"}}

-- Links that did not answer. Those that do leave no row.
CREATE TABLE dead_links (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  piece_id BIGINT NOT NULL,
  url TEXT NOT NULL,
  -- Of the piece when it was last looked at.
  title TEXT NOT NULL,
  path TEXT NOT NULL,
  owner_id BIGINT NOT NULL,
  since {{.Time}} NOT NULL,
  last_at {{.Time}} NOT NULL,
  -- On how many days.
  failures INTEGER NOT NULL,
  -- When to ask again.
  ask_at {{.Time}} NOT NULL,
  -- When its owner was told.
  told_at {{.Time}},
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "dead_links"}}
CREATE UNIQUE INDEX dead_links_once ON dead_links (tenant_id, kind, piece_id, url);
CREATE INDEX dead_links_ask ON dead_links (tenant_id, ask_at, id);
CREATE INDEX dead_links_untold ON dead_links (tenant_id, owner_id, id) WHERE told_at IS NULL;
