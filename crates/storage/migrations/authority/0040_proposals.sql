-- What one officer proposes and another confirms. Times are milliseconds since
-- 1970-01-01T00:00:00Z.
CREATE TABLE proposals (
    id TEXT NOT NULL PRIMARY KEY,
    -- Grows with every change: whoever writes says which one they read.
    revision BIGINT NOT NULL,
    kind TEXT NOT NULL,
    proposer_id TEXT NOT NULL,
    case_number TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- How many cards or residents it would touch, and how many it did.
    size BIGINT NOT NULL,
    done BIGINT,
    -- The state's name, and the state itself as JSON.
    state TEXT NOT NULL,
    state_json TEXT NOT NULL,
    proposed_at BIGINT NOT NULL,
    -- When it lapses, or, once it has ended, when it is forgotten.
    due_at BIGINT NOT NULL,
    -- What exactly is proposed, sealed under a key of the proposal, which is wrapped by the master
    -- key; nothing any more from the proposal's end on.
    wrapped_key BLOB,
    sealed_content BLOB
);
CREATE INDEX proposals_by_due ON proposals (state, due_at);
CREATE INDEX proposals_by_proposer ON proposals (proposer_id, proposed_at);
