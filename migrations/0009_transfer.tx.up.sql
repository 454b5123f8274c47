-- Which piece here stands for which key of an imported file, so that a file
-- may be imported twice.
CREATE TABLE imported (
  tenant_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  piece_id BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, kind, key)
);
{{.Owned "imported"}}
