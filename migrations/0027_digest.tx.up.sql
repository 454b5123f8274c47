-- Why each piece was sent (editor, group, person, topic, place or new), and
-- its place in the letter.
ALTER TABLE digest_items ADD COLUMN why TEXT NOT NULL DEFAULT 'new';
ALTER TABLE digest_items ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
CREATE INDEX digest_items_issue ON digest_items (tenant_id, member_id, issue, place);
