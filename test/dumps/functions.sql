-- Functions and procedures, and what uses them.
CREATE SCHEMA app;
CREATE TABLE app.t (id int PRIMARY KEY, n text);
CREATE FUNCTION app.add1(i int) RETURNS int LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS 'select i+1';
CREATE FUNCTION app.named(k int, kind text DEFAULT 'a' || 'b', OUT x int, OUT y text)
  LANGUAGE sql STABLE COST 5 SET search_path = app, public SET work_mem = '1MB'
  AS $$ select k, kind $$;
CREATE FUNCTION app.rows_of(lo int, VARIADIC ids int[]) RETURNS SETOF app.t
  LANGUAGE sql ROWS 10 AS 'select * from app.t where id = any (ids) and id >= lo';
CREATE FUNCTION app.tab(x int) RETURNS TABLE (a int, b text) LANGUAGE sql
  AS 'select id, n from app.t where id > x';
CREATE FUNCTION app.bump() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  AS $f$ begin new.n := $$x$$; return new; end $f$;
CREATE PROCEDURE app.put(x int, INOUT y int) LANGUAGE sql
  AS $$ insert into app.t values (x); select y $$;
COMMENT ON FUNCTION app.add1(int) IS 'one more';
CREATE VIEW app.v AS SELECT app.add1(id) AS next FROM app.t;
CREATE TABLE app.u (a int DEFAULT app.add1(1), CHECK (app.add1(a) > 0));
CREATE INDEX ui ON app.u (app.add1(a));
INSERT INTO app.t VALUES (1, 'a');
INSERT INTO app.u DEFAULT VALUES;
