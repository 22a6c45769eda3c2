-- The proposal that waits to make an import's staged rows residents: until it has ended, nobody
-- else takes the import over.
ALTER TABLE imports ADD COLUMN proposal_id TEXT;
CREATE INDEX imports_by_proposal ON imports (proposal_id);
