-- Applications for the full card: which level is applied for, the keyed tag of the code by which an
-- officer finds the application at a counter, and when the physical card that was read for it expires.
ALTER TABLE enrolments ADD COLUMN level TEXT NOT NULL DEFAULT 'light';
ALTER TABLE enrolments ADD COLUMN counter_tag BLOB;
ALTER TABLE enrolments ADD COLUMN document_expires_at BIGINT;
CREATE UNIQUE INDEX enrolments_at_counters ON enrolments (counter_tag)
    WHERE counter_tag IS NOT NULL AND state = 'gathering';
