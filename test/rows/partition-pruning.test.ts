/**
 * Partitions that a condition leaves out have no row for which it holds: a partitioned table
 * answers what a plain one with the same rows does, and says in EXPLAIN what it reads.
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

const TABLES = 5;
const CONDITIONS = 40;

/** Types of keys, and values of each in their order. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  int: ["-3", "0", "1", "2", "5", "8", "13"],
  bigint: ["-9000000000", "-1", "0", "2", "3", "9000000000"],
  text: ["''", "'B'", "'a'", "'ab'", "'b'", "'ä'"],
  numeric: ["-1.5", "0", "0.10", "2", "10", "'NaN'"],
  "double precision": ["'-Infinity'", "-2", "0", "0.5", "3", "'NaN'"],
  date: ["'-infinity'", "'1999-12-31'", "'2000-01-01'", "'2000-02-29'", "'2001-01-01'"],
  interval: ["'-1 day'", "'1 day'", "'23 hours 60 minutes'", "'1 mon'", "'31 days'"],
  boolean: ["false", "true"],
};

interface Key {
  readonly name: string;
  readonly type: string;
  readonly values: readonly string[];
}

/** Literals keep the type that their column has. */
const literal = (key: Key, value: string): string => `${value}::${key.type}`;

function partitionBounds(chance: Random, strategy: string, keys: readonly Key[]): string[] {
  const bounds: string[] = [];
  const [first] = keys as [Key];
  if (strategy === "HASH") {
    for (let at = 0; at < 4; at++) bounds.push(`FOR VALUES WITH (MODULUS 4, REMAINDER ${at})`);
    return bounds;
  }
  if (strategy === "LIST") {
    const groups: string[][] = [[], [], []];
    // Values may be equal though they are written in two ways.
    const taken = first.type === "interval" ? first.values.slice(2, 4) : first.values;
    for (const value of [...taken, "NULL"]) {
      if (chance.chance(0.8)) chance.pick(groups).push(value);
    }
    bounds.push(
      ...groups.filter((each) => each.length > 0).map((each) => `FOR VALUES IN (${each})`),
    );
  } else {
    let from = first.values.map((value) => [value, ...keys.slice(1).map(() => "MINVALUE")]);
    if (first.type === "interval") from = from.slice(0, 2);
    for (const [at, lower] of from.slice(0, -1).entries()) {
      if (chance.chance(0.3)) continue;
      const upper = from[at + 1] as string[];
      const second = keys[1];
      const middle =
        second && chance.chance(0.5) ? [lower[0], chance.pick(second.values)] : undefined;
      if (!middle) bounds.push(`FOR VALUES FROM (${lower}) TO (${upper})`);
      else
        bounds.push(
          `FOR VALUES FROM (${lower}) TO (${middle})`,
          `FOR VALUES FROM (${middle}) TO (${upper})`,
        );
    }
  }
  return [...bounds, "DEFAULT"];
}

function conditionOf(chance: Random, keys: readonly Key[], depth: number): string {
  const key = chance.pick(keys);
  const value = () => literal(key, chance.pick(key.values));
  if (depth > 0 && chance.chance(0.5)) {
    const word = chance.pick(["AND", "OR"]);
    const parts = [0, 1].map(() => conditionOf(chance, keys, depth - 1));
    return `(${parts.join(` ${word} `)})`;
  }
  const choice = chance.below(10);
  if (choice < 4) return `${key.name} ${chance.pick(["=", "<", "<=", ">", ">=", "<>"])} ${value()}`;
  if (choice === 4) return `${value()} ${chance.pick(["=", "<", "<=", ">", ">="])} ${key.name}`;
  if (choice === 5) return `${key.name} IN (${value()}, ${value()}, NULL)`;
  if (choice === 6) return `${key.name} = ANY (ARRAY[${value()}, ${value()}])`;
  if (choice === 7) return `${key.name} IS ${chance.pick(["", "NOT "])}NULL`;
  if (choice === 8) return `NOT (${key.name} = ${value()})`;
  if (key.type !== "boolean") return `${key.name} BETWEEN ${value()} AND ${value()}`;
  return chance.pick([
    key.name,
    `NOT ${key.name}`,
    `${key.name} IS NOT TRUE`,
    `${key.name} IS FALSE`,
  ]);
}

describe("pruning of partitions", () => {
  let directory: string;
  let engine: CatalogEngine;
  let session: LocalSession;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "catalogd-pruning-"));
    const onFatal = (error: Error) => {
      throw error;
    };
    const disk = new NodeDisk();
    engine = await CatalogEngine.open({ directory, disk, database: "dev", onFatal });
    session = await LocalSession.open(new Sessions({ engine }), "dev");
  });
  after(async () => {
    session.close();
    await engine.close();
    rmSync(directory, { recursive: true });
  });

  async function makeTables(chance: Random, at: number): Promise<readonly Key[]> {
    const strategy = chance.pick(["RANGE", "RANGE", "LIST", "HASH"]);
    const count = strategy === "LIST" ? 1 : 1 + chance.below(2);
    const keys = ["a", "b"].slice(0, count).map((name): Key => {
      const type = chance.pick(Object.keys(TYPES));
      return { name, type, values: TYPES[type] as readonly string[] };
    });
    const columns = keys.map(({ name, type }) => `${name} ${type}`);
    const list = [...columns, "n int"].join(", ");
    const by = keys.map(({ name }) => name);
    await session.ask(`CREATE TABLE plain_${at} (${list})`);
    await session.ask(`CREATE TABLE parted_${at} (${list}) PARTITION BY ${strategy} (${by})`);
    for (const [number, bound] of partitionBounds(chance, strategy, keys).entries()) {
      await session.ask(`CREATE TABLE parted_${at}_${number} PARTITION OF parted_${at} ${bound}`);
    }
    const rows: string[] = [];
    for (let n = 0; n < 80; n++) {
      const values = keys.map((key) =>
        chance.chance(0.1) ? "NULL" : literal(key, chance.pick(key.values)),
      );
      rows.push(`(${[...values, n].join(", ")})`);
    }
    for (const table of ["plain", "parted"]) {
      await session.ask(`INSERT INTO ${table}_${at} VALUES ${rows.join(", ")}`);
    }
    return keys;
  }

  it("changes no answer, of literals, parameters and statements that delete", async () => {
    const seed = seedOfRun();
    for (let at = 0; at < TABLES; at++) {
      const chance = new Random(seed).fork(at);
      const keys = await makeTables(chance, at);
      for (let round = 0; round < CONDITIONS; round++) {
        const where = conditionOf(chance, keys, 2);
        const [plain, parted] = [`plain_${at}`, `parted_${at}`];
        const wanted = await session.ask(`SELECT n FROM ${plain} WHERE ${where} ORDER BY n`);
        const found = await session.ask(`SELECT n FROM ${parted} WHERE ${where} ORDER BY n`);
        expect(found, `SEED=${seed}: ${where}`).to.deep.equal(wanted);
        if (round % 10 > 0) continue;
        const [key] = keys as [Key];
        const values = [...key.values, "NULL"];
        for (const table of [plain, parted]) {
          const query = `SELECT n FROM ${table} WHERE ${key.name} >= $1 AND ${key.name} <> $2 ORDER BY n`;
          await session.ask(`PREPARE ${table} (${key.type}, ${key.type}) AS ${query}`);
        }
        for (const value of values) {
          const call = `(${value}, ${chance.pick(values)})`;
          const expected = await session.ask(`EXECUTE ${plain}${call}`);
          const answered = await session.ask(`EXECUTE ${parted}${call}`);
          expect(answered, `SEED=${seed}: ${key.name} ${call}`).to.deep.equal(expected);
        }
        await session.ask("DEALLOCATE ALL");
        const gone = `DELETE FROM % WHERE ${where} AND n % 3 = 0 RETURNING n`;
        const [left, right] = [plain, parted].map((table) => gone.replace("%", table)) as [
          string,
          string,
        ];
        const sorted = async (text: string) => (await session.ask(text)).map(String).sort();
        expect(await sorted(right), `SEED=${seed}: ${where}`).to.deep.equal(await sorted(left));
      }
    }
  });

  async function readsOf(where: string): Promise<string[]> {
    const lines = (await session.ask(`EXPLAIN SELECT * FROM days WHERE ${where}`)).map(String);
    return lines.flatMap((line) => /Scan on (days_\w+)/.exec(line)?.[1] ?? []);
  }

  it("reads the partitions that are left, and shows no other", async () => {
    await session.ask("CREATE TABLE days (at int, c text) PARTITION BY RANGE (at)");
    for (let at = 0; at < 5; at++) {
      const bound = `FROM (${at * 10}) TO (${at * 10 + 10})`;
      await session.ask(`CREATE TABLE days_${at} PARTITION OF days FOR VALUES ${bound}`);
    }
    await session.ask("CREATE TABLE days_rest PARTITION OF days DEFAULT");
    await session.ask("INSERT INTO days SELECT i, 'x' FROM generate_series(-5, 60) i");
    expect(await readsOf("at = 12")).to.deep.equal(["days_1"]);
    expect(await readsOf("at >= 12 AND at < 20")).to.deep.equal(["days_1"]);
    expect(await readsOf("at IN (3, 44) AND c = 'x'")).to.deep.equal(["days_0", "days_4"]);
    expect(await readsOf("at > 30")).to.deep.equal(["days_3", "days_4", "days_rest"]);
    expect(await readsOf("at IS NULL")).to.deep.equal(["days_rest"]);
    expect(await readsOf("at = 1 OR at = 21")).to.deep.equal(["days_0", "days_2"]);
    expect(await readsOf("at = NULL")).to.deep.equal([]);
    expect(await readsOf("c = 'x'")).to.have.length(6);
    await session.ask("ALTER TABLE days DETACH PARTITION days_1");
    expect(await readsOf("at = 12")).to.deep.equal(["days_rest"]);
  });
});
