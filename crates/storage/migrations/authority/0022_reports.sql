-- What residents report relying parties for.
CREATE TABLE reports (
    id TEXT NOT NULL PRIMARY KEY,
    resident_id TEXT NOT NULL,
    relying_party TEXT NOT NULL REFERENCES relying_parties (id),
    complaint TEXT NOT NULL,
    -- When the card was shown, by the wallet's word.
    shown_at BIGINT NOT NULL,
    reported_at BIGINT NOT NULL,
    -- The resident's own words, sealed under a key of the report, which is wrapped by the master
    -- key; nothing where they wrote none.
    wrapped_key BLOB,
    sealed_words BLOB,
    settled_at BIGINT,
    forget_at BIGINT NOT NULL
);
CREATE INDEX reports_open ON reports (reported_at) WHERE settled_at IS NULL;
CREATE INDEX reports_by_resident ON reports (resident_id, reported_at);
CREATE INDEX reports_to_forget ON reports (forget_at);
