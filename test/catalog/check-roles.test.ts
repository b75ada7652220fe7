/** The checker on roles, memberships, stored settings, comments and copies of databases. */
import { expect } from "chai";
import type { Oid } from "../../src/base/ids.ts";
import { checkCatalog } from "../../src/catalog/check/check.ts";
import { pgAuthid } from "../../src/catalog/relations/pg-authid.ts";
import { pgDatabase } from "../../src/catalog/relations/pg-database.ts";
import { Breaker, type Broken } from "./check-broken.ts";
import { DdlCluster } from "./check-fixture.ts";

const WORKLOAD = [
  `create role ada login password 'x' in role pg_monitor; create role bob role ada admin ada`,
  `create role eve; grant bob to eve with admin option; revoke admin option for bob from eve`,
  `alter role ada rename to ada_l; alter role ada_l password null valid until 'infinity'`,
  `alter role bob password 'md5e8a48653851e28c69d0506508fb27fc5' connection limit 3`,
  `alter role bob set a = 1; alter role bob set a = 2; alter role bob reset a`,
  `alter role bob in database dev set a = 1; alter database dev set b = 2`,
  `alter role all set c = 3; alter role eve set d = 4`,
  `create schema s authorization ada_l; create table s.t (a serial primary key, b text)`,
  `comment on table s.t is 'x'; comment on column s.t.a is 'a'; comment on column s.t.b is 'b'`,
  `comment on column s.t.tableoid is 'system'; comment on function abs(int4) is null`,
  `comment on function abs(int8) is 'mine'; comment on role bob is 'b'; comment on database dev is 'd'`,
  `comment on schema public is null; comment on column s.t.a is null`,
  `alter table s.t owner to bob; alter language plpgsql owner to bob`,
  `alter schema public owner to bob; reassign owned by bob to ada_l`,
  `alter default privileges for role bob grant select on tables to eve, public`,
  `alter default privileges for role bob in schema s grant update on sequences to ada_l`,
  `grant select on s.t to eve with grant option; grant update (b) on s.t to eve, ada_l`,
  `grant create on schema s to bob; grant connect on database dev to eve`,
  `alter table s.t owner to eve; revoke select on s.t from eve; alter table s.t owner to bob`,
  `create database copied template dev oid 4000000000 owner eve`,
  `alter database copied owner to ada_l; alter database copied connection limit 4 is_template true`,
  `alter table s.t drop column b; alter language plpgsql owner to root; drop owned by ada_l cascade`,
];

describe("the checker of what all databases share", () => {
  let cluster: DdlCluster;
  const breaker = new Breaker(() => cluster);
  before(async () => {
    cluster = await DdlCluster.open();
  });
  after(() => cluster.close());

  it("finds nothing wrong after any statement", async function () {
    this.timeout(120_000);
    for (const text of WORKLOAD) {
      await cluster.run(text);
      expect(cluster.check(), text).to.deep.equal([]);
    }
  });

  const role = (name: string): Oid =>
    cluster.catalog().find(pgAuthid, "rolname", [name])?.oid ?? (0 as Oid);
  const database = (name: string): Oid =>
    cluster.catalog().find(pgDatabase, "datname", [name])?.oid ?? (0 as Oid);
  const settings = () => ({ setrole: role("bob"), setdatabase: database("dev") });

  const breakages: readonly [string, (broken: Broken) => Broken, RegExp][] = [
    [
      "a bootstrap role without its rights",
      (b) => b.set("pg_authid", { rolname: "root" }, { rolsuper: false }),
      /^pg_authid: the bootstrap role is no superuser$/,
    ],
    [
      "a password as it was typed",
      (b) => b.set("pg_authid", { rolname: "bob" }, { rolpassword: "secret" }),
      /^pg_authid \d+: its password is no verifier$/,
    ],
    [
      "a connection limit below none",
      (b) => b.set("pg_authid", { rolname: "bob" }, { rolconnlimit: -2 }),
      /^pg_authid \d+: its connection limit is -2$/,
    ],
    [
      "a role with a system's name",
      (b) => b.set("pg_authid", { rolname: "bob" }, { rolname: "pg_bob" }),
      /^pg_authid \d+: pg_bob is reserved$/,
    ],
    [
      "a member that is not there",
      (b) => b.remove("pg_authid", { rolname: "eve" }),
      /pg_auth_members \d+ \d+: member is \d+, which pg_authid has not$/,
    ],
    [
      "a role that is a member of itself",
      (b) =>
        b.copy(
          "pg_auth_members",
          { member: role("eve") },
          { roleid: role("eve"), member: role("bob") },
        ),
      /^pg_authid \d+: it is a member of itself$/,
    ],
    [
      "a member of pg_database_owner",
      (b) => b.set("pg_auth_members", { member: role("eve") }, { roleid: 6171 }),
      /pg_database_owner has the one member that is implied$/,
    ],
    [
      "settings of a role that is not there",
      (b) => b.set("pg_db_role_setting", settings(), { setrole: 4242 }),
      /setrole is 4242, which pg_authid has not$/,
    ],
    [
      "settings that are none",
      (b) => b.set("pg_db_role_setting", settings(), { setconfig: [] }),
      /^pg_db_role_setting \d+ \d+: it has no settings$/,
    ],
    [
      "a setting without a name",
      (b) => b.set("pg_db_role_setting", settings(), { setconfig: ["=1"] }),
      /a setting has no name$/,
    ],
    [
      "a setting given twice",
      (b) => b.set("pg_db_role_setting", settings(), { setconfig: ["a=1", "b=1", "a=2"] }),
      /a setting is there twice$/,
    ],
    [
      "a cover of nothing",
      (b) =>
        b
          .set("pg_description", { description: "mine" }, { objsubid: 0, description: "" })
          .set("pg_description", { description: "" }, { objoid: 1398, classoid: 2615 }),
      /^dev: pg_description 1398 2615 0: it hides nothing$/,
    ],
    [
      "a comment of a database on what all share",
      (b) => b.set("pg_description", { description: "mine" }, { objoid: 1, classoid: 1262 }),
      /^dev: pg_description 1 1262 0: the object is shared$/,
    ],
    [
      "a shared comment on what a database has",
      (b) => b.set("pg_shdescription", { description: "b" }, { objoid: 2200, classoid: 2615 }),
      /pg_shdescription 2200 2615: the object is not shared$/,
    ],
    [
      "an empty shared comment",
      (b) => b.set("pg_shdescription", { description: "b" }, { description: "" }),
      /pg_shdescription \d+ 1260: it is empty$/,
    ],
    [
      "a comment on a column that no table has",
      (b) =>
        b.set(
          "pg_description",
          { description: "mine" },
          { objoid: 1259, classoid: 1259, objsubid: -7 },
        ),
      /there is no column -7 of pg_class 1259$/,
    ],
    [
      "an oid twice in a copy",
      (b) =>
        b.copy(
          "pg_namespace",
          { nspname: "public" },
          { oid: role("bob"), nspname: "x" },
          database("copied"),
        ),
      /^copied: oid \d+ is used in pg_authid and in pg_namespace$/,
    ],
  ];
  for (const [what, breakIt, expected] of breakages) {
    it(`notices ${what}`, () => {
      const faults = checkCatalog(breakIt(breaker.catalog()));
      const found = faults.filter((fault) => expected.test(fault));
      expect(found).not.to.have.lengthOf(0, faults.join("\n"));
    });
  }

  it("finds nothing left of what is dropped", async () => {
    await cluster.run(`alter database copied is_template false; drop database copied`);
    await cluster.run(`drop owned by bob, eve, ada_l cascade`);
    await cluster.run(`drop role ada_l, bob, eve`);
    expect(cluster.check()).to.deep.equal([]);
  });
});
