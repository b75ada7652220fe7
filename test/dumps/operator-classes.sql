-- Operator classes and families.
CREATE SCHEMA app;
CREATE OPERATOR FAMILY app.f USING btree;
CREATE OPERATOR CLASS app.c FOR TYPE int4 USING btree FAMILY app.f AS
  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
  FUNCTION 1 btint4cmp(int4, int4), FUNCTION 2 btint4sortsupport(internal);
CREATE OPERATOR CLASS app.c8 FOR TYPE int8 USING btree FAMILY app.f AS
  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
  FUNCTION 1 btint8cmp(int8, int8);
ALTER OPERATOR FAMILY app.f USING btree ADD
  OPERATOR 1 < (int4, int8), OPERATOR 3 = (int4, int8),
  FUNCTION 1 (int4, int8) btint48cmp(int4, int8);
CREATE OPERATOR FAMILY app.loose USING hash;
ALTER OPERATOR FAMILY app.loose USING hash ADD OPERATOR 1 = (int2, int2), FUNCTION 1 hashint2(int2);
CREATE FUNCTION app.cmp(int4, int4) RETURNS int4 LANGUAGE sql IMMUTABLE AS 'SELECT $2 - $1';
CREATE OPERATOR CLASS app.reversed FOR TYPE int4 USING btree AS
  OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 app.cmp(int4, int4);
CREATE OPERATOR CLASS app.places FOR TYPE point USING gist AS
  STORAGE box,
  OPERATOR 11 |>> (point, point), OPERATOR 6 ~= (point, point), OPERATOR 15 <-> (point, point) FOR ORDER BY pg_catalog.float_ops,
  FUNCTION 1 gist_point_consistent(internal, point, smallint, oid, internal),
  FUNCTION 2 gist_box_union(internal, internal),
  FUNCTION 3 gist_point_compress(internal),
  FUNCTION 5 gist_box_penalty(internal, internal, internal),
  FUNCTION 6 gist_box_picksplit(internal, internal),
  FUNCTION 7 gist_box_same(box, box, internal),
  FUNCTION 8 gist_point_distance(internal, point, smallint, oid, internal);
CREATE OPERATOR CLASS app.points DEFAULT FOR TYPE point USING hash AS OPERATOR 1 ~=;
COMMENT ON OPERATOR CLASS app.c USING btree IS 'a class';
COMMENT ON OPERATOR FAMILY app.f USING btree IS 'a family';
CREATE TABLE app.t (a int, b point, c int8, EXCLUDE (a app.c WITH =));
INSERT INTO app.t VALUES (1, '(1,2)', 1), (2, '(3,4)', 1);
CREATE INDEX t_a ON app.t (a app.reversed DESC, c app.c8);
CREATE UNIQUE INDEX t_u ON app.t (a app.reversed);
CREATE INDEX t_b ON app.t USING gist (b app.places);
