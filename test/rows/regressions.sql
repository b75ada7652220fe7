-- Rows of a table that is as young as its transaction, and are gone again.
create table t1 (a int, b int)
insert into t1 values (1,2)
begin
create table t3 (a int, c int)
select count(true) from t3
insert into t3 values (1,2)
select count(true) from t3
delete from t3
select count(true) from t3
rollback
begin
create table t4 (a int, c int)
savepoint p
insert into t4 values (1,2)
select count(*) from t4
rollback to p
select count(*) from t4
select count(true) from t4
select * from t4
rollback
-- What waits for the commit keeps a table as it is.
create table pp (a int primary key, u int unique deferrable initially deferred)
create table c (a int references pp deferrable initially deferred, b int)
create index ci on c (b)
insert into pp values (1,1), (2,2)
insert into c values (1,1)
begin
insert into c values (null, 2)
alter table c add x int
rollback
begin
insert into c values (1, 2)
alter table c rename b to bb
create index on c (bb)
rollback
begin
insert into c values (1, 2)
reindex table c
rollback
begin
insert into c values (1, 2)
cluster c using ci
rollback
begin
insert into c values (1, 2)
truncate c
rollback
begin
insert into c values (1, 2)
drop index ci
rollback
begin
insert into c values (1, 2)
drop table c
rollback
begin
insert into c values (1, 2)
drop table pp cascade
rollback
begin
insert into c values (1, 2)
alter table pp add x int
rollback
begin
update c set b = 3
alter table c add x int
rollback
begin
update c set a = 2
alter table c add x int
rollback
begin
delete from pp where a = 2
alter table pp add x int
rollback
begin
update pp set a = 3 where a = 2
alter table pp add x int
rollback
begin
update pp set a = a
alter table pp add x int
rollback
begin
insert into pp values (7,7)
alter table pp add x int
rollback
begin
insert into pp values (7,1)
alter table pp add x int
rollback
begin
insert into c values (1, 2)
create index on c (b)
rollback
begin
insert into c values (1, 2)
alter table c rename to cc
alter table cc set schema public
comment on table cc is 'x'
rollback
begin
insert into c values (1, 2)
set constraints all immediate
alter table c add x int
rollback
begin
insert into c values (1, 2)
create view v as select * from c
alter table c owner to root
rollback
begin
insert into c values (1, 2)
alter table if exists c alter b type bigint
rollback
begin
insert into c values (1, 2)
truncate pp cascade
rollback
begin
insert into c values (1, 2)
alter index ci rename to ci2
alter index ci2 set (fillfactor = 50)
rollback
-- A row that refers to what it referred to before is not looked at again.
create table r1 (id int primary key)
create table r2 (id int, a int)
insert into r2 values (1, 9)
alter table r2 add constraint r2_a foreign key (a) references r1 not valid
update r2 set id = 2
update r2 set a = 8
update r2 set a = null
-- A partial index computes no keys of rows that it leaves out.
create table t (a int, n int)
create index on t ((10/a)) where n = 5
insert into t values (0, 1), (1, 5)
insert into t values (0, 5)
create unique index on t ((20/a)) where n <> 1
update t set a = 0 where a = 1
create table u (a int, b int unique deferrable initially deferred)
-- What is wrong first.
create table w (a int primary key, g int generated always as (a * 2) stored, v varchar(3), d date)
insert into w (a, g, d) values (1, 2, '2001-13-01')
insert into w (a, v) values (1, 'a'), (2, 'b'), ((1 + 2))
insert into w (a, v) values (1, 'a'), ('x', 'b'), (3)
insert into w (a, v) values ((1 - 2), 'a'), ((3 + 4), 'b', 5)
insert into w (a, v, d) values (1, 2), (1, 2, '2001-01-01')
values (1, 2), ((1 + 1))
update w set d = true where d = '2001-13-01'
update w set g = 1, nosuch = 2
update w set g = 1 where nosuch = 2
insert into w (a) values (1) on conflict (d) do update set g = 1
insert into w (a) values (1) on conflict (d) do update set a = 1
insert into w (a) values (1) on conflict (d) do update set a = 1 where nosuch
insert into w (a) values (1) on conflict (d) do nothing returning nosuch
insert into w (g) values (default), (1) returning nosuch
insert into w (g) select 1
