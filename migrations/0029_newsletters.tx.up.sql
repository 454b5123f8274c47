-- Letters that editors compose, from the draft to what became of them.
CREATE TABLE newsletters (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  -- news or offers: which agreement it goes out on.
  purpose TEXT NOT NULL,
  language TEXT NOT NULL,
  subject TEXT NOT NULL,
  preview TEXT NOT NULL,
  -- Offers: what holds for them (C. consom. L122-9).
  conditions TEXT NOT NULL,
  parts {{.JSON}} NOT NULL,
  audience {{.JSON}} NOT NULL,
  -- draft, scheduled, sending, paused, sent or stopped.
  state TEXT NOT NULL,
  -- Counts the saves: two editors may have one draft open.
  version INTEGER NOT NULL,
  -- Why it could not go out, as a key of the catalogues.
  problem TEXT NOT NULL DEFAULT '',
  -- Given when it goes out.
  number INTEGER,
  created_by BIGINT NOT NULL,
  created_at {{.Time}} NOT NULL,
  saved_by BIGINT NOT NULL,
  saved_at {{.Time}} NOT NULL,
  send_at {{.Time}},
  begun_at {{.Time}},
  -- How far its readers are written down: the last subscription that was looked
  -- at, how many readers there are, and when there were no more.
  reached BIGINT NOT NULL DEFAULT 0,
  readers INTEGER NOT NULL DEFAULT 0,
  fixed_at {{.Time}},
  ended_at {{.Time}},
  -- What became of it once nobody can be told from another any more: then its
  -- letters and readers are forgotten. NULL before.
  figures {{.JSON}},
  PRIMARY KEY (tenant_id, id)
);
{{.Owned "newsletters"}}
CREATE UNIQUE INDEX newsletters_number ON newsletters (tenant_id, number);
CREATE INDEX newsletters_state ON newsletters (tenant_id, state, id);

-- Who is to get which newsletter, each once, by which letter.
CREATE TABLE newsletter_readers (
  tenant_id BIGINT NOT NULL,
  newsletter_id BIGINT NOT NULL,
  subscription_id BIGINT NOT NULL,
  letter_id BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, newsletter_id, subscription_id)
);
{{.Owned "newsletter_readers"}}
CREATE UNIQUE INDEX newsletter_readers_letter ON newsletter_readers (tenant_id, letter_id);
