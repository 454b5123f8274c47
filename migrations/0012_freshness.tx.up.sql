-- When the owner of a piece is to say again that it is true; NULL for what ends
-- by itself.
ALTER TABLE posts ADD COLUMN due_at {{.Time}};
-- Since when readers are told that it is to be confirmed.
ALTER TABLE posts ADD COLUMN doubted_at {{.Time}};
-- When its owner was last asked about it.
ALTER TABLE posts ADD COLUMN asked_at {{.Time}};
UPDATE posts SET due_at =
{{- if .PostgreSQL}} coalesce(checked_at, posted_at) + CASE kind WHEN 'tip' THEN INTERVAL '90 days' ELSE INTERVAL '180 days' END
{{- else}} strftime('%Y-%m-%d %H:%M:%S+00:00', coalesce(checked_at, posted_at), CASE kind WHEN 'tip' THEN '+90 days' ELSE '+180 days' END)
{{- end}} WHERE kind IN ('tip', 'guide', 'question');
CREATE INDEX posts_due ON posts (tenant_id, due_at, id) WHERE state = 'published' AND due_at IS NOT NULL;
CREATE INDEX posts_doubted ON posts (tenant_id, doubted_at, id) WHERE doubted_at IS NOT NULL;
-- Who writes, and who no longer does.
CREATE INDEX posts_rhythm ON posts (tenant_id, posted_at, author_id, state);

-- Readers who say that a piece is no longer true. Who they are is not known:
-- the seal of a reader and a piece only tells two readers apart.
CREATE TABLE doubts (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  post_id BIGINT NOT NULL,
  seal TEXT NOT NULL,
  at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, post_id) REFERENCES posts (tenant_id, id)
);
{{.Owned "doubts"}}
CREATE UNIQUE INDEX doubts_once ON doubts (tenant_id, post_id, seal);

-- A word to somebody who has gone quiet, and which editor sent it.
CREATE TABLE nudges (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  by_id BIGINT NOT NULL,
  at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "nudges"}}
CREATE INDEX nudges_member ON nudges (tenant_id, member_id, at);

-- Who wants no such word.
CREATE TABLE nudge_stops (
  tenant_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, member_id)
);
{{.Owned "nudge_stops"}}

-- What the editors ask the neighbours to tell in a week; the last one counts.
CREATE TABLE prompts (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  -- The week's Monday, in the community's time zone.
  monday TEXT NOT NULL,
  text TEXT NOT NULL,
  by_id BIGINT NOT NULL,
  at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "prompts"}}
CREATE UNIQUE INDEX prompts_week ON prompts (tenant_id, monday);
