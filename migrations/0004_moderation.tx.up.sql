-- What a community changes in the default policy: the latest row of a right counts.
CREATE TABLE policy_overrides (
  tenant_id BIGINT NOT NULL REFERENCES tenants (id),
  id BIGINT NOT NULL,
  role TEXT NOT NULL,
  kind TEXT NOT NULL,
  action TEXT NOT NULL,
  effect TEXT NOT NULL,
  by_id BIGINT NOT NULL,
  at {{.Time}} NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "policy_overrides"}}

-- Read by every process twice a second, to learn that a policy changed.
CREATE TABLE policy_versions (
  tenant_id BIGINT NOT NULL REFERENCES tenants (id),
  version BIGINT NOT NULL,
  PRIMARY KEY (tenant_id)
);
{{.Owned "policy_versions"}}

-- What authors have published, as far as moderation saw it: it tells
-- newcomers from neighbours without asking the rooms above.
CREATE TABLE seen_pieces (
  tenant_id BIGINT NOT NULL REFERENCES tenants (id),
  kind TEXT NOT NULL,
  id BIGINT NOT NULL,
  author_id BIGINT NOT NULL,
  posted_at {{.Time}} NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (tenant_id, kind, id)
);
{{.Owned "seen_pieces"}}
CREATE INDEX seen_pieces_author ON seen_pieces (tenant_id, author_id, posted_at);

CREATE TABLE cases (
  tenant_id BIGINT NOT NULL REFERENCES tenants (id),
  id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  piece_id BIGINT NOT NULL,
  author_id BIGINT NOT NULL,
  title TEXT NOT NULL,
  excerpt TEXT NOT NULL,
  url TEXT NOT NULL,
  why TEXT NOT NULL,
  category TEXT NOT NULL,
  harm INTEGER NOT NULL,
  opened_at {{.Time}} NOT NULL,
  claimed_by BIGINT,
  claimed_until {{.Time}},
  reminded_at {{.Time}},
  closed_at {{.Time}},
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "cases"}}
CREATE UNIQUE INDEX cases_one_open ON cases (tenant_id, kind, piece_id) WHERE closed_at IS NULL;
CREATE INDEX cases_queue ON cases (tenant_id, harm DESC, opened_at, id) WHERE closed_at IS NULL;

-- A rule rang.
CREATE TABLE alarms (
  tenant_id BIGINT NOT NULL REFERENCES tenants (id),
  id BIGINT NOT NULL,
  case_id BIGINT NOT NULL,
  rule TEXT NOT NULL,
  at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, case_id) REFERENCES cases (tenant_id, id)
);
{{.Owned "alarms"}}
CREATE INDEX alarms_case ON alarms (tenant_id, case_id);

-- Somebody reported a piece (DSA art. 16).
CREATE TABLE notices (
  tenant_id BIGINT NOT NULL REFERENCES tenants (id),
  id BIGINT NOT NULL,
  reference TEXT NOT NULL,
  case_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  piece_id BIGINT NOT NULL,
  url TEXT NOT NULL,
  category TEXT NOT NULL,
  explanation TEXT NOT NULL,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  member_id BIGINT,
  language TEXT NOT NULL,
  -- Pseudonym of who reported, so that one person has one open notice on a piece.
  person TEXT NOT NULL,
  at {{.Time}} NOT NULL,
  decided_at {{.Time}},
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, case_id) REFERENCES cases (tenant_id, id)
);
{{.Owned "notices"}}
CREATE UNIQUE INDEX notices_one_open ON notices (tenant_id, kind, piece_id, person) WHERE decided_at IS NULL;
CREATE INDEX notices_case ON notices (tenant_id, case_id);

CREATE TABLE decisions (
  tenant_id BIGINT NOT NULL REFERENCES tenants (id),
  id BIGINT NOT NULL,
  case_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  piece_id BIGINT NOT NULL,
  author_id BIGINT NOT NULL,
  title TEXT NOT NULL,
  url TEXT NOT NULL,
  why TEXT NOT NULL,
  action TEXT NOT NULL,
  ground TEXT NOT NULL,
  explanation TEXT NOT NULL,
  moderator_id BIGINT NOT NULL,
  at {{.Time}} NOT NULL,
  -- The statement of reasons in the fields of the DSA transparency database;
  -- empty where nothing was restricted.
  statement {{.JSON}},
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, case_id) REFERENCES cases (tenant_id, id)
);
{{.Owned "decisions"}}
CREATE UNIQUE INDEX decisions_one_a_case ON decisions (tenant_id, case_id);
CREATE INDEX decisions_piece ON decisions (tenant_id, kind, piece_id);

-- Who did what, when and why; nothing changes or removes a line.
CREATE TABLE audit (
  tenant_id BIGINT NOT NULL REFERENCES tenants (id),
  id BIGINT NOT NULL,
  who BIGINT NOT NULL,
  action TEXT NOT NULL,
  object_kind TEXT NOT NULL,
  object_id BIGINT NOT NULL,
  reason TEXT NOT NULL,
  at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "audit"}}
{{if .PostgreSQL}}REVOKE UPDATE, DELETE ON audit FROM kumun_app;{{end}}
