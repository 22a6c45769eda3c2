-- Records that two officers let out of the register: whose, until whoever proposed it has fetched
-- them, or their time is over. Times are milliseconds since 1970-01-01T00:00:00Z.
CREATE TABLE exports (
    proposal_id TEXT NOT NULL PRIMARY KEY REFERENCES proposals (id) ON DELETE CASCADE,
    -- Who may fetch it.
    proposer_id TEXT NOT NULL,
    until BIGINT NOT NULL,
    -- The proposal's content: whose records, not what is in them.
    wrapped_key BLOB NOT NULL,
    sealed_content BLOB NOT NULL
);
CREATE INDEX exports_by_proposer ON exports (proposer_id);
