-- The tables of the cases, as PostgreSQL 15 had them when it answered. bind-tables.ts says the same to the binder.
create table t1(id int primary key, name text, n numeric(10,2), ts timestamptz, arr int[], b bool, v varchar(10), c char(5));
create table t2(x int, y text);
create table t3(j json);
create table t4(id bigint, q text);
create sequence s1;
