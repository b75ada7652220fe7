-- Tables that inherit, and partitioned ones with their indexes.
SET client_min_messages = warning;
CREATE TABLE a (id int PRIMARY KEY, name text NOT NULL DEFAULT 'none', CONSTRAINT positive CHECK (id > 0));
CREATE TABLE b (size int, extra text DEFAULT 'x');
CREATE TABLE ab (own date, name text DEFAULT 'mine') INHERITS (a, b);
CREATE TABLE list (id int NOT NULL, kind text DEFAULT 'a', size numeric(5,1)) PARTITION BY LIST (kind);
CREATE TABLE list_a PARTITION OF list FOR VALUES IN ('a', 'b');
CREATE TABLE list_c PARTITION OF list (size NOT NULL DEFAULT 3, CONSTRAINT small CHECK (size < 100)) FOR VALUES IN ('c', NULL);
CREATE TABLE list_rest PARTITION OF list DEFAULT PARTITION BY RANGE (id);
CREATE TABLE list_low PARTITION OF list_rest FOR VALUES FROM (MINVALUE) TO (10);
CREATE INDEX list_size ON list (size, lower(kind));
ALTER TABLE list ADD PRIMARY KEY (id, kind);
CREATE TABLE hash (id bigint, name text) PARTITION BY HASH (id, lower(name) text_ops);
CREATE TABLE hash_0 PARTITION OF hash FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE hash_1 PARTITION OF hash FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO a VALUES (1, 'one');
INSERT INTO ab VALUES (2, 'two', 3, 'e', '2020-01-01');
INSERT INTO list VALUES (1, 'a', 1), (2, 'c', 2), (3, 'z', 3);
INSERT INTO hash SELECT g, 'n' || g FROM generate_series(1, 6) g;
