CREATE FUNCTION early() RETURNS integer LANGUAGE sql AS 'select 1';
CREATE TABLE "T t" (id integer PRIMARY KEY, "N" text);
CREATE VIEW v AS SELECT * FROM "T t";
CREATE FUNCTION first_of(a integer, "B" text DEFAULT 'x') RETURNS text STABLE
  RETURN (SELECT max("N") || "B" FROM v WHERE id > a);
CREATE FUNCTION added(a integer, n text) RETURNS SETOF "T t"
BEGIN ATOMIC
  INSERT INTO "T t" VALUES (a, n), (a + 1, first_of(a, n));
  UPDATE "T t" x SET "N" = x."N" || '!' WHERE x.id = a;
  DELETE FROM "T t" USING v WHERE v.id = "T t".id AND v."N" IS NULL;
  SELECT * FROM "T t" WHERE id >= a ORDER BY id LIMIT 2;
END;
CREATE PROCEDURE emptied(OUT c bigint)
BEGIN ATOMIC
  DELETE FROM "T t";
  SELECT count(*) FROM v;
END;
CREATE PROCEDURE nothing() BEGIN ATOMIC END;
CREATE TABLE z (a text DEFAULT first_of(1), CHECK (first_of(1, a) <> 'no'));
CREATE VIEW w AS SELECT first_of(3) AS f;
CREATE FUNCTION on_w() RETURNS SETOF w BEGIN ATOMIC TABLE w; END;
