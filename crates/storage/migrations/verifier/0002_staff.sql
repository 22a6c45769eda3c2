-- A desk is a device that was enrolled once; its browser keeps a token, of which the SHA-256 is here.
DROP TABLE desk_sessions;
CREATE TABLE desk_devices (
    hash TEXT PRIMARY KEY NOT NULL,
    relying_party TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX desk_devices_expiry ON desk_devices (expires_at);

-- Who may work at a relying party's desks. Somebody who has left keeps their row: receipts name them.
CREATE TABLE desk_staff (
    relying_party TEXT NOT NULL,
    id TEXT NOT NULL,
    role TEXT NOT NULL,
    pin_hash TEXT NOT NULL,
    -- Wrong PINs since the last right one.
    failures BIGINT NOT NULL DEFAULT 0,
    last_failure BIGINT,
    added_at BIGINT NOT NULL,
    left_at BIGINT,
    PRIMARY KEY (relying_party, id)
);

-- Who is at which device now: again a token's SHA-256.
CREATE TABLE desk_shifts (
    hash TEXT PRIMARY KEY NOT NULL,
    device TEXT NOT NULL REFERENCES desk_devices (hash) ON DELETE CASCADE,
    relying_party TEXT NOT NULL,
    staff TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX desk_shifts_expiry ON desk_shifts (expires_at);
CREATE INDEX desk_shifts_device ON desk_shifts (device);
