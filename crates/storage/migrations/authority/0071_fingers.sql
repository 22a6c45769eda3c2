-- A resident's enrolled fingers, sealed under the resident's key; nothing where none are enrolled.
ALTER TABLE residents ADD COLUMN sealed_fingers BLOB;
ALTER TABLE staged_residents ADD COLUMN sealed_fingers BLOB;

-- What came of the fingers that were taken for an application, sealed under its key: the last
-- comparison, and how many there were. No pictures.
CREATE TABLE finger_evidence (
    enrolment_id TEXT NOT NULL PRIMARY KEY REFERENCES enrolments (id) ON DELETE CASCADE,
    sealed_comparison BLOB NOT NULL,
    comparisons BIGINT NOT NULL,
    taken_at BIGINT NOT NULL
);
