/**
 * ROWS ARE THE SAME WITH INDEXES AND WITHOUT: queries of chance over a table with indexes and over
 * a copy that has none, while both are changed. SEED repeats a run, INDEX_RUNS is the number of
 * queries over each pair of tables.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { NodeDisk } from "../../src/base/disk.ts";
import { CatalogEngine } from "../../src/sql/engine/engine.ts";
import { Sessions } from "../../src/sql/session/service.ts";
import { LocalSession } from "../support/local-session.ts";
import { Random, seedOfRun } from "../support/random.ts";

const TABLES = 6;
const QUERIES = Number(process.env["INDEX_RUNS"] ?? 60);

/** Types of columns, and values of each. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  int: ["-3", "0", "1", "2", "5", "8", "2147483647"],
  bigint: ["-9000000000", "-1", "0", "2", "5", "9000000000"],
  oid: ["0", "1", "5", "4294967295"],
  text: ["''", "'B'", "'a'", "'A'", "'ab'", "'ä'"],
  citext: ["''", "'B'", "'b'", "'AB'", "'ab'", "'ä'"],
  "char(3)": ["''", "'a'", "'a  '", "'ab'", "'B'"],
  numeric: ["-1.5", "0", "0.10", "0.1", "2", "2.00", "'NaN'"],
  "double precision": ["'-Infinity'", "-2", "0", "0.5", "3", "'NaN'"],
  date: ["'-infinity'", "'1999-12-31'", "'2000-01-01'", "'2001-01-01'"],
  interval: ["'1 day'", "'24 hours'", "'1 mon'", "'30 days'", "'2 mons'"],
  bytea: ["''", "'\\x00'", "'\\x01ff'"],
  "int[]": ["'{}'", "'{1}'", "'{1,2}'", "'[0:0]={1}'"],
  jsonb: ["'1'", "'1.0'", "'{\"a\": 1}'", "'[1]'"],
};
/** Which of them are compared with each other. */
const ALIKE: readonly (readonly [string, string])[] = [
  ["int", "bigint"],
  ["int", "oid"],
  ["int", "numeric"],
  ["text", "citext"],
  ["text", "char(3)"],
];

interface Column {
  readonly name: string;
  readonly type: string;
}

const literalOf = (chance: Random, type: string): string =>
  `${chance.pick(TYPES[type] as readonly string[])}::${type}`;

/** A condition of one table's rows, or of one's and another's. */
function conditionOf(
  chance: Random,
  columns: readonly Column[],
  alias: string,
  other: string | undefined,
): string {
  const { name, type } = chance.pick(columns);
  const column = `${alias}.${name}`;
  const value = () => literalOf(chance, type);
  if (other !== undefined && chance.chance(0.6)) {
    const pairs = columns.filter((each) => each.type === type || areAlike(each.type, type));
    const [one, two] = [column, `${other}.${chance.pick(pairs).name}`];
    return chance.chance(0.5) ? `${one} = ${two}` : `${two} = ${one}`;
  }
  const compared = chance.pick(["=", "=", "=", "<", "<=", ">", ">=", "<>"]);
  switch (chance.below(9)) {
    case 0:
      return `${column} IN (${value()}, ${value()}, NULL)`;
    case 1:
      return `${column} = ANY (ARRAY[${value()}, ${value()}, NULL])`;
    case 2:
      return `${column} BETWEEN ${value()} AND ${value()}`;
    case 3:
      return `${column} > ${value()} AND ${value()} >= ${column}`;
    case 4:
      return `${column} IS ${chance.pick(["", "NOT "])}NULL`;
    case 5:
      return `(${column} = ${value()} OR ${column} IS NULL)`;
    case 6:
      return `${value()} ${compared} ${column}`;
    default:
      return `${column} ${compared} ${value()}`;
  }
}

const areAlike = (a: string, b: string): boolean =>
  ALIKE.some(([one, two]) => (one === a && two === b) || (one === b && two === a));

/** `%` stands for the table. */
function queryOf(chance: Random, columns: readonly Column[]): string {
  const all = (alias: string, other: string | undefined, count: number) =>
    Array.from({ length: count }, () => conditionOf(chance, columns, alias, other)).join(" AND ");
  const where = all("x", undefined, 1 + chance.below(3));
  const join = chance.pick(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"]);
  const on = join === "FULL JOIN" ? equality(chance, columns) : all("y", "x", 1 + chance.below(2));
  switch (chance.below(8)) {
    case 6:
    case 7: {
      const { name } = chance.pick(columns);
      const first = chance.chance(0.5) ? "" : all("x", undefined, 1);
      const way = () => chance.pick(["", "", " DESC", " NULLS FIRST", " DESC NULLS LAST"]);
      const order = chance.pick(["", " DESC"]);
      const ways = chance.chance(0.7) ? [order, order] : [way(), way()];
      const beside = chance.pick(["", "JOIN % y ON y.n = x.n", "LEFT JOIN % y ON y.n = x.n + 1"]);
      return `SELECT x.n, x.${name} FROM % x ${beside} ${first && `WHERE ${first}`}
        ORDER BY x.${name}${ways[0]}, x.n${ways[1]} LIMIT ${chance.below(8)} OFFSET ${chance.below(3)}`;
    }
    case 0:
      return `SELECT x.n FROM % x WHERE ${where} ORDER BY 1`;
    case 1:
      return `SELECT x.n, y.n FROM % x ${join} % y ON ${on} WHERE ${where} ORDER BY 1, 2`;
    case 2:
      return `SELECT x.n, y.n FROM % x, % y WHERE ${where} AND ${all("y", "x", 2)} ORDER BY 1, 2`;
    case 3:
      return `SELECT x.n FROM % x WHERE ${where} AND ${chance.pick(["", "NOT "])}EXISTS (
        SELECT 1 FROM % y WHERE ${all("y", "x", 2)}) ORDER BY 1`;
    case 4: {
      const { name, type } = chance.pick(columns);
      const rows = `(VALUES (${literalOf(chance, type)}), (${literalOf(chance, type)})) v(a)`;
      return `SELECT x.n FROM ${rows} ${join} % x ON x.${name} = v.a ORDER BY 1`;
    }
    default:
      return `SELECT x.n, y.n, z.n FROM % x LEFT JOIN % y ON ${on.replace(/FULL/, "")}
        ${chance.pick(["JOIN", "LEFT JOIN"])} % z ON ${all("z", "y", 1)} AND z.n < 12
        WHERE ${where} ORDER BY 1, 2, 3`;
  }
}

function equality(chance: Random, columns: readonly Column[]): string {
  const mergeable = columns.filter(({ type }) => type !== "citext" && type !== "oid");
  const { name } = chance.pick(mergeable.length > 0 ? mergeable : columns);
  return `x.${name} = y.${name}`;
}

describe("rows that indexes reach", () => {
  let directory: string;
  let engine: CatalogEngine;
  let session: LocalSession;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "catalogd-indexes-"));
    const onFatal = (error: Error) => {
      throw error;
    };
    const disk = new NodeDisk();
    engine = await CatalogEngine.open({ directory, disk, database: "dev", onFatal });
    session = await LocalSession.open(new Sessions({ engine }), "dev");
    await session.ask("CREATE EXTENSION citext");
  });
  after(async () => {
    session.close();
    await engine.close();
    rmSync(directory, { recursive: true });
  });

  const both = async (statement: string) => {
    for (const table of ["keyed", "plain"]) await session.ask(statement.replaceAll("%", table));
  };

  async function makeTables(chance: Random): Promise<readonly Column[]> {
    const types = Object.keys(TYPES);
    const [one, two] = chance.chance(0.5) ? chance.pick(ALIKE) : [chance.pick(types), "int"];
    const columns = [one, two, chance.pick(types)].map((type, at) => ({ name: "abc"[at], type }));
    const list = columns.map(({ name, type }) => `${name} ${type}`).join(", ");
    await both(`DROP TABLE IF EXISTS %`);
    await both(`CREATE TABLE % (${list}, n int)`);
    await session.ask("CREATE INDEX ON keyed (a); CREATE INDEX ON keyed (b, c, a)");
    await session.ask(
      "CREATE INDEX ON keyed (c, n); CREATE INDEX ON keyed (a, n); CREATE UNIQUE INDEX ON keyed (n)",
    );
    return columns as readonly Column[];
  }

  async function addRows(chance: Random, columns: readonly Column[], from: number) {
    const rows = Array.from({ length: 25 }, (_, at) => {
      const values = columns.map(({ type }) =>
        chance.chance(0.1) ? "NULL" : literalOf(chance, type),
      );
      return `(${[...values, from + at].join(", ")})`;
    });
    await both(`INSERT INTO % VALUES ${rows.join(", ")}`);
  }

  it("are those that a table without them has", async function () {
    this.timeout(0);
    const seed = seedOfRun();
    for (let at = 0; at < TABLES; at++) {
      const chance = new Random(seed).fork(at);
      const columns = await makeTables(chance);
      await addRows(chance, columns, 0);
      for (let round = 0; round < QUERIES; round++) {
        const query = queryOf(chance, columns);
        const ask = (table: string) =>
          session.ask(query.replaceAll("%", table)).catch((error: Error) => error.message);
        const [found, wanted] = [await ask("keyed"), await ask("plain")];
        expect(found, `SEED=${seed}: ${query}`).to.deep.equal(wanted);
        if (round % 15 !== 7) continue;
        const { name, type } = chance.pick(columns);
        await both(`UPDATE % SET ${name} = ${literalOf(chance, type)} WHERE mod(n, 4) = 1`);
        await both(`DELETE FROM % WHERE n BETWEEN ${chance.below(20)} AND 20`);
        await addRows(chance, columns, 100 * (round + 1));
      }
    }
  });

  it("are looked up where they are few, and joined as a whole where they are not", async () => {
    await session.ask("CREATE TABLE one (id int PRIMARY KEY, two int, at int, e citext UNIQUE)");
    await session.ask(
      "CREATE TABLE two (id int PRIMARY KEY, name text); CREATE INDEX ON one (two, at)",
    );
    await session.ask("INSERT INTO one VALUES (1, 1, 1, 'a'); INSERT INTO two VALUES (1, 'b')");
    const looksUp = async (query: string) =>
      (await session.ask(`EXPLAIN ${query}`)).map(String).filter((line) => /on index/.test(line));
    expect(await looksUp("SELECT FROM one WHERE id = 1")).to.have.length(1);
    expect(await looksUp("SELECT FROM one WHERE id IN (1, 2)")).to.have.length(1);
    expect(await looksUp("SELECT FROM one WHERE id = ANY ('{1,2}')")).to.have.length(1);
    expect(await looksUp("SELECT FROM one WHERE two = 1")).to.have.length(1);
    expect(await looksUp("SELECT FROM one WHERE two = 1 AND at BETWEEN 2 AND 3")).to.have.length(1);
    expect(await looksUp("SELECT FROM one ORDER BY id LIMIT 5")).to.have.length(1);
    expect(await looksUp("SELECT FROM one WHERE two = 1 ORDER BY at DESC LIMIT 5")).to.have.length(
      1,
    );
    expect(await looksUp("SELECT FROM one ORDER BY id")).to.have.length(0);
    expect(await looksUp("SELECT FROM one ORDER BY at LIMIT 5")).to.have.length(0);
    expect(await looksUp("SELECT FROM one WHERE at = 1")).to.have.length(0);
    expect(await looksUp("SELECT FROM one WHERE id > 1")).to.have.length(0);
    expect(await looksUp("SELECT FROM one WHERE e = 'X'")).to.have.length(1);
    expect(await looksUp("SELECT FROM one WHERE e::text = 'X'")).to.have.length(0);
    const join = (kind: string) => `SELECT FROM one ${kind} JOIN two ON two.id = one.two`;
    for (const kind of ["", "LEFT"]) {
      expect(await looksUp(join(kind))).to.have.length(0);
      expect(await looksUp(`${join(kind)} WHERE one.id = 5`)).to.have.length(2);
    }
  });
});
