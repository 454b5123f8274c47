-- How often pages were looked at, by day: counts of one thing each, which
-- cannot be joined to what one person did.
CREATE TABLE audience (
  tenant_id BIGINT NOT NULL REFERENCES tenants (id),
  -- page, piece, referrer or entrance
  what TEXT NOT NULL,
  day TEXT NOT NULL,
  name TEXT NOT NULL,
  views BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, what, day, name)
);
{{.Owned "audience"}}
