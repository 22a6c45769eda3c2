-- What desks asked and how it ended. Times are milliseconds since 1970.
CREATE TABLE requests (
    id TEXT PRIMARY KEY NOT NULL,
    code TEXT NOT NULL,
    stage TEXT NOT NULL,
    session TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX requests_code ON requests (code);
CREATE INDEX requests_expiry ON requests (expires_at);

-- Signed-in desks: a browser keeps the token; here is its SHA-256.
CREATE TABLE desk_sessions (
    hash TEXT PRIMARY KEY NOT NULL,
    relying_party TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX desk_sessions_expiry ON desk_sessions (expires_at);
