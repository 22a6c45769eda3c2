-- The relying parties that have applied, with where they stand. Times are milliseconds since
-- 1970-01-01T00:00:00Z. `relying_parties` keeps those that were ever certified.
CREATE TABLE relying_party_register (
    id TEXT NOT NULL PRIMARY KEY,
    -- Grows with every change: whoever decides says which one they saw.
    revision BIGINT NOT NULL,
    -- The state's name, and the state itself as JSON.
    state TEXT NOT NULL,
    state_json TEXT NOT NULL,
    -- As it was signed with the access key: name, hosts, purposes, key.
    application TEXT NOT NULL,
    -- What it is registered for, as JSON: an officer's decision, not the applicant's wish.
    purposes_json TEXT NOT NULL,
    -- Why the last decision was as it was, for the relying party to read.
    reason TEXT,
    -- DER.
    access_certificate BLOB,
    certified_at BIGINT,
    applied_at BIGINT NOT NULL
);
CREATE INDEX relying_party_register_by_state ON relying_party_register (state);

-- What was registered, one row a relying party and purpose, with its entry in the registrar's status
-- lists (0 valid, 1 withdrawn, 2 suspended). What is withdrawn stays: certificates of it may be out.
CREATE TABLE registrations (
    idx BIGINT NOT NULL PRIMARY KEY,
    relying_party TEXT NOT NULL REFERENCES relying_party_register (id),
    purpose TEXT NOT NULL,
    status SMALLINT NOT NULL,
    -- The newest registration certificate.
    token TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX one_registration_a_purpose ON registrations (relying_party, purpose)
    WHERE status <> 1;
CREATE INDEX registrations_not_valid ON registrations (idx) WHERE status <> 0;
