-- Collations, extended statistics and publications.
SET client_min_messages = error;
CREATE SCHEMA app;
CREATE COLLATION app.bytes FROM "C";
CREATE COLLATION app.utf8 (LC_COLLATE = 'C', LC_CTYPE = 'POSIX');
COMMENT ON COLLATION app.bytes IS 'as they are';
CREATE TABLE app.t (id int PRIMARY KEY, a text COLLATE app.bytes, b text COLLATE app.utf8);
CREATE TABLE app.u (id int);
CREATE INDEX ti ON app.t (a COLLATE app.utf8);
CREATE DOMAIN app.code AS text COLLATE app.bytes;
CREATE PUBLICATION everything FOR ALL TABLES WITH (publish = 'insert');
CREATE PUBLICATION part FOR TABLE app.t (id, a), app.u;
CREATE PUBLICATION schemas FOR TABLES IN SCHEMA app WITH (publish_via_partition_root = true);
CREATE PUBLICATION nothing WITH (publish = '');
COMMENT ON PUBLICATION part IS 'of a few';
CREATE STATISTICS app.pair ON id, a FROM app.t;
CREATE STATISTICS app.some_kinds (mcv) ON a, b FROM app.t;
ALTER STATISTICS app.pair SET STATISTICS 50;
COMMENT ON STATISTICS app.pair IS 'two of them';
