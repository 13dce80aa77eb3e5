# A database on disk (`npm run soak -- --sqlite` inserts 100,000 rows): indexes, joins, a transaction that is taken back, a second process.
sqlite3 db <<'END'
create table item(id integer primary key, kind text, price real, note text);
create table kind(name text primary key, factor integer) without rowid;
insert into kind values ('a', 1), ('b', 2), ('c', 3), ('d', 5);
begin;
with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000)
insert into item select i, substr('abcd', i % 4 + 1, 1), i * 7919 % 10007 / 7.0, case when i % 11 then 'row ' || i end from n;
commit;
create index by_kind on item(kind, price);
select count(*), count(note), round(sum(price), 3), max(id) from item;
select kind, count(*), round(avg(price * factor), 4) from item join kind on kind = name group by kind order by 3 desc;
begin; delete from item where id % 2; select count(*) from item; rollback; select count(*) from item;
update item set note = 'changed' where id between 500 and 600; delete from item where id > 1900; select changes(), total_changes();
explain query plan select * from item where kind = 'a' and price > 1000;
with recursive fib(a, b, n) as (select 0, 1, 0 union all select b, a + b, n + 1 from fib where n < 60) select a from fib where n = 60;
select json_extract('{"a":[1,2,{"b":3}]}', '$.a[2].b'), printf('%08.3f', 3.14159), hex(zeroblob(3)), group_concat(name, '+') from kind;
select id, row_number() over (partition by kind order by price desc) as r from item where id < 20 order by r, id limit 4;
END
sqlite3 db 'pragma integrity_check; select count(*) from item where note = "changed"; select nothing' 2>/dev/null; echo $?
sqlite3 -header -csv db 'select * from kind'; sqlite3 db .schema; sqlite3 db 'insert into kind values ("a", 1)' 2>&1 | head -n 1; md5sum db; ls
