-- Exclusion constraints, with rows.
CREATE TABLE booking (
  room int4range,
  during tsrange,
  note text,
  CONSTRAINT no_two EXCLUDE USING gist (room WITH =, during WITH &&) INCLUDE (note)
);
INSERT INTO booking VALUES
  ('[1,1]', '[2024-01-01,2024-01-02)', 'a'),
  ('[1,1]', '[2024-01-02,2024-01-03)', 'b'),
  ('[2,2]', '[2024-01-01,2024-01-02)', 'c'),
  (NULL, '[2024-01-01,2024-01-02)', 'd');
CREATE TABLE held (
  a int,
  b text,
  c circle,
  i inet,
  EXCLUDE (a DESC NULLS LAST WITH =, lower(b) COLLATE "C" WITH OPERATOR(pg_catalog.=)) WITH (fillfactor = 70) WHERE (a > 0),
  EXCLUDE USING gist (c WITH &&, i inet_ops WITH &&) DEFERRABLE INITIALLY DEFERRED,
  EXCLUDE USING hash (a WITH =) DEFERRABLE
);
COMMENT ON CONSTRAINT held_a_excl ON held IS 'one';
INSERT INTO held VALUES (1, 'x', '<(0,0),1>', '10.0.0.1'), (2, 'X', '<(9,9),1>', '10.0.0.2');
CREATE TABLE day (at date, r int4range) PARTITION BY RANGE (at);
CREATE TABLE day1 PARTITION OF day FOR VALUES FROM ('2024-01-01') TO ('2024-01-02');
ALTER TABLE day1 ADD EXCLUDE USING gist (r WITH -|-);
ALTER TABLE held CLUSTER ON held_c_i_excl;
CREATE SCHEMA other;
CREATE TABLE other.t (p point, EXCLUDE USING spgist (p WITH ~=));
