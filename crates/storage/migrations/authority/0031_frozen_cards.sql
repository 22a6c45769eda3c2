-- Cards that are suspended while an application is looked into whose face may be several residents':
-- the decision, or an officer before it, restores them.
CREATE TABLE frozen_cards (
    card_id TEXT NOT NULL PRIMARY KEY REFERENCES cards (id),
    enrolment_id TEXT NOT NULL REFERENCES enrolments (id) ON DELETE CASCADE
);
CREATE INDEX frozen_cards_by_enrolment ON frozen_cards (enrolment_id);
