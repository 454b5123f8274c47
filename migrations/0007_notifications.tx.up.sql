-- How often a follower of the fact has failed; attempt counts hand-overs,
-- which a lost Redis may cost without anybody having tried.
ALTER TABLE outbox ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
-- Urgent facts overtake the others.
CREATE INDEX outbox_waiting ON outbox (fact, due_at) WHERE done_at IS NULL AND dead_at IS NULL;

-- The last time each recurring task was noted, so that it runs once however
-- many workers there are.
CREATE TABLE recurrences (
  tenant_id BIGINT NOT NULL,
  fact TEXT NOT NULL,
  last_at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, fact)
);
{{.Owned "recurrences"}}

CREATE TABLE letters (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  -- NULL for people who are not members (yet).
  member_id BIGINT,
  address TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  text TEXT NOT NULL,
  html TEXT NOT NULL,
  headers {{.JSON}} NOT NULL,
  -- The same at every attempt: a reader's program shows one letter.
  message_id TEXT NOT NULL,
  -- Holds a code or a link that opens an account; its text goes once sent.
  secret BOOLEAN NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  created_at {{.Time}} NOT NULL,
  attempted_at {{.Time}},
  sent_at {{.Time}},
  problem TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "letters"}}
CREATE INDEX letters_member ON letters (tenant_id, member_id);
CREATE INDEX letters_created ON letters (tenant_id, created_at);

-- Who stopped the digest or took it up again, when and by which way;
-- members.digest holds what it comes to.
CREATE TABLE digest_choices (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  digest TEXT NOT NULL,
  way TEXT NOT NULL,
  at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "digest_choices"}}
CREATE INDEX digest_choices_member ON digest_choices (tenant_id, member_id, id);

-- The issues whose mailing has begun.
CREATE TABLE issues (
  tenant_id BIGINT NOT NULL,
  number INTEGER NOT NULL,
  begun_at {{.Time}} NOT NULL,
  since {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, number)
);
{{.Owned "issues"}}

-- One digest at most per member and issue.
CREATE TABLE digests (
  tenant_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  issue INTEGER NOT NULL,
  letter_id BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, member_id, issue)
);
{{.Owned "digests"}}

-- What each member has been sent, and will not be sent again.
CREATE TABLE digest_items (
  tenant_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  piece_id BIGINT NOT NULL,
  issue INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, member_id, kind, piece_id)
);
{{.Owned "digest_items"}}
