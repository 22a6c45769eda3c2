-- The acts as a log that proves itself (RFC 6962): entry number `seq` is the leaf `seq - 1`.
--
-- `hashes` are the SHA-256 hashes of all subtrees that the entry completes, its own leaf first:
-- two on average. They are written with the entry and never change.
ALTER TABLE acts ADD COLUMN hashes BLOB;
-- Whom it was about, if it was about one resident: what they are shown.
ALTER TABLE acts ADD COLUMN resident_id TEXT;
CREATE INDEX acts_by_resident ON acts (resident_id, seq) WHERE resident_id IS NOT NULL;
-- What was recorded before there was a log; it is taken into it when the authority starts.
CREATE INDEX acts_outside_the_log ON acts (seq) WHERE hashes IS NULL;

UPDATE acts SET resident_id = subject WHERE kind LIKE 'register.%'
    AND kind <> 'register.imported' AND subject <> 'nobody';
UPDATE acts SET resident_id = (SELECT c.resident_id FROM cards c WHERE c.id = acts.subject)
    WHERE kind LIKE 'card.%' OR kind LIKE 'copies.%';
UPDATE acts SET resident_id = (SELECT e.resident_id FROM enrolments e WHERE e.id = acts.subject)
    WHERE kind LIKE 'enrolment.%' OR kind LIKE 'grant.%';

-- What was signed: the log's head at some sizes. One size is never signed in two ways.
CREATE TABLE checkpoints (
    size BIGINT NOT NULL PRIMARY KEY,
    signed_at BIGINT NOT NULL,
    -- C2SP tlog-checkpoint, byte for byte.
    note TEXT NOT NULL
);

-- Whose record a wallet may ask about.
CREATE INDEX cards_by_wallet ON cards (wallet_thumbprint) WHERE state = 'live';
