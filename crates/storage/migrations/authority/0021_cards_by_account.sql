-- Which account of which provider a card was given to, as a keyed tag: whoever is signed in there
-- may lock it, from any device.
ALTER TABLE cards ADD COLUMN account_tag BLOB;
UPDATE cards SET account_tag =
    (SELECT e.account_tag FROM enrolments e WHERE e.id = cards.enrolment_id);
CREATE INDEX cards_by_account ON cards (account_tag)
    WHERE state IN ('live', 'suspended') AND account_tag IS NOT NULL;
