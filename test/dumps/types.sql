-- Enums, domains, composite types, and who may use what.
CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('sad', 'ok', 'it''s');
ALTER TYPE app.mood ADD VALUE 'so so' BEFORE 'ok';
CREATE DOMAIN app.posint AS int DEFAULT 1 NOT NULL CONSTRAINT pos CHECK (VALUE > 0);
CREATE DOMAIN app.code AS varchar(3) COLLATE "C" CHECK (VALUE ~ '^[a-z]+$');
CREATE TYPE app.pair AS (a int, b text COLLATE "C", m app.mood);
COMMENT ON TYPE app.mood IS 'moods';
COMMENT ON DOMAIN app.code IS 'codes';
COMMENT ON COLUMN app.pair.b IS 'second';
CREATE TABLE app.t (
  id app.posint,
  m app.mood DEFAULT 'ok',
  ms app.mood[] DEFAULT '{sad}',
  c app.code CHECK (c <> 'zzz'),
  p app.pair
);
CREATE INDEX ti ON app.t (m) WHERE m > 'sad';
CREATE VIEW app.v AS SELECT m, count(*) FROM app.t WHERE m <> 'sad'::app.mood GROUP BY m;
CREATE FUNCTION app.worse(app.mood) RETURNS app.mood LANGUAGE sql IMMUTABLE
  AS $$ select case when $1 > 'sad' then 'sad'::app.mood end $$;
INSERT INTO app.t VALUES
  (3, 'so so', '{ok,"it''s"}', 'abc', ROW(1, 'x', 'ok')), (4, NULL, NULL, NULL, NULL);
GRANT USAGE ON SCHEMA app TO PUBLIC;
GRANT SELECT, UPDATE (m) ON app.t TO PUBLIC;
REVOKE ALL ON TYPE app.mood FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION app.worse(app.mood) FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
