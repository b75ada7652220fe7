/** Each way in which a materialized view is kept, and each reason to compute all of it. */
import { expect } from "chai";
import type { LocalSession } from "../support/local-session.ts";
import { MaintainingEngine } from "../support/maintaining-engine.ts";

describe("maintaining materialized views", () => {
  let server: MaintainingEngine;
  let session: LocalSession;

  before(async () => {
    server = await MaintainingEngine.open();
    session = await server.session();
    await session.ask(`
      create table item (id int primary key, kind text, price int);
      create table sale (item int, day date, amount int);
      create index on sale (item);
      insert into item values (1, 'tea', 3), (2, 'tea', 4), (3, 'cup', 9), (4, null, 1);
      insert into sale values (1, '2024-01-01', 2), (1, '2024-01-02', 5), (3, '2024-01-01', 1);
      create view cheap as select id, kind, price * 2 as twice from item where price < 9;
    `);
  });
  after(async () => {
    session.close();
    await server.close();
  });

  async function make(name: string, query: string): Promise<void> {
    await session.ask(`create materialized view ${name} as ${query}`);
    server.note(name, server.engine.storage.sequencer.epoch);
  }

  async function drop(name: string): Promise<void> {
    server.note(name, undefined);
    await session.ask(`drop materialized view ${name}`);
  }

  async function maintain(name: string, query: string) {
    const done = await server.maintain(session, name);
    const [held, wanted] = [
      await session.ask(`select v::text from ${name} v order by 1`),
      await session.ask(`select v::text from (${query}) v order by 1`),
    ];
    expect(held, name).to.deep.equal(wanted);
    return done;
  }

  const kept: readonly (readonly [how: string, query: string])[] = [
    ["rows", "select id, upper(kind) as kind, price from item where price < 9"],
    ["rows", "select kind from item order by price desc"],
    ["rows", "select c.twice, c.kind from cheap c where c.kind is not null"],
    ["join", "select i.kind, s.amount * i.price as paid from item i join sale s on s.item = i.id"],
    ["join", "select a.id, b.id as other from item a, item b where a.kind = b.kind"],
    ["join", "select c.twice, s.amount from sale s join cheap c on c.id = s.item"],
    ["groups", "select kind, count(*) as n, sum(price) as s, min(id) as m from item group by kind"],
    ["groups", "select kind, count(*) as n from item group by 1 having count(*) > 1"],
    [
      "sums",
      "select i.kind, sum(s.amount) as n from item i, sale s where s.item = i.id group by 1",
    ],
    ["groups", "select distinct kind from item"],
    ["groups", "select id, kind, count(*) as n from item group by id"],
    ["sums", "select id % 2 as odd, kind, avg(price) as p from item group by 1, 2 order by 3"],
    ["sums", "select count(*) as n, sum(price) as s, avg(id::bigint) as p from item"],
    [
      "sums",
      "select kind, count(price) filter (where id > 2) as n, sum(id::bigint) as s from item group by 1",
    ],
    ["groups", "select count(*) as n, max(price) as p from item where kind = 'tea'"],
    [
      "groups",
      "select item, array_agg(amount order by amount desc) as amounts from sale group by item",
    ],
  ];
  for (const [at, [how, query]] of kept.entries()) {
    it(`follows ${how}: ${query}`, async () => {
      const name = `kept_${at}`;
      await make(name, query);
      expect(await maintain(name, query)).to.include({ how, removed: 0, added: 0 });
      await session.ask("insert into item values (10, 'tea', 5), (11, 'pot', 20), (12, null, 2)");
      await session.ask("insert into sale values (10, '2024-02-01', 7), (11, '2024-02-02', 1)");
      await session.ask("update item set kind = 'cup', price = 8 where id = 2");
      await session.ask("delete from sale where item = 1 and amount = 5");
      expect(await maintain(name, query)).to.include({ how });
      await session.ask(
        "begin; delete from item where id > 9; update item set price = 1; rollback",
      );
      const nothing = { how, removed: 0, added: 0 };
      expect(await maintain(name, query)).to.include(nothing);
      await session.ask("delete from item where id > 9");
      await session.ask("delete from sale where item > 9");
      await session.ask("insert into sale values (1, '2024-01-02', 5)");
      await session.ask("update item set kind = 'tea', price = 4 where id = 2");
      expect(await maintain(name, query)).to.include({ how });
      await drop(name);
    });
  }

  const recomputed: readonly (readonly [why: string, query: string])[] = [
    ["LEFT JOIN", "select i.id, s.amount from item i left join sale s on s.item = i.id"],
    ["FULL JOIN", "select i.id, s.amount from item i full join sale s on s.item = i.id"],
    ["UNION", "select id from item union select item from sale"],
    ["EXCEPT", "select id from item except select item from sale"],
    ["VALUES", "values (1), (2)"],
    ["WITH", "with a as (select id from item) select * from a"],
    ["window functions", "select id, rank() over (order by price) as r from item"],
    ["LIMIT", "select id from item order by id limit 2"],
    ["OFFSET", "select id from item order by id offset 1"],
    ["DISTINCT ON", "select distinct on (kind) kind, id from item order by kind, id"],
    ["GROUPING SETS", "select kind, count(*) as n from item group by rollup (kind)"],
    ["DISTINCT of groups", "select distinct count(*) as n from item group by kind"],
    ["groups in a sub-select", "select n from (select count(*) as n from item group by kind) x"],
    ["DISTINCT in a sub-select", "select kind from (select distinct kind from item) x"],
    ["a sub-select in an expression", "select id from item where id in (select item from sale)"],
    ["a function in FROM", "select g, i.id from generate_series(1, 2) g, item i"],
    ["VALUES", "select id from item, (values (1)) v(x) where x = id"],
    ["LATERAL", "select i.id, s.n from item i, lateral (select i.id + 1 as n from sale) s"],
    ["TABLESAMPLE", "select id from item tablesample bernoulli (100)"],
    ["system catalogs", "select datname from pg_database"],
    ["system columns", "select id, xmin::text as x from item"],
    ["a set-returning function", "select id, generate_series(1, 2) as g from item"],
    ["a function that is not immutable", "select id from item where now() > '2000-01-01'"],
    [
      "a key of GROUP BY that is no column of the view",
      "select count(*) as n from item group by kind",
    ],
    [
      "groups by values of type numeric",
      "select price::numeric as p, count(*) as n from item group by 1",
    ],
  ];
  for (const [at, [why, query]] of recomputed.entries()) {
    it(`computes all of a view for ${why}`, async () => {
      const name = `all_${at}`;
      await make(name, query);
      const done = await maintain(name, query);
      expect(done).to.deep.include({ how: "recompute", why, added: 0, removed: 0 });
      await session.ask(
        "insert into item values (20, 'tea', 5); insert into sale values (20, '2024-03-01', 1)",
      );
      expect(await maintain(name, query)).to.include({ how: "recompute", why });
      await session.ask("delete from item where id = 20; delete from sale where item = 20");
      expect(await maintain(name, query)).to.include({ how: "recompute", why });
      await drop(name);
    });
  }

  describe("a view of one table", () => {
    const query = "select id, price from item where price > 2";

    beforeEach(() => make("dear", query));
    afterEach(() => drop("dear"));
    const change = () => session.ask("update item set price = price + 1 where id = 3");

    it("is computed when nobody knows what it holds", async () => {
      server.note("dear", undefined);
      await change();
      const why = "it is not known what the view holds";
      expect(await maintain("dear", query)).to.include({ how: "recompute", why, added: 1 });
      await change();
      expect(await maintain("dear", query)).to.include({ how: "rows", added: 1, removed: 1 });
    });

    it("is computed when the table was truncated or written anew", async () => {
      const why = 'relation "item" has a new storage';
      await session.ask("begin; truncate item; insert into item values (3, 'cup', 9); commit");
      expect(await maintain("dear", query)).to.include({ how: "recompute", why });
      await session.ask("alter table item add column n int generated always as identity");
      expect(await maintain("dear", query)).to.include({ how: "recompute", why });
      await session.ask("alter table item drop column n");
      const altered = "what the query reads was altered";
      expect(await maintain("dear", query)).to.include({ how: "recompute", why: altered });
      await session.ask("insert into item values (1, 'tea', 3), (2, 'tea', 4), (4, null, 1)");
      expect(await maintain("dear", query)).to.include({ how: "rows", added: 2 });
    });

    it("is computed when the table has lost its last child", async () => {
      await session.ask(
        "create table set () inherits (item); insert into set values (9, 'set', 9)",
      );
      expect(await maintain("dear", query)).to.include({ how: "recompute", added: 1 });
      await session.ask("alter table set no inherit item; delete from set");
      const why = 'relation "item" has lost or got children';
      expect(await maintain("dear", query)).to.include({ how: "recompute", why, removed: 1 });
      await session.ask("drop table set");
      await change();
      expect(await maintain("dear", query)).to.include({ how: "rows", added: 1, removed: 1 });
    });

    it("goes on with its rows when other things were created", async () => {
      await session.ask("create table other (a int); drop table other");
      await change();
      expect(await maintain("dear", query)).to.include({ how: "rows", added: 1, removed: 1 });
    });

    it("goes on from an epoch before it was created", async () => {
      await drop("dear");
      server.note("dear", server.engine.storage.sequencer.epoch);
      await session.ask(`create materialized view dear as ${query}`);
      await change();
      expect(await maintain("dear", query)).to.include({ how: "rows", added: 1, removed: 1 });
    });

    it("is computed when it was refreshed in between", async () => {
      await change();
      await session.ask("refresh materialized view dear");
      const why = 'relation "dear" has a new storage';
      expect(await maintain("dear", query)).to.include({ how: "recompute", why, added: 0 });
    });

    it("is computed when vacuum has removed what it needs", async () => {
      const since = server.sinceOf("dear");
      server.note("dear", undefined);
      await change();
      await session.ask("vacuum item");
      server.note("dear", since);
      const why = "snapshot too old";
      expect(await maintain("dear", query)).to.include({ how: "recompute", why });
    });

    it("is found right after a maintenance that was rolled back", async () => {
      await change();
      await maintain("dear", query);
      await change();
      await session.ask("begin; refresh materialized view concurrently dear; rollback");
      expect(await maintain("dear", query)).to.include({ how: "rows", added: 1, removed: 1 });
      await change();
      await session.ask("begin; savepoint s; refresh materialized view concurrently dear");
      await session.ask("rollback to s; commit");
      expect(await maintain("dear", query)).to.include({ how: "rows", added: 1, removed: 1 });
    });

    it("is computed when it lacks what has gone", async () => {
      await session.ask("delete from item where id = 3");
      await maintain("dear", query);
      await session.ask("insert into item values (3, 'cup', 9)");
      server.note("dear", server.engine.storage.sequencer.epoch);
      await session.ask("delete from item where id = 3");
      const why = "the view lacks rows that its query gave";
      expect(await maintain("dear", query)).to.include({ how: "recompute", why });
      await session.ask("insert into item values (3, 'cup', 9)");
      await maintain("dear", query);
    });

    it("has its unique index kept, and says what breaks it", async () => {
      await session.ask("create unique index on dear (price)");
      await session.ask("update item set price = case id when 1 then 40 else 30 end where id < 3");
      const failed = await session.run("refresh materialized view concurrently dear");
      expect(failed.map((answer) => "error" in answer && answer.error.message)).to.deep.equal([
        false,
      ]);
      await session.ask("update item set price = 40 where id = 2");
      const [answer] = await session.run("refresh materialized view concurrently dear");
      expect(answer).to.have.nested.property("error.code", "23505");
      await session.ask("update item set price = id + 2 where id < 3");
    });
  });

  it("is asked for of populated materialized views alone", async () => {
    await session.ask("create materialized view empty as select 1 as a with no data");
    for (const [name, code, message] of [
      ["empty", "55000", 'materialized view "empty" has not been populated'],
      ["item", "0A000", '"item" is not a materialized view'],
      ["nothing", "42P01", "relation with OID 0 does not exist"],
    ] as const) {
      const [answer] = await session.run(`refresh materialized view concurrently ${name}`);
      expect(answer).to.deep.nested.include({ "error.code": code, "error.message": message });
    }
  });

  it("computes all of a view whose rows of two epochs do not go together", async () => {
    await session.ask("create table a (x int); create table b (x int)");
    await session.ask("insert into a values (1); insert into b values (2)");
    const query = "select 1 / (a.x - b.x) as q from a, b";
    await make("q", query);
    await session.ask("begin; update a set x = 2; update b set x = 3; commit");
    const why = "the change could not be computed: division by zero";
    expect(await maintain("q", query)).to.include({ how: "recompute", why });
    await drop("q");
  });

  it("is computed when a view that it reads was replaced", async () => {
    const query = "select id, twice from cheap";
    await make("twice", query);
    await session.ask(
      "create or replace view cheap as select id, kind, price * 3 as twice from item where price < 9",
    );
    const why = "what the query reads was altered";
    expect(await maintain("twice", query)).to.include({ how: "recompute", why });
    await drop("twice");
  });
});
