-- Who reads what is written in a group from now on: everyone, or its members.
ALTER TABLE groups ADD COLUMN readers TEXT NOT NULL DEFAULT 'everyone';
ALTER TABLE groups ADD COLUMN welcome TEXT NOT NULL DEFAULT '';
ALTER TABLE groups ADD COLUMN questions {{.JSON}} NOT NULL DEFAULT '[]';
ALTER TABLE groups ADD COLUMN topics {{.JSON}} NOT NULL DEFAULT '[]';
ALTER TABLE groups ADD COLUMN picture_id BIGINT;
ALTER TABLE groups ADD COLUMN archived_at {{.Time}};
-- Whom the owner asks to look after the group from now on.
ALTER TABLE groups ADD COLUMN heir_id BIGINT;
CREATE INDEX groups_picture ON groups (tenant_id, picture_id) WHERE picture_id IS NOT NULL;

-- A piece that was written for the members of its group stays theirs. Its state
-- says so, so that whatever reads what is published passes it by; the store
-- refuses it any state in which everyone reads.
ALTER TABLE posts ADD COLUMN members_only BOOLEAN NOT NULL DEFAULT FALSE
  CHECK (NOT members_only OR state NOT IN ('published', 'expired', 'stale'));
ALTER TABLE posts ADD COLUMN pinned_at {{.Time}};
CREATE INDEX posts_in_group ON posts (tenant_id, group_id, posted_at, id) WHERE state IN ('published', 'inside');
CREATE INDEX posts_pinned ON posts (tenant_id, group_id, pinned_at) WHERE pinned_at IS NOT NULL;

-- Empty is a member; a moderator lets people in, pins and hides.
ALTER TABLE joinings ADD COLUMN role TEXT NOT NULL DEFAULT '';
-- When a newcomer looked at what mail they want.
ALTER TABLE joinings ADD COLUMN mail_at {{.Time}};
CREATE INDEX joinings_moderators ON joinings (tenant_id, group_id, id) WHERE role <> '';

-- Who asked to belong, what they answered, and what was decided.
CREATE TABLE group_requests (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  group_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  -- Each question as it was asked, with its answer.
  answers {{.JSON}} NOT NULL,
  at {{.Time}} NOT NULL,
  decided_at {{.Time}},
  decided_by BIGINT,
  accepted BOOLEAN NOT NULL DEFAULT FALSE,
  reason TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, group_id) REFERENCES groups (tenant_id, id),
  FOREIGN KEY (tenant_id, member_id) REFERENCES members (tenant_id, id)
);
{{.Owned "group_requests"}}
CREATE UNIQUE INDEX group_requests_open ON group_requests (tenant_id, group_id, member_id) WHERE decided_at IS NULL;
CREATE INDEX group_requests_waiting ON group_requests (tenant_id, group_id, id) WHERE decided_at IS NULL;
CREATE INDEX group_requests_member ON group_requests (tenant_id, member_id, at);

-- A link and its code, or a letter to one address (then only that address may
-- use it, once).
CREATE TABLE group_invitations (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  group_id BIGINT NOT NULL,
  by_id BIGINT NOT NULL,
  code TEXT NOT NULL,
  email TEXT,
  language TEXT NOT NULL DEFAULT '',
  most INTEGER NOT NULL,
  used INTEGER NOT NULL DEFAULT 0,
  at {{.Time}} NOT NULL,
  expires_at {{.Time}} NOT NULL,
  revoked_at {{.Time}},
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, group_id) REFERENCES groups (tenant_id, id)
);
{{.Owned "group_invitations"}}
CREATE UNIQUE INDEX group_invitations_code ON group_invitations (tenant_id, code);
CREATE INDEX group_invitations_group ON group_invitations (tenant_id, group_id, id);
CREATE INDEX group_invitations_by ON group_invitations (tenant_id, by_id, at);
CREATE INDEX group_invitations_expired ON group_invitations (tenant_id, expires_at);

-- Whom a group keeps out, who said so and why.
CREATE TABLE group_blocks (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  group_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  by_id BIGINT NOT NULL,
  reason TEXT NOT NULL,
  at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, group_id) REFERENCES groups (tenant_id, id),
  FOREIGN KEY (tenant_id, member_id) REFERENCES members (tenant_id, id)
);
{{.Owned "group_blocks"}}
CREATE UNIQUE INDEX group_blocks_once ON group_blocks (tenant_id, group_id, member_id);
CREATE INDEX group_blocks_member ON group_blocks (tenant_id, member_id);

-- What a group's moderator took off its pages, and why its author was told.
CREATE TABLE group_hidings (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  group_id BIGINT NOT NULL,
  post_id BIGINT NOT NULL,
  by_id BIGINT NOT NULL,
  reason TEXT NOT NULL,
  at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, post_id) REFERENCES posts (tenant_id, id) ON DELETE CASCADE
);
{{.Owned "group_hidings"}}
CREATE UNIQUE INDEX group_hidings_once ON group_hidings (tenant_id, post_id);
CREATE INDEX group_hidings_group ON group_hidings (tenant_id, group_id, id);

-- A newcomer's first sentence, for the group's members, and who said welcome.
CREATE TABLE hellos (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  group_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  text TEXT NOT NULL,
  state TEXT NOT NULL,
  at {{.Time}} NOT NULL,
  welcomed_by BIGINT,
  welcomed_at {{.Time}},
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, group_id) REFERENCES groups (tenant_id, id)
);
{{.Owned "hellos"}}
CREATE UNIQUE INDEX hellos_once ON hellos (tenant_id, group_id, member_id);
CREATE INDEX hellos_group ON hellos (tenant_id, group_id, at, id);
CREATE INDEX hellos_member ON hellos (tenant_id, member_id);

-- Of whom a member wants to hear nothing.
CREATE TABLE member_blocks (
  tenant_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  blocked_id BIGINT NOT NULL,
  at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, member_id) REFERENCES members (tenant_id, id),
  FOREIGN KEY (tenant_id, blocked_id) REFERENCES members (tenant_id, id)
);
{{.Owned "member_blocks"}}
CREATE UNIQUE INDEX member_blocks_once ON member_blocks (tenant_id, member_id, blocked_id);
CREATE INDEX member_blocks_blocked ON member_blocks (tenant_id, blocked_id);
