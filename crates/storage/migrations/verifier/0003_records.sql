-- What relying parties keep for their record until its time is over. What is in it only the relying
-- party's record key tells.
CREATE TABLE records (
    -- The SHA-256 of a handle that the holder's wallet was given.
    handle TEXT PRIMARY KEY NOT NULL,
    relying_party TEXT NOT NULL,
    purpose TEXT NOT NULL,
    -- The names of the claims in it, as JSON.
    claims TEXT NOT NULL,
    sealed TEXT NOT NULL,
    kept_at BIGINT NOT NULL,
    delete_at BIGINT NOT NULL
);
CREATE INDEX records_kept ON records (relying_party, purpose, kept_at);
CREATE INDEX records_due ON records (delete_at);

-- That something was deleted, signed by the relying party, for the wallet that knows the handle.
CREATE TABLE deletions (
    handle TEXT PRIMARY KEY NOT NULL,
    receipt TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX deletions_expiry ON deletions (expires_at);

-- Who has taken something out of a record, and why.
CREATE TABLE record_exports (
    relying_party TEXT NOT NULL,
    purpose TEXT NOT NULL,
    staff TEXT NOT NULL,
    reason TEXT NOT NULL,
    kept_from BIGINT NOT NULL,
    kept_until BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    exported_at BIGINT NOT NULL
);
CREATE INDEX record_exports_at ON record_exports (relying_party, exported_at);
