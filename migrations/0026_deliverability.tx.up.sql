-- How a community writes: under which name, from which address and through
-- which server. Tenant 0 is the operator.
CREATE TABLE senders (
  tenant_id BIGINT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  -- Empty: the operator's.
  from_address TEXT NOT NULL,
  -- From where bulk goes, a stream of its own; empty: from_address.
  bulk_address TEXT NOT NULL,
  reply_to TEXT NOT NULL,
  -- Sealed, as the keys are: a copy of the store holds no password.
  server TEXT NOT NULL,
  domain TEXT NOT NULL,
  keys {{.JSON}} NOT NULL,
  -- Bulk letters a day.
  quota INTEGER NOT NULL,
  findings {{.JSON}} NOT NULL,
  checked_at {{.Time}},
  -- Since when the domain's records are as they must be; NULL: they are not,
  -- and nothing goes out under that name.
  passed_at {{.Time}},
  changed_at {{.Time}} NOT NULL,
  changed_by BIGINT NOT NULL
);
{{.Owned "senders"}}

-- Addresses to which nothing is sent, as keyed hashes: they outlive an erased
-- account, and nobody can read them. Tenant 0 is everywhere. An empty scope is
-- every bulk letter, another one kind of letter.
CREATE TABLE suppressions (
  tenant_id BIGINT NOT NULL,
  hash TEXT NOT NULL,
  scope TEXT NOT NULL,
  reason TEXT NOT NULL,
  at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, hash, scope)
);
{{.Owned "suppressions"}}
{{if .PostgreSQL}}
-- Every community reads what holds everywhere.
CREATE POLICY everywhere ON suppressions FOR SELECT TO kumun_app USING (tenant_id = 0);
{{end}}

-- What came back of a letter, each kind once: soft, hard, complaint.
CREATE TABLE bounces (
  tenant_id BIGINT NOT NULL,
  letter_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  hash TEXT NOT NULL,
  status TEXT NOT NULL,
  at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, letter_id, kind)
);
{{.Owned "bounces"}}
CREATE INDEX bounces_hash ON bounces (tenant_id, hash, at);
CREATE INDEX bounces_at ON bounces (tenant_id, at);

-- How many bulk letters left on a day (UTC), and how many complaints came.
CREATE TABLE mail_days (
  tenant_id BIGINT NOT NULL,
  day TEXT NOT NULL,
  sent INTEGER NOT NULL,
  complaints INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, day)
);
{{.Owned "mail_days"}}

-- When bulk was alerted about, paused or resumed, by whom (NULL: by itself)
-- and why. The last pause or resumption is what holds.
CREATE TABLE mail_decisions (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  reason TEXT NOT NULL,
  staff_id BIGINT,
  sent INTEGER NOT NULL,
  complaints INTEGER NOT NULL,
  at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "mail_decisions"}}

-- Bulk is what one can unsubscribe from; only bulk is counted and paused.
ALTER TABLE letters ADD COLUMN bulk BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX letters_held ON letters (tenant_id, id) WHERE state = 'held';
