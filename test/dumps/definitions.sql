-- Objects that few databases have.
CREATE TYPE person AS (id int, name text COLLATE "C", born date);
CREATE TABLE people OF person;
CREATE TABLE more OF person (id WITH OPTIONS PRIMARY KEY, name NOT NULL DEFAULT 'x', CHECK (born > '1900-01-01'));
ALTER TYPE person DROP ATTRIBUTE born CASCADE;
ALTER TYPE person ADD ATTRIBUTE q int CASCADE;
INSERT INTO more VALUES (1,'b',2);
CREATE TABLE part OF person PARTITION BY RANGE (id);
COMMENT ON TABLE more IS 'typed';
CREATE PUBLICATION filtered FOR TABLE more (id, q) WHERE (q > 1 AND id IS NOT NULL), people;
CREATE STATISTICS exprs ON id, (id + q), lower(name) FROM more;
CREATE STATISTICS single ON (CASE WHEN q > 1 THEN id END) FROM more;
CREATE TEXT SEARCH DICTIONARY picky (TEMPLATE = simple, accept = false);
CREATE TEXT SEARCH DICTIONARY stem (TEMPLATE = snowball, language = english);
CREATE TEXT SEARCH CONFIGURATION own (COPY = english);
ALTER TEXT SEARCH CONFIGURATION own ALTER MAPPING FOR asciiword, word WITH picky, stem;
COMMENT ON TEXT SEARCH CONFIGURATION own IS 'own';
