CREATE TABLE tenants (
  id BIGINT PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  settings {{.JSON}} NOT NULL,
  -- The key of signed links and pseudonyms; never leaves the store.
  secret TEXT NOT NULL,
  suspended BOOLEAN NOT NULL DEFAULT FALSE,
  created_at {{.Time}} NOT NULL
);

CREATE TABLE domains (
  host TEXT PRIMARY KEY,
  tenant_id BIGINT NOT NULL REFERENCES tenants (id),
  created_at {{.Time}} NOT NULL
);
CREATE INDEX domains_tenant ON domains (tenant_id);

-- Who suspended or resumed a community, when and why.
CREATE TABLE suspensions (
  tenant_id BIGINT NOT NULL REFERENCES tenants (id),
  id BIGINT NOT NULL,
  suspended BOOLEAN NOT NULL,
  reason TEXT NOT NULL,
  staff_id BIGINT NOT NULL,
  at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

{{if .PostgreSQL}}
GRANT SELECT (id, slug, name, settings, secret, suspended, created_at) ON tenants TO kumun_app;
{{end}}
{{.Readable "domains"}}
