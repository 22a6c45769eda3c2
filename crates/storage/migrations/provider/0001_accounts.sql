-- Accounts of the app, their passkeys, and who is signed in. Times are milliseconds since 1970.
CREATE TABLE accounts (
    id BLOB PRIMARY KEY NOT NULL,
    display_name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE passkeys (
    credential_id BLOB PRIMARY KEY NOT NULL,
    account BLOB NOT NULL REFERENCES accounts (id),
    data TEXT NOT NULL
);
CREATE INDEX passkeys_account ON passkeys (account);

-- A browser keeps the token; here is its SHA-256.
CREATE TABLE sessions (
    hash TEXT PRIMARY KEY NOT NULL,
    account BLOB NOT NULL REFERENCES accounts (id),
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- A passkey dialogue between its start and its finish; used once.
CREATE TABLE ceremonies (
    hash TEXT PRIMARY KEY NOT NULL,
    state TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX ceremonies_expiry ON ceremonies (expires_at);

-- The wallet keys that were attested for an account (RFC 7638 thumbprints).
CREATE TABLE wallet_instances (
    account BLOB NOT NULL REFERENCES accounts (id),
    thumbprint TEXT NOT NULL,
    attested_at BIGINT NOT NULL,
    PRIMARY KEY (account, thumbprint)
);
