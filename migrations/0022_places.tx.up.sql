-- Which places have the most pieces of a kind, told above each list.
CREATE INDEX posts_places ON posts (tenant_id, kind, commune) WHERE state = 'published' AND commune <> '';
