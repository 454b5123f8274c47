-- Facts that others must learn of, written with the change that made them.
CREATE TABLE outbox (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  fact TEXT NOT NULL,
  payload {{.JSON}} NOT NULL,
  created_at {{.Time}} NOT NULL,
  due_at {{.Time}} NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  handed_at {{.Time}},
  done_at {{.Time}},
  dead_at {{.Time}},
  problem TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "outbox"}}
CREATE INDEX outbox_open ON outbox (due_at) WHERE done_at IS NULL AND dead_at IS NULL;
CREATE INDEX outbox_done ON outbox (done_at) WHERE done_at IS NOT NULL;
