-- Who agreed to be asked, and about what.
CREATE TABLE askable (
  tenant_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  -- Withdrawn consent stays as a row, so that nobody is asked twice in a week.
  agreed BOOLEAN NOT NULL,
  topics {{.JSON}} NOT NULL,
  places {{.JSON}} NOT NULL,
  asked_at {{.Time}},
  PRIMARY KEY (tenant_id, member_id),
  FOREIGN KEY (tenant_id, member_id) REFERENCES members (tenant_id, id)
);
{{.Owned "askable"}}
CREATE INDEX askable_agreed ON askable (tenant_id, asked_at, member_id) WHERE agreed;

-- Questions on their way to somebody who knows.
CREATE TABLE routed_questions (
  tenant_id BIGINT NOT NULL,
  post_id BIGINT NOT NULL,
  at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, post_id),
  FOREIGN KEY (tenant_id, post_id) REFERENCES posts (tenant_id, id) ON DELETE CASCADE
);
{{.Owned "routed_questions"}}

-- Who was asked which question, and whether they passed it on.
CREATE TABLE asked (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  post_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  at {{.Time}} NOT NULL,
  passed_at {{.Time}},
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, post_id) REFERENCES posts (tenant_id, id) ON DELETE CASCADE
);
{{.Owned "asked"}}
CREATE UNIQUE INDEX asked_once ON asked (tenant_id, post_id, member_id);
CREATE INDEX asked_member ON asked (tenant_id, member_id);

-- The question that a tip answers, and who answered it there.
ALTER TABLE posts ADD COLUMN question_id BIGINT;
ALTER TABLE posts ADD COLUMN credited_id BIGINT;
CREATE INDEX posts_question ON posts (tenant_id, question_id) WHERE question_id IS NOT NULL;
