-- Large objects with what is in them, their owners, comments and privileges.
CREATE TABLE picture (name text PRIMARY KEY, raster oid);
INSERT INTO picture VALUES ('small', lo_from_bytea(5001, 'a few bytes')),
  ('empty', lo_create(5002)),
  ('large', lo_from_bytea(5003, decode(repeat('00ff1a27', 6000), 'hex'))),
  ('sparse', lo_from_bytea(5004, '\x01'));
SELECT lo_put(5004, 9000, '\x02');
COMMENT ON LARGE OBJECT 5001 IS 'the first';
GRANT SELECT ON LARGE OBJECT 5001 TO PUBLIC;
REVOKE ALL ON LARGE OBJECT 5002 FROM root;
