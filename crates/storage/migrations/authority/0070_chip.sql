-- The physical card's chip, read for an application: over a relay, or by a reader that signs.
--
-- One relay at a time an application. Its ticket is kept as a hash, is used once, and is forgotten with
-- the access number when the reading ends.
CREATE TABLE chip_relays (
    enrolment_id TEXT NOT NULL PRIMARY KEY REFERENCES enrolments (id) ON DELETE CASCADE,
    ticket_hash BLOB UNIQUE,
    sealed_access_number BLOB,
    expires_at BIGINT NOT NULL,
    -- While a reading runs: when it is over at the latest.
    busy_until BIGINT,
    -- What the last reading came to: the word of a fault, or that it was read.
    outcome TEXT,
    ended_at BIGINT
);

-- What was read, sealed under the application's key. A later failure leaves it.
CREATE TABLE chip_readings (
    enrolment_id TEXT NOT NULL PRIMARY KEY REFERENCES enrolments (id) ON DELETE CASCADE,
    sealed_reading BLOB NOT NULL,
    sealed_portrait BLOB NOT NULL,
    read_at BIGINT NOT NULL
);
