-- What members are told of: a reply, a mention, a merci, a new piece. The key
-- begins with whose it is, since that is how it is read.
CREATE TABLE news (
  tenant_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  -- What happened, such as "comment/ID": nobody is told of it twice.
  event TEXT NOT NULL,
  post_id BIGINT,
  comment_id BIGINT,
  by_id BIGINT,
  at {{.Time}} NOT NULL,
  seen_at {{.Time}},
  -- When it is to go by mail; NULL when it is not to, or went.
  mail_at {{.Time}},
  mailed_at {{.Time}},
  -- A merci that was taken back: it stays, so that it is not told again.
  withdrawn BOOLEAN NOT NULL DEFAULT FALSE,
  PRIMARY KEY (tenant_id, member_id, id)
);
{{.Owned "news"}}
CREATE UNIQUE INDEX news_once ON news (tenant_id, member_id, event);
CREATE INDEX news_unseen ON news (tenant_id, member_id, post_id) WHERE seen_at IS NULL;
CREATE INDEX news_due ON news (tenant_id, mail_at, member_id) WHERE mail_at IS NOT NULL;
CREATE INDEX news_age ON news (tenant_id, at);

-- How often a member wants mail of each kind of news, where that is not the
-- usual, and when they want none: minutes of the community's day.
CREATE TABLE news_preferences (
  tenant_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  often {{.JSON}} NOT NULL,
  quiet_from INTEGER NOT NULL,
  quiet_to INTEGER NOT NULL,
  changed_at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, member_id)
);
{{.Owned "news_preferences"}}

-- What a member wants to hear nothing of: a discussion, a group, a person.
CREATE TABLE mutes (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  target_id BIGINT NOT NULL,
  -- Of a group: its pieces still come in the letter of the week.
  letter_only BOOLEAN NOT NULL DEFAULT FALSE,
  at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "mutes"}}
CREATE UNIQUE INDEX mutes_once ON mutes (tenant_id, member_id, kind, target_id);
CREATE INDEX mutes_member ON mutes (tenant_id, member_id, id);
CREATE INDEX mutes_target ON mutes (tenant_id, kind, target_id);

-- Who is named in a piece or in a reply, and by which words.
CREATE TABLE mentions (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  post_id BIGINT NOT NULL,
  -- 0 for the piece itself.
  comment_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  said TEXT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, post_id) REFERENCES posts (tenant_id, id) ON DELETE CASCADE
);
{{.Owned "mentions"}}
CREATE UNIQUE INDEX mentions_once ON mentions (tenant_id, post_id, comment_id, member_id);
CREATE INDEX mentions_member ON mentions (tenant_id, member_id);

-- Who follows something, in an order in which they can be told a few at a time.
CREATE INDEX follows_target ON follows (tenant_id, kind, target, member_id);
