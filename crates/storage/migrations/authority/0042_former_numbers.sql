-- Numbers of records that turned out to be a second one of the same person: nobody gets them again,
-- and whoever looks them up finds the record that stayed.
CREATE TABLE former_numbers (
    -- HMAC-SHA-256 of the number.
    number_tag BLOB NOT NULL PRIMARY KEY,
    resident_id TEXT NOT NULL REFERENCES residents (id) ON DELETE CASCADE
);
CREATE INDEX former_numbers_by_resident ON former_numbers (resident_id);
