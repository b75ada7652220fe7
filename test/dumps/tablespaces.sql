-- Relations that say in which tablespace they are. No dump of one database makes tablespaces.
SET allow_in_place_tablespaces = on;
SELECT 'CREATE TABLESPACE "dumps fast" LOCATION '''''
WHERE NOT EXISTS (SELECT FROM pg_tablespace WHERE spcname = 'dumps fast') \gexec
SELECT 'CREATE TABLESPACE dumps_slow LOCATION '''''
WHERE NOT EXISTS (SELECT FROM pg_tablespace WHERE spcname = 'dumps_slow') \gexec

CREATE TABLE a (
  i int PRIMARY KEY USING INDEX TABLESPACE dumps_slow,
  t int UNIQUE,
  EXCLUDE USING btree (t WITH =) USING INDEX TABLESPACE "dumps fast"
) TABLESPACE "dumps fast";
INSERT INTO a SELECT g, g * 2 FROM generate_series(1, 5) g;
CREATE INDEX a_expression ON a ((i + t)) TABLESPACE dumps_slow WHERE i > 2;
CREATE TABLE at_home (i int REFERENCES a) TABLESPACE pg_default;
CREATE UNLOGGED TABLE unlogged (LIKE a INCLUDING ALL) TABLESPACE dumps_slow;
CREATE MATERIALIZED VIEW counted TABLESPACE dumps_slow AS SELECT count(*) AS n FROM a;
CREATE UNIQUE INDEX ON counted (n) TABLESPACE "dumps fast";
CREATE TABLE filled TABLESPACE "dumps fast" AS SELECT i FROM a;

CREATE TABLE parted (i int, j int) PARTITION BY RANGE (i) TABLESPACE dumps_slow;
CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (10) TO (20) TABLESPACE "dumps fast";
CREATE INDEX ON parted (j) TABLESPACE "dumps fast";
ALTER TABLE parted ADD PRIMARY KEY (i) USING INDEX TABLESPACE dumps_slow;
ALTER INDEX parted_low_j_idx SET TABLESPACE pg_default;
ALTER TABLE parted SET TABLESPACE pg_default;
SET default_tablespace = dumps_slow;
CREATE TABLE parted_more PARTITION OF parted FOR VALUES FROM (20) TO (30);
CREATE VIEW seen AS SELECT i FROM parted;
CREATE SEQUENCE numbers;
