-- The profile by which a member comes in; empty is whoever lives here.
ALTER TABLE members ADD COLUMN entrance TEXT NOT NULL DEFAULT '';
