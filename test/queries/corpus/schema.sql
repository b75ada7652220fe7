CREATE TABLE item (
  id int PRIMARY KEY, name text NOT NULL, price numeric(10,2), tags text[], added timestamptz,
  kind varchar(10), code char(5), flag bool, doc jsonb, day date, took interval
);
CREATE TABLE stock (item_id int, place text, amount bigint, UNIQUE (item_id, place));
CREATE TABLE bare ();
CREATE SEQUENCE ticket;
CREATE SCHEMA other;
CREATE TABLE other.item (id int, other_name text);
