/** ANALYZE beside others, of samples, and what it leaves; test/psql/analyze.psql has the rest. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { checkCatalog } from "../../src/catalog/check/check.ts";
import { sourceOfStore } from "../../src/catalog/check/source.ts";
import { CatalogEngine } from "../../src/sql/engine/engine.ts";
import { Sessions } from "../../src/sql/session/service.ts";
import { Breaker } from "../catalog/check-broken.ts";
import { LocalSession } from "../support/local-session.ts";
import { SimDisk } from "../support/sim-disk.ts";

describe("ANALYZE", function () {
  this.timeout(60_000);
  let directory: string;
  let engine: CatalogEngine;
  let service: Sessions;
  let a: LocalSession;
  let b: LocalSession;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "catalogd-analyze-"));
    const onFatal = (error: Error) => {
      throw error;
    };
    engine = await CatalogEngine.open({ directory, disk: new SimDisk(), database: "dev", onFatal });
    service = new Sessions({ engine });
    a = await LocalSession.open(service, "dev");
    b = await LocalSession.open(service, "dev");
  });
  after(async () => {
    a.close();
    b.close();
    await engine.close();
    rmSync(directory, { recursive: true });
  });

  const row = async (text: string) => (await a.ask(text))[0] ?? [];
  const faults = () => {
    engine.storage.sequencer.publish();
    return [...checkCatalog(sourceOfStore(engine.storage.store))];
  };

  it("estimates a table of which it reads a part", async () => {
    await a.ask("create table part (id int, g int, n int)");
    await a.ask(
      "insert into part select i, i % 10, case when i % 4 > 0 then i end from generate_series(1, 10000) i",
    );
    await a.ask("delete from part where id % 5 = 0");
    await a.ask("set default_statistics_target = 1; analyze part; reset default_statistics_target");
    const [tuples, pages] = await row(
      "select reltuples, relpages from pg_class where relname = 'part'",
    );
    expect(Number(tuples)).to.be.within(7_000, 9_000);
    expect(Number(pages)).to.be.within(10, 100);
    const stats = await a.ask(
      "select null_frac, n_distinct, array_length(most_common_vals::text::int[], 1), " +
        "array_length(histogram_bounds::text::int[], 1) from pg_stats where tablename = 'part' order by attname",
    );
    const [g, id, n] = stats.map((each) => each.map(Number));
    expect(g?.[0]).to.equal(0);
    expect(g?.[1]).to.be.within(6, 8);
    expect(id).to.deep.equal([0, -1, 0, 2]);
    expect(n?.[0]).to.be.within(0.1, 0.4);
    expect(n?.[1]).to.be.within(-0.9, -0.6);
  });

  it("waits for who changes the table, and passes over what is locked when told so", async () => {
    await a.ask("create table locked (a int)");
    await b.ask("begin; lock table locked in share mode");
    expect(await a.ask("analyze (skip_locked) locked")).to.deep.equal([]);
    expect(await row("select reltuples from pg_class where relname = 'locked'")).to.deep.equal([
      "-1",
    ]);
    const analyzed = a.ask("analyze locked");
    await b.ask("insert into locked values (1), (2)");
    await b.ask("commit");
    await analyzed;
    expect(await row("select reltuples from pg_class where relname = 'locked'")).to.deep.equal([
      "2",
    ]);
  });

  it("takes back all that it wrote when its block is rolled back, and is no history", async () => {
    await a.ask("create table taken (a int); insert into taken values (1), (1)");
    await a.ask("begin; analyze taken; rollback");
    const counted = "select reltuples from pg_class where relname = 'taken'";
    const columns = "select count(*) from pg_stats where tablename = 'taken'";
    expect([await row(counted), await row(columns)]).to.deep.equal([["-1"], ["0"]]);
    await a.ask("analyze taken");
    expect([await row(counted), await row(columns)]).to.deep.equal([["2"], ["1"]]);
    const told = "select count(*) from rw_catalog.rw_ddl_history where statement like '%analyze%'";
    expect(await row(told)).to.deep.equal(["0"]);
    const live = "select n_live_tup from pg_stat_user_tables where relname = 'taken'";
    expect(await row(live)).to.deep.equal(["2"]);
  });

  it("says what it read when it is verbose", async () => {
    await a.ask("create table said (a int); insert into said values (1), (2)");
    await a.ask("delete from said");
    const said = (await a.run("analyze verbose said")).flatMap((answer) =>
      answer.kind === "notice" ? [`${answer.notice.severity} ${answer.notice.message}`] : [],
    );
    expect(said).to.deep.equal([
      'INFO analyzing "public.said"',
      'INFO "said": scanned 1 of 1 blocks of row versions, containing 0 live rows and ' +
        "2 dead rows; 0 rows in sample, 0 estimated total rows",
    ]);
  });

  it("refuses catalogs that are named, and passes them over else", async () => {
    let refused: unknown;
    await a.ask("analyze pg_class").catch((error) => {
      refused = error;
    });
    expect(refused).to.include({
      code: "0A000",
      message: "ANALYZE of system catalogs is not supported",
    });
    await a.ask("vacuum analyze");
  });

  it("leaves rows that the checker knows the rules of", async () => {
    await a.ask("create table sound (a int, b text); insert into sound values (1, 'x'), (2, 'x')");
    await a.ask("analyze");
    expect(faults()).to.deep.equal([]);
    const [id] = await row("select 'sound'::regclass::oid");
    const of = { starelid: Number(id), staattnum: 1 };
    const broken = new Breaker(() => engine);
    const faultsWith = (values: Record<string, unknown>) => [
      ...checkCatalog(broken.catalog().set("pg_statistic", of, values)),
    ];
    const name = `dev: pg_statistic ${id}`;
    expect(faultsWith({ staattnum: 7 })).to.deep.equal([
      `${name} 7 false: the relation has no column 7`,
    ]);
    expect(faultsWith({ staop1: 99_999 })).to.deep.equal([
      `${name} 1 false: staop1 is 99999, which pg_operator has not`,
    ]);
  });
});
