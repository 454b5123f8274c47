-- The operator's people. They are no tenant's members, and tenants' statements
-- cannot read these tables.
CREATE TABLE staff (
  id BIGINT PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  created_at {{.Time}} NOT NULL
);
CREATE TABLE staff_links (
  token_hash TEXT PRIMARY KEY,
  staff_id BIGINT NOT NULL REFERENCES staff (id),
  expires_at {{.Time}} NOT NULL,
  used_at {{.Time}}
);
CREATE TABLE staff_sessions (
  token_hash TEXT PRIMARY KEY,
  staff_id BIGINT NOT NULL REFERENCES staff (id),
  created_at {{.Time}} NOT NULL,
  expires_at {{.Time}} NOT NULL
);
CREATE INDEX staff_sessions_staff ON staff_sessions (staff_id);
