-- Whose facts wait, kind by kind: communities take turns.
CREATE INDEX outbox_turns ON outbox (tenant_id, fact, due_at) WHERE done_at IS NULL AND dead_at IS NULL;
DROP INDEX outbox_waiting;

-- What was laid aside, for the operator.
CREATE INDEX outbox_dead ON outbox (tenant_id, fact, id) WHERE dead_at IS NOT NULL AND done_at IS NULL;
CREATE INDEX letters_failed ON letters (tenant_id, kind, id) WHERE state = 'failed';

-- How far an issue has come.
CREATE INDEX digests_issue ON digests (tenant_id, issue, letter_id);

-- What the operator's people did about work that had failed, and why.
CREATE TABLE repairs (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  staff_id BIGINT NOT NULL,
  -- again or dropped.
  did TEXT NOT NULL,
  -- fact or letter, and which kind of it.
  what TEXT NOT NULL,
  kind TEXT NOT NULL,
  -- NULL: all of the kind.
  row_id BIGINT,
  count INTEGER NOT NULL,
  reason TEXT NOT NULL,
  at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "repairs"}}
CREATE INDEX repairs_at ON repairs (at);
