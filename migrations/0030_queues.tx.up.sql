-- Whose facts wait, kind by kind: communities take turns.
CREATE INDEX outbox_turns ON outbox (tenant_id, fact, due_at) WHERE done_at IS NULL AND dead_at IS NULL;
DROP INDEX outbox_waiting;
