-- What is made of functions that the server has. Languages are not: restoring PostgreSQL's dump of
-- one looks for an extension of its name.
CREATE SCHEMA k;
CREATE CONVERSION k.latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE DEFAULT CONVERSION k."To 2" FOR 'UTF8' TO 'LATIN2' FROM utf8_to_iso8859;
COMMENT ON CONVERSION k.latin IS 'from the west';

CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
CREATE ACCESS METHOD "Gist 2" TYPE INDEX HANDLER gisthandler;
COMMENT ON ACCESS METHOD heap2 IS 'a heap, too';
CREATE TABLE k.t (a int PRIMARY KEY, c box) USING heap2;
CREATE TABLE k.plain (a int);
CREATE MATERIALIZED VIEW k.mv USING heap2 AS SELECT 1 AS a;
CREATE OPERATOR CLASS k.box_2 DEFAULT FOR TYPE box USING "Gist 2" AS
  OPERATOR 3 && (box, box),
  FUNCTION 1 gist_box_consistent(internal, box, int2, oid, internal),
  FUNCTION 2 gist_box_union(internal, internal),
  FUNCTION 5 gist_box_penalty(internal, internal, internal),
  FUNCTION 6 gist_box_picksplit(internal, internal),
  FUNCTION 7 gist_box_same(box, box, internal);
CREATE INDEX tc ON k.t USING "Gist 2" (c);
INSERT INTO k.t VALUES (1, '(1,1),(2,2)');

CREATE TRANSFORM FOR int LANGUAGE plpgsql (FROM SQL WITH FUNCTION prsd_lextype(internal), TO SQL WITH FUNCTION int4recv(internal));
CREATE TRANSFORM FOR bigint LANGUAGE sql (TO SQL WITH FUNCTION int8recv(internal));
CREATE FUNCTION k.transformed(int) RETURNS bigint TRANSFORM FOR TYPE int LANGUAGE plpgsql AS 'BEGIN RETURN $1; END';
COMMENT ON TRANSFORM FOR int LANGUAGE plpgsql IS 'there and back';

CREATE TEXT SEARCH PARSER k.words (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype, HEADLINE = prsd_headline);
CREATE TEXT SEARCH PARSER k."No lines" (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
CREATE TEXT SEARCH TEMPLATE k.small (LEXIZE = dsimple_lexize, INIT = dsimple_init);
CREATE TEXT SEARCH TEMPLATE k.bare (LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH DICTIONARY k.dict (TEMPLATE = k.small, stopwords = english);
CREATE TEXT SEARCH CONFIGURATION k.conf (PARSER = k.words);
ALTER TEXT SEARCH CONFIGURATION k.conf ADD MAPPING FOR asciiword WITH k.dict;
COMMENT ON TEXT SEARCH PARSER k.words IS 'words';
COMMENT ON TEXT SEARCH TEMPLATE k.small IS 'small letters';
