-- What sets an event or a guide apart from a plain post.
ALTER TABLE posts ADD COLUMN event {{.JSON}};
ALTER TABLE posts ADD COLUMN guide {{.JSON}};
-- The next time an event takes place: its rule is in event.
ALTER TABLE posts ADD COLUMN starts_at {{.Time}};
ALTER TABLE posts ADD COLUMN ends_at {{.Time}};
-- The comment that answers a question.
ALTER TABLE posts ADD COLUMN answer_id BIGINT;
CREATE INDEX posts_agenda ON posts (tenant_id, ends_at, id) WHERE state = 'published' AND ends_at IS NOT NULL;
