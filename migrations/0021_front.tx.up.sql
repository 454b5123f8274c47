-- What editors put on the front page, and for how long. Place 0 is the big one.
CREATE TABLE front_choices (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  place BIGINT NOT NULL,
  post_id BIGINT NOT NULL,
  starts_at {{.Time}} NOT NULL,
  ends_at {{.Time}} NOT NULL,
  by_id BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, post_id) REFERENCES posts (tenant_id, id)
);
{{.Owned "front_choices"}}
CREATE INDEX front_choices_ends ON front_choices (tenant_id, ends_at, starts_at);
