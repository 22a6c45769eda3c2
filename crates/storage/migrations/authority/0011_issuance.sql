-- Cards, their copies, and the secrets by which a wallet fetches them.

CREATE TABLE cards (
    id TEXT NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    resident_id TEXT NOT NULL,
    enrolment_id TEXT NOT NULL,
    level TEXT NOT NULL,
    -- The state's name, and the state itself as JSON.
    state TEXT NOT NULL,
    state_json TEXT NOT NULL,
    wallet_thumbprint TEXT NOT NULL,
    -- The portrait as it goes into the credential, sealed under the resident's key.
    sealed_picture BLOB NOT NULL,
    intended_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX cards_to_expire ON cards (expires_at) WHERE state IN ('intended', 'live', 'suspended');
CREATE INDEX cards_by_resident ON cards (resident_id);
-- One live card per resident, whatever the code above believes.
CREATE UNIQUE INDEX one_live_card ON cards (resident_id) WHERE state IN ('live', 'suspended');

-- A signing of several copies: intended before the signature, issued after it, dead when a crash
-- came between.
CREATE TABLE batches (
    id TEXT NOT NULL PRIMARY KEY,
    card_id TEXT NOT NULL REFERENCES cards (id),
    grant_id TEXT NOT NULL,
    -- intended, issued, dead
    state TEXT NOT NULL,
    intended_at BIGINT NOT NULL,
    settled_at BIGINT
);
CREATE INDEX batches_unsettled ON batches (intended_at) WHERE state = 'intended';

-- One row a copy: its place in the status lists, and its status (0 valid, 1 invalid, 2 suspended).
CREATE TABLE copies (
    list BIGINT NOT NULL,
    position BIGINT NOT NULL,
    batch_id TEXT NOT NULL REFERENCES batches (id),
    card_id TEXT NOT NULL REFERENCES cards (id),
    status SMALLINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (list, position)
);
CREATE INDEX copies_by_card ON copies (card_id);
CREATE INDEX copies_by_batch ON copies (batch_id);
CREATE INDEX copies_by_expiry ON copies (expires_at);
-- What a status list is made of: everything that is not valid.
CREATE INDEX copies_not_valid ON copies (list) WHERE status <> 0;

-- How many status indices were ever given out; they are never given out again.
CREATE TABLE status_counter (
    id SMALLINT NOT NULL PRIMARY KEY CHECK (id = 1),
    next BIGINT NOT NULL
);
INSERT INTO status_counter (id, next) VALUES (1, 0);

CREATE TABLE offers (
    id TEXT NOT NULL PRIMARY KEY,
    code_hash BLOB NOT NULL UNIQUE,
    enrolment_id TEXT NOT NULL,
    wallet_thumbprint TEXT NOT NULL,
    offered_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    redeemed_at BIGINT
);
CREATE INDEX offers_by_enrolment ON offers (enrolment_id);
CREATE INDEX offers_by_expiry ON offers (expires_at);

-- What a redeemed offer allows: fetching one card and its later copies, by one wallet with one
-- DPoP key.
CREATE TABLE grants (
    id TEXT NOT NULL PRIMARY KEY,
    enrolment_id TEXT NOT NULL,
    wallet_thumbprint TEXT NOT NULL,
    dpop_thumbprint TEXT NOT NULL,
    card_id TEXT,
    begun_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX grants_by_enrolment ON grants (enrolment_id);
CREATE INDEX grants_by_card ON grants (card_id);

CREATE TABLE access_tokens (
    hash BLOB NOT NULL PRIMARY KEY,
    grant_id TEXT NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    batches_left SMALLINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX access_tokens_by_expiry ON access_tokens (expires_at);

CREATE TABLE refresh_tokens (
    hash BLOB NOT NULL PRIMARY KEY,
    grant_id TEXT NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);

-- Nonces and proof identifiers that were used, kept until they would be refused as too old anyway.
CREATE TABLE spent (
    kind TEXT NOT NULL,
    id BLOB NOT NULL,
    forget_at BIGINT NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE INDEX spent_by_time ON spent (forget_at);

-- Relying parties that were certified, and whether cards carry a pseudonym for them.
CREATE TABLE relying_parties (
    id TEXT NOT NULL PRIMARY KEY,
    pseudonymous BOOLEAN NOT NULL,
    certified_at BIGINT NOT NULL
);

-- How often the trust list was signed: its sequence number.
CREATE TABLE trust_list_sequence (
    id SMALLINT NOT NULL PRIMARY KEY CHECK (id = 1),
    latest BIGINT NOT NULL
);
INSERT INTO trust_list_sequence (id, latest) VALUES (1, 0);
