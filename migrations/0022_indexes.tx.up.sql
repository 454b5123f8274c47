-- Which places have the most pieces of a kind, told above each list.
CREATE INDEX posts_places ON posts (tenant_id, kind, commune) WHERE state = 'published' AND commune <> '';

-- What a member takes along holds the searches that they no longer follow, too.
CREATE INDEX followed_searches_own ON followed_searches (tenant_id, member_id);
