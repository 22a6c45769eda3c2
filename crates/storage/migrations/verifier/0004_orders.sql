-- Orders for several people; each shows their card to a request of its own.
CREATE TABLE orders (
    id TEXT PRIMARY KEY NOT NULL,
    content TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX orders_expiry ON orders (expires_at);
ALTER TABLE requests ADD COLUMN order_id TEXT;
CREATE INDEX requests_order ON requests (order_id);
