-- Which officers have an applicant for the full card before them: they have found the application by its
-- code, last at that moment, and the look is in the log.
CREATE TABLE attendances (
    enrolment_id TEXT NOT NULL REFERENCES enrolments (id) ON DELETE CASCADE,
    officer_id TEXT NOT NULL,
    found_at BIGINT NOT NULL,
    PRIMARY KEY (enrolment_id, officer_id)
);
