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

-- Who comes to an event: members, and guests who confirmed by mail.
CREATE TABLE goings (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  post_id BIGINT NOT NULL,
  -- Of the occurrence.
  starts_at {{.Time}} NOT NULL,
  ends_at {{.Time}} NOT NULL,
  member_id BIGINT,
  name TEXT NOT NULL,
  -- A guest's, for a few days after the event.
  email TEXT,
  language TEXT NOT NULL,
  asked_at {{.Time}} NOT NULL,
  confirmed_at {{.Time}},
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, post_id) REFERENCES posts (tenant_id, id) ON DELETE CASCADE
);
{{.Owned "goings"}}
CREATE UNIQUE INDEX goings_member ON goings (tenant_id, post_id, starts_at, member_id) WHERE member_id IS NOT NULL;
CREATE UNIQUE INDEX goings_guest ON goings (tenant_id, post_id, starts_at, email) WHERE email IS NOT NULL;
CREATE INDEX goings_ended ON goings (tenant_id, ends_at) WHERE email IS NOT NULL;
CREATE INDEX goings_asked ON goings (tenant_id, asked_at) WHERE confirmed_at IS NULL;
CREATE INDEX goings_of ON goings (tenant_id, member_id) WHERE member_id IS NOT NULL;

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

-- Who agreed to be asked, and about what.
CREATE TABLE knowers (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  topics TEXT NOT NULL DEFAULT '[]',
  communes TEXT NOT NULL DEFAULT '[]',
  agreed_at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "knowers"}}
CREATE UNIQUE INDEX knowers_member ON knowers (tenant_id, member_id);

-- Who was asked which question.
CREATE TABLE askings (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  post_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  -- An editor is asked when nobody else answered.
  as_editor BOOLEAN NOT NULL,
  asked_at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, post_id) REFERENCES posts (tenant_id, id) ON DELETE CASCADE
);
{{.Owned "askings"}}
CREATE UNIQUE INDEX askings_once ON askings (tenant_id, post_id, member_id, as_editor);
CREATE INDEX askings_member ON askings (tenant_id, member_id, asked_at);
