-- The people who act for the authority. Times are milliseconds since 1970-01-01T00:00:00Z.
CREATE TABLE officers (
    id TEXT NOT NULL PRIMARY KEY,
    -- Grows with every change: whoever writes says which one they read.
    revision BIGINT NOT NULL,
    -- What colleagues call them. It stands here alone: acts name the id and the role.
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    -- The keyed tag of their own resident number, if they have one: nobody decides their own matter.
    number_tag BLOB,
    -- The state's name, and the state itself as JSON.
    state TEXT NOT NULL,
    state_json TEXT NOT NULL,
    invited_at BIGINT NOT NULL
);
CREATE INDEX officers_by_state ON officers (role, state);

CREATE TABLE officer_passkeys (
    credential_id BLOB NOT NULL PRIMARY KEY,
    officer_id TEXT NOT NULL REFERENCES officers (id),
    data TEXT NOT NULL
);
CREATE INDEX officer_passkeys_by_officer ON officer_passkeys (officer_id);

-- The one-time link of an officer who has no passkey yet: here is the SHA-256 of its secret.
CREATE TABLE officer_invitations (
    officer_id TEXT NOT NULL PRIMARY KEY REFERENCES officers (id),
    hash BLOB NOT NULL UNIQUE
);

-- Signed-in browsers. A browser keeps the token; here is its SHA-256.
CREATE TABLE officer_sessions (
    hash BLOB NOT NULL PRIMARY KEY,
    officer_id TEXT NOT NULL REFERENCES officers (id),
    begun_at BIGINT NOT NULL,
    -- When the officer last did something, and last used their passkey.
    seen_at BIGINT NOT NULL,
    authenticated_at BIGINT NOT NULL
);
CREATE INDEX officer_sessions_by_officer ON officer_sessions (officer_id);
CREATE INDEX officer_sessions_by_begin ON officer_sessions (begun_at);

-- A passkey dialogue between its start and its finish; used once.
CREATE TABLE ceremonies (
    hash TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX ceremonies_by_expiry ON ceremonies (expires_at);

-- Who entered or corrected whose record: they don't decide on that resident.
CREATE TABLE resident_hands (
    resident_id TEXT NOT NULL REFERENCES residents (id) ON DELETE CASCADE,
    officer_id TEXT NOT NULL,
    PRIMARY KEY (resident_id, officer_id)
);
