-- Who gets the editors' letters and partners' offers: one row an address,
-- whether it has an account or not.
CREATE TABLE subscriptions (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  -- NULL without an account.
  member_id BIGINT,
  email TEXT NOT NULL,
  language TEXT NOT NULL,
  -- The front page's door through which they came.
  entrance TEXT NOT NULL DEFAULT '',
  news BOOLEAN NOT NULL,
  offers BOOLEAN NOT NULL,
  created_at {{.Time}} NOT NULL,
  -- NULL while the address has not answered: it gets no letter but that one.
  confirmed_at {{.Time}},
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "subscriptions"}}
CREATE UNIQUE INDEX subscriptions_email ON subscriptions (tenant_id, email);
CREATE INDEX subscriptions_member ON subscriptions (tenant_id, member_id);
CREATE INDEX subscriptions_unconfirmed ON subscriptions (tenant_id, created_at) WHERE confirmed_at IS NULL;

-- The proof (GDPR, art. 7(1)): who agreed to what, or no longer does, when, how
-- and to which words. Rows are added, never changed; they outlive an erased
-- address, without saying whose it was.
CREATE TABLE subscription_consents (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  subscription_id BIGINT NOT NULL,
  purpose TEXT NOT NULL,
  given BOOLEAN NOT NULL,
  way TEXT NOT NULL,
  wording TEXT NOT NULL,
  ip TEXT NOT NULL,
  -- Of an import: which one, and what its list says of where the person agreed.
  import_id BIGINT,
  source TEXT NOT NULL DEFAULT '',
  at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "subscription_consents"}}
CREATE INDEX subscription_consents_of ON subscription_consents (tenant_id, subscription_id, id);
CREATE INDEX subscription_consents_at ON subscription_consents (tenant_id, at);

-- Lists that were brought in or taken out: by whom, and what proves an import.
CREATE TABLE subscription_lists (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  -- import or export.
  kind TEXT NOT NULL,
  -- NULL: by command.
  by_id BIGINT,
  collected_by TEXT NOT NULL DEFAULT '',
  manner TEXT NOT NULL DEFAULT '',
  wording TEXT NOT NULL DEFAULT '',
  taken INTEGER NOT NULL,
  refused INTEGER NOT NULL DEFAULT 0,
  at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "subscription_lists"}}

ALTER TABLE letters ADD COLUMN subscription_id BIGINT;
CREATE INDEX letters_subscription ON letters (tenant_id, subscription_id, id);
