-- What partners can subscribe to. A community without rows sells the default plans.
CREATE TABLE plans (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  key TEXT NOT NULL,
  name TEXT NOT NULL,
  price_cents BIGINT NOT NULL,
  currency TEXT NOT NULL,
  pitch {{.JSON}} NOT NULL,
  limits {{.JSON}} NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, key)
);
{{.Owned "plans"}}

CREATE TABLE listings (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  owner_id BIGINT NOT NULL,
  owner_name TEXT NOT NULL,
  name TEXT NOT NULL,
  trade TEXT NOT NULL,
  text TEXT NOT NULL,
  note TEXT NOT NULL,
  place TEXT NOT NULL,
  commune TEXT NOT NULL,
  hours {{.JSON}} NOT NULL,
  closed {{.JSON}} NOT NULL,
  languages {{.JSON}} NOT NULL,
  topics {{.JSON}} NOT NULL,
  prices {{.JSON}} NOT NULL,
  phone TEXT NOT NULL,
  mail TEXT NOT NULL,
  website TEXT NOT NULL,
  motif TEXT NOT NULL,
  seller {{.JSON}} NOT NULL,
  plan TEXT NOT NULL,
  -- Follows from the subscriptions; kept so that lists can be read by index.
  state TEXT NOT NULL,
  moderation TEXT NOT NULL,
  created_at {{.Time}} NOT NULL,
  updated_at {{.Time}} NOT NULL,
  published_at {{.Time}},
  closed_at {{.Time}},
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "listings"}}
CREATE INDEX listings_shown ON listings (tenant_id, state, moderation, published_at, id);
CREATE INDEX listings_owner ON listings (tenant_id, owner_id, id);

-- An attempt to pay, written before the payment service is asked: a crash in
-- between asks again under the same key and gets the same page.
CREATE TABLE checkouts (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  listing_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  plan TEXT NOT NULL,
  plan_name TEXT NOT NULL,
  price_cents BIGINT NOT NULL,
  currency TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  return_to TEXT NOT NULL,
  session TEXT NOT NULL,
  url TEXT NOT NULL,
  state TEXT NOT NULL,
  created_at {{.Time}} NOT NULL,
  expires_at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, listing_id) REFERENCES listings (tenant_id, id)
);
{{.Owned "checkouts"}}
-- Two open ones could both be paid.
CREATE UNIQUE INDEX checkouts_open ON checkouts (tenant_id, listing_id) WHERE state = 'open';
CREATE INDEX checkouts_listing ON checkouts (tenant_id, listing_id, id);

-- What the payment service last said of each subscription.
CREATE TABLE subscriptions (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  listing_id BIGINT NOT NULL,
  plan TEXT NOT NULL,
  plan_name TEXT NOT NULL,
  price_cents BIGINT NOT NULL,
  currency TEXT NOT NULL,
  -- The payment service's names; empty for a plan that was given.
  contract TEXT NOT NULL,
  customer TEXT NOT NULL,
  status TEXT NOT NULL,
  stops BOOLEAN NOT NULL DEFAULT FALSE,
  period_end {{.Time}},
  first_paid_at {{.Time}},
  ended_at {{.Time}},
  -- Grows with each change: what was read before another change is read again.
  version BIGINT NOT NULL,
  created_at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, listing_id) REFERENCES listings (tenant_id, id)
);
{{.Owned "subscriptions"}}
CREATE UNIQUE INDEX subscriptions_contract ON subscriptions (tenant_id, contract) WHERE contract <> '';
CREATE INDEX subscriptions_listing ON subscriptions (tenant_id, listing_id, id);

CREATE TABLE payments (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  listing_id BIGINT NOT NULL,
  subscription_id BIGINT NOT NULL,
  invoice TEXT NOT NULL,
  amount_cents BIGINT NOT NULL,
  currency TEXT NOT NULL,
  paid_at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, invoice),
  FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscriptions (tenant_id, id)
);
{{.Owned "payments"}}
CREATE INDEX payments_listing ON payments (tenant_id, listing_id, paid_at);

-- Events whose effect is in the store: each has it once.
CREATE TABLE stripe_events (
  tenant_id BIGINT NOT NULL,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "stripe_events"}}

-- The memory of the stand-in payment page, which plays the payment service in
-- demonstrations without a key.
CREATE TABLE standin_objects (
  tenant_id BIGINT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  body {{.JSON}} NOT NULL,
  created_at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "standin_objects"}}
CREATE INDEX standin_objects_kind ON standin_objects (tenant_id, kind, created_at);
