-- How often a post was edited: an edit that was begun on an older text must not
-- undo what came since.
ALTER TABLE posts ADD COLUMN version INTEGER NOT NULL DEFAULT 0;

-- How a post read before each edit.
CREATE TABLE revisions (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  post_id BIGINT NOT NULL,
  version INTEGER NOT NULL,
  -- Who changed it, and when: until then it read so.
  by_id BIGINT NOT NULL,
  at {{.Time}} NOT NULL,
  draft {{.JSON}} NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, post_id) REFERENCES posts (tenant_id, id) ON DELETE CASCADE
);
{{.Owned "revisions"}}
CREATE UNIQUE INDEX revisions_post ON revisions (tenant_id, post_id, version);

-- What somebody writes and has not published. It has a table of its own, so that
-- nothing that reads posts can show it.
CREATE TABLE manuscripts (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  author_id BIGINT NOT NULL,
  draft {{.JSON}} NOT NULL,
  picture_id BIGINT,
  saved_at {{.Time}} NOT NULL,
  -- When it is to appear; NULL while its author has not said.
  publish_at {{.Time}},
  -- Why it could not appear when it was due: a message of the catalogue.
  stopped TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "manuscripts"}}
CREATE INDEX manuscripts_author ON manuscripts (tenant_id, author_id, saved_at);
CREATE INDEX manuscripts_due ON manuscripts (tenant_id, publish_at, id) WHERE publish_at IS NOT NULL;
CREATE INDEX manuscripts_stopped ON manuscripts (tenant_id, id) WHERE stopped <> '';
CREATE INDEX manuscripts_picture ON manuscripts (tenant_id, picture_id) WHERE picture_id IS NOT NULL;
