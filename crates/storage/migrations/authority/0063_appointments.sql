-- When an applicant for the full card comes to a counter. Says nothing of whose it is.
CREATE TABLE appointments (
    enrolment_id TEXT NOT NULL PRIMARY KEY REFERENCES enrolments (id) ON DELETE CASCADE,
    office TEXT NOT NULL,
    starts_at BIGINT NOT NULL
);
CREATE INDEX appointments_by_time ON appointments (office, starts_at);
