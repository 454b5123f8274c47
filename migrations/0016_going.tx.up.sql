-- Who goes to an event, on one of its dates.
CREATE TABLE goings (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  post_id BIGINT NOT NULL,
  starts_at {{.Time}} NOT NULL,
  -- A member, or the address of somebody without an account.
  member_id BIGINT,
  email TEXT,
  language TEXT NOT NULL DEFAULT '',
  at {{.Time}} NOT NULL,
  -- NULL while an address has not answered: it holds no place.
  confirmed_at {{.Time}},
  -- On the waiting list of an event that is full.
  waiting BOOLEAN NOT NULL DEFAULT FALSE,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, post_id) REFERENCES posts (tenant_id, id) ON DELETE CASCADE
);
{{.Owned "goings"}}
CREATE UNIQUE INDEX goings_member ON goings (tenant_id, post_id, starts_at, member_id);
CREATE UNIQUE INDEX goings_email ON goings (tenant_id, post_id, starts_at, email);
CREATE INDEX goings_of ON goings (tenant_id, member_id);
CREATE INDEX goings_age ON goings (tenant_id, starts_at);
CREATE INDEX goings_unconfirmed ON goings (tenant_id, at) WHERE confirmed_at IS NULL;
