-- Who gets the editors' letters and partners' offers: one row an address,
-- whether it has an account or not. (What partners pay for is in subscriptions.)
CREATE TABLE letter_subscriptions (
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
{{.Owned "letter_subscriptions"}}
CREATE UNIQUE INDEX letter_subscriptions_email ON letter_subscriptions (tenant_id, email);
CREATE INDEX letter_subscriptions_member ON letter_subscriptions (tenant_id, member_id, id);
CREATE INDEX letter_subscriptions_news ON letter_subscriptions (tenant_id, news, id);
CREATE INDEX letter_subscriptions_offers ON letter_subscriptions (tenant_id, offers, id);
CREATE INDEX letter_subscriptions_unconfirmed ON letter_subscriptions (tenant_id, created_at) WHERE confirmed_at IS NULL;

-- The proof (GDPR, art. 7(1)): who agreed to what, or no longer does, when, how
-- and to which words. Rows are added, never changed; they outlive an
-- erased address for three years, without saying whose it was: even ip goes.
CREATE TABLE letter_consents (
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
{{.Owned "letter_consents"}}
CREATE INDEX letter_consents_of ON letter_consents (tenant_id, subscription_id, id);
CREATE INDEX letter_consents_at ON letter_consents (tenant_id, at);

-- Lists that were brought in or taken out: by whom, and what proves an import.
CREATE TABLE letter_lists (
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
{{.Owned "letter_lists"}}

ALTER TABLE letters ADD COLUMN subscription_id BIGINT;
CREATE INDEX letters_subscription ON letters (tenant_id, subscription_id, id);
