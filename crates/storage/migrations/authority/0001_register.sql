-- The population register. Times are milliseconds since 1970-01-01T00:00:00Z.
--
-- Nothing here says anything about anybody without the authority's keys: the number is a keyed
-- tag, and the rest is sealed under a key of the resident's own, which the master key wraps.
-- Erasing wrapped_key erases the person, in every copy of the file that is made afterwards.
CREATE TABLE residents (
    id TEXT NOT NULL PRIMARY KEY,
    -- HMAC-SHA-256 of the number.
    number_tag BLOB NOT NULL UNIQUE,
    wrapped_key BLOB NOT NULL,
    sealed_record BLOB NOT NULL,
    sealed_portrait BLOB NOT NULL,
    sealed_template BLOB NOT NULL,
    -- Grows with every change of any resident; rows of one import share it.
    changed BIGINT NOT NULL,
    added_at BIGINT NOT NULL
);
CREATE INDEX residents_by_change ON residents (changed, id);

-- Residents that were taken out, so that whoever holds a gallery of faces learns of it.
CREATE TABLE residents_removed (
    id TEXT NOT NULL PRIMARY KEY,
    changed BIGINT NOT NULL
);
CREATE INDEX residents_removed_by_change ON residents_removed (changed, id);

-- An import of a register file: rows wait in staged_residents until all are checked, and then
-- become residents in one step. The same file goes on where it was cut off.
CREATE TABLE imports (
    -- SHA-256 of the file.
    file BLOB NOT NULL PRIMARY KEY,
    begun_at BIGINT NOT NULL,
    -- Where to go on: bytes and lines already dealt with.
    position BIGINT NOT NULL,
    line BIGINT NOT NULL
);

CREATE TABLE staged_residents (
    file BLOB NOT NULL REFERENCES imports (file) ON DELETE CASCADE,
    line BIGINT NOT NULL,
    id TEXT NOT NULL,
    number_tag BLOB NOT NULL,
    wrapped_key BLOB NOT NULL,
    sealed_record BLOB NOT NULL,
    sealed_portrait BLOB NOT NULL,
    sealed_template BLOB NOT NULL,
    PRIMARY KEY (file, line),
    UNIQUE (file, number_tag)
);

CREATE TABLE refused_rows (
    file BLOB NOT NULL REFERENCES imports (file) ON DELETE CASCADE,
    line BIGINT NOT NULL,
    field TEXT NOT NULL,
    code TEXT NOT NULL,
    PRIMARY KEY (file, line)
);
