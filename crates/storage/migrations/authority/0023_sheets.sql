-- Codes of printed sheets: each opens one copy of a card, once.
CREATE TABLE sheet_codes (
    -- A keyed tag of the code: the store alone does not tell which codes there are.
    tag BLOB NOT NULL PRIMARY KEY,
    card_id TEXT NOT NULL REFERENCES cards (id),
    -- The copy and its key, sealed under a key that follows from the code; gone when it was shown.
    sealed_copy BLOB,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX sheet_codes_by_card ON sheet_codes (card_id);
CREATE INDEX sheet_codes_by_expiry ON sheet_codes (expires_at);
