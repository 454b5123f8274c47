-- What a member keeps: lists of pieces.
CREATE TABLE lists (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  title TEXT NOT NULL,
  -- private, link or public.
  visibility TEXT NOT NULL,
  -- Part of the address of a list that is shared by link.
  secret TEXT NOT NULL,
  -- The one that a piece is kept in when nothing else is said.
  main BOOLEAN NOT NULL,
  -- published, or what moderation decided.
  state TEXT NOT NULL,
  made_at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "lists"}}
CREATE INDEX lists_member ON lists (tenant_id, member_id, id);
CREATE UNIQUE INDEX lists_main ON lists (tenant_id, member_id) WHERE main;

CREATE TABLE kept (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  list_id BIGINT NOT NULL,
  -- post or listing.
  kind TEXT NOT NULL,
  piece_id BIGINT NOT NULL,
  kept_at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, list_id) REFERENCES lists (tenant_id, id) ON DELETE CASCADE
);
{{.Owned "kept"}}
CREATE UNIQUE INDEX kept_once ON kept (tenant_id, list_id, kind, piece_id);
CREATE INDEX kept_list ON kept (tenant_id, list_id, id);

-- Who says to have been there, and in which month.
CREATE TABLE vouches (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  post_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  -- The first day of the month.
  month {{.Time}} NOT NULL,
  text TEXT NOT NULL DEFAULT '',
  at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, post_id) REFERENCES posts (tenant_id, id) ON DELETE CASCADE
);
{{.Owned "vouches"}}
CREATE UNIQUE INDEX vouches_once ON vouches (tenant_id, post_id, member_id);
CREATE INDEX vouches_month ON vouches (tenant_id, month);
CREATE INDEX vouches_member ON vouches (tenant_id, member_id);
ALTER TABLE posts ADD COLUMN vouches INTEGER NOT NULL DEFAULT 0;
-- A tip that holds at low tide alone.
ALTER TABLE posts ADD COLUMN low_tide BOOLEAN NOT NULL DEFAULT FALSE;

-- What a member follows: group, person, topic or place.
CREATE TABLE follows (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  target TEXT NOT NULL,
  since {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "follows"}}
CREATE UNIQUE INDEX follows_once ON follows (tenant_id, member_id, kind, target);
