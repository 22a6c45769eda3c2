-- What the authority did, in order, without anybody's attribute values: decisions, issuances,
-- suspensions, revocations, looks into the register. Appended in the transaction of the act itself.
-- `entry` is the act as it will be hashed into the log: it is written once and never rebuilt.
CREATE TABLE acts (
    seq INTEGER NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    -- The enrolment, card or resident that it was about.
    subject TEXT NOT NULL,
    entry TEXT NOT NULL
);
CREATE INDEX acts_by_subject ON acts (subject, seq);
