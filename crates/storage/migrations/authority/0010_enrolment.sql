-- One application from its start to its decision.
--
-- Times are milliseconds since 1970-01-01T00:00:00Z. What can identify somebody is either sealed
-- or a keyed tag that says nothing without the key. No column depends on whether the number that
-- was typed exists, until the decision.
CREATE TABLE enrolments (
    id TEXT NOT NULL PRIMARY KEY,
    -- Grows with every change: whoever writes says which one they read.
    revision BIGINT NOT NULL,
    token_hash BLOB NOT NULL,
    account_tag BLOB NOT NULL,
    number_tag BLOB NOT NULL,
    source_tag BLOB NOT NULL,
    wallet_thumbprint TEXT NOT NULL,
    locale TEXT NOT NULL,
    consent TEXT NOT NULL,
    -- The key of this application alone, wrapped by the master key. Erasing it erases the number
    -- and name as typed, and all evidence, in every backup too.
    wrapped_key BLOB,
    sealed_application BLOB,
    -- The drawn steps, a JSON array of names.
    challenge TEXT NOT NULL,
    frames_seen INTEGER NOT NULL,
    -- The state's name, and the state itself as JSON: findings in it are never told outside.
    state TEXT NOT NULL,
    state_json TEXT NOT NULL,
    resident_id TEXT,
    begun_at BIGINT NOT NULL,
    -- When the present state lapses, if it does; when the evidence is erased, and the row.
    lapses_at BIGINT,
    erase_evidence_at BIGINT NOT NULL,
    forget_at BIGINT NOT NULL
);
CREATE INDEX enrolments_by_account ON enrolments (account_tag) WHERE state = 'capturing';
CREATE INDEX enrolments_to_lapse ON enrolments (lapses_at) WHERE lapses_at IS NOT NULL;
CREATE INDEX enrolments_to_erase ON enrolments (erase_evidence_at) WHERE wrapped_key IS NOT NULL;
CREATE INDEX enrolments_to_forget ON enrolments (forget_at);
CREATE INDEX enrolments_referred ON enrolments (begun_at) WHERE state = 'referred';

-- What was captured, one row an accepted step: the sealed picture, and the sealed figures and
-- template taken from it.
CREATE TABLE evidence (
    enrolment_id TEXT NOT NULL REFERENCES enrolments (id) ON DELETE CASCADE,
    step INTEGER NOT NULL,
    sealed_frame BLOB NOT NULL,
    sealed_shot BLOB NOT NULL,
    captured_at BIGINT NOT NULL,
    PRIMARY KEY (enrolment_id, step)
);

-- Failures by account, number and source, so that they count across restarts.
CREATE TABLE attempts (
    -- account, number, source
    counter TEXT NOT NULL,
    tag BLOB NOT NULL,
    failures BIGINT NOT NULL,
    last_failure BIGINT NOT NULL,
    PRIMARY KEY (counter, tag)
);
CREATE INDEX attempts_by_time ON attempts (last_failure);

-- The face of each resident who was enrolled, sealed under the resident's key, for the search
-- whether a face is already somebody else's.
CREATE TABLE enrolled_faces (
    seq INTEGER NOT NULL PRIMARY KEY,
    resident_id TEXT NOT NULL UNIQUE REFERENCES residents (id) ON DELETE CASCADE,
    sealed_face BLOB NOT NULL,
    enrolled_at BIGINT NOT NULL
);
