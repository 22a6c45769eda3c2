-- What was counted within an hour: how often, and of nobody.
CREATE TABLE tallies (
    -- Hours since 1970-01-01T00:00:00Z.
    hour BIGINT NOT NULL,
    what TEXT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (hour, what)
);
