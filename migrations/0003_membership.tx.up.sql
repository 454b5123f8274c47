CREATE TABLE members (
  tenant_id BIGINT NOT NULL REFERENCES tenants (id),
  id BIGINT NOT NULL,
  -- Gone with the account, so that nothing is left to write to.
  email TEXT,
  name TEXT NOT NULL,
  place TEXT NOT NULL DEFAULT '',
  about TEXT NOT NULL DEFAULT '',
  -- What role_changes add up to.
  roles {{.JSON}} NOT NULL,
  language TEXT NOT NULL,
  shown BOOLEAN NOT NULL DEFAULT FALSE,
  digest TEXT NOT NULL DEFAULT 'weekly',
  state TEXT NOT NULL DEFAULT 'published',
  joined_at {{.Time}} NOT NULL,
  left_at {{.Time}},
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "members"}}
CREATE UNIQUE INDEX members_email ON members (tenant_id, email);

-- What a member agreed to or withdrew: the terms and their version, being old
-- enough, being shown to others.
CREATE TABLE consents (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  version TEXT NOT NULL,
  given BOOLEAN NOT NULL,
  at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, member_id) REFERENCES members (tenant_id, id)
);
{{.Owned "consents"}}
CREATE INDEX consents_member ON consents (tenant_id, member_id, id);

-- Who gave or took which role, when and why; nobody (NULL) is the operator.
CREATE TABLE role_changes (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  role TEXT NOT NULL,
  granted BOOLEAN NOT NULL,
  by_id BIGINT,
  reason TEXT NOT NULL,
  at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, member_id) REFERENCES members (tenant_id, id)
);
{{.Owned "role_changes"}}
CREATE INDEX role_changes_member ON role_changes (tenant_id, member_id, id);

-- A mailed link and code that wait to be used, known by their hashes alone.
CREATE TABLE sign_ins (
  tenant_id BIGINT NOT NULL REFERENCES tenants (id),
  id BIGINT NOT NULL,
  email TEXT NOT NULL,
  -- Empty unless somebody new wants to join.
  name TEXT NOT NULL,
  token_hash TEXT NOT NULL,
  code_hash TEXT NOT NULL,
  browser_hash TEXT NOT NULL,
  language TEXT NOT NULL,
  next TEXT NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  created_at {{.Time}} NOT NULL,
  expires_at {{.Time}} NOT NULL,
  used_at {{.Time}},
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "sign_ins"}}
CREATE UNIQUE INDEX sign_ins_token ON sign_ins (tenant_id, token_hash);
CREATE UNIQUE INDEX sign_ins_browser ON sign_ins (tenant_id, browser_hash);
CREATE INDEX sign_ins_expired ON sign_ins (tenant_id, expires_at);

CREATE TABLE sessions (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  token_hash TEXT NOT NULL,
  device TEXT NOT NULL,
  opened_at {{.Time}} NOT NULL,
  seen_at {{.Time}} NOT NULL,
  expires_at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, member_id) REFERENCES members (tenant_id, id)
);
{{.Owned "sessions"}}
CREATE UNIQUE INDEX sessions_token ON sessions (tenant_id, token_hash);
CREATE INDEX sessions_member ON sessions (tenant_id, member_id, id);

CREATE TABLE groups (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  purpose TEXT NOT NULL,
  place TEXT NOT NULL,
  kind TEXT NOT NULL,
  rules TEXT NOT NULL,
  owner_id BIGINT NOT NULL,
  state TEXT NOT NULL DEFAULT 'published',
  created_at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, owner_id) REFERENCES members (tenant_id, id)
);
{{.Owned "groups"}}
CREATE UNIQUE INDEX groups_slug ON groups (tenant_id, slug);
CREATE INDEX groups_name ON groups (tenant_id, name, id);

CREATE TABLE joinings (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  group_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  joined_at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, group_id) REFERENCES groups (tenant_id, id),
  FOREIGN KEY (tenant_id, member_id) REFERENCES members (tenant_id, id)
);
{{.Owned "joinings"}}
CREATE UNIQUE INDEX joinings_once ON joinings (tenant_id, group_id, member_id);
CREATE INDEX joinings_group ON joinings (tenant_id, group_id, id);
CREATE INDEX joinings_member ON joinings (tenant_id, member_id, id);
