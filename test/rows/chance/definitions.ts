/** CREATE TABLE, ALTER TABLE, CREATE INDEX, DROP TABLE. */
import type { Random } from "../../support/random.ts";
import { condition, constant, expression, sourceOf } from "./expressions.ts";
import { type Column, type Model, type Table, withoutTable, withTable } from "./model.ts";
import { type ColumnType, columnTypes, keyTypes } from "./types.ts";

/** A statement, and the tables when it has succeeded. */
export interface Step {
  readonly text: string;
  readonly after?: Model;
}

const ACTIONS = ["NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT"];

const letters = "abcdefghijk";

/** A reference to a key of some table; undefined when there is none that fits. */
interface Reference {
  readonly text: string;
  readonly type: ColumnType;
}

function reference(random: Random, model: Model): Reference | undefined {
  const targets = model.tables.flatMap((table) =>
    table.keys
      .filter((key) => key.length === 1)
      .flatMap(([key]) => table.columns.filter(({ name }) => name === key))
      .map((column) => ({ table, column })),
  );
  if (targets.length === 0) return undefined;
  const { table, column } = random.pick(targets);
  const words = [`REFERENCES ${table.name} (${column.name})`];
  if (random.chance(0.1)) words.push("MATCH FULL");
  if (random.chance(0.6)) words.push(`ON DELETE ${random.pick(ACTIONS)}`);
  if (random.chance(0.5)) words.push(`ON UPDATE ${random.pick(ACTIONS)}`);
  if (random.chance(0.3)) words.push("DEFERRABLE INITIALLY DEFERRED");
  return { text: words.join(" "), type: column.type };
}

function check(random: Random, columns: readonly Column[]): string {
  const scope = [{ alias: "", columns }];
  const named = columns.filter(({ type }) => type.kind === "integer" || type.kind === "text");
  if (named.length === 0 || random.chance(0.2)) return `CHECK (${condition(random, scope)})`;
  const { name, type } = random.pick(named);
  const made =
    type.kind === "text"
      ? [`length(${name}) < 3`, `${name} <> 'z'`]
      : [`${name} > 0`, `${name} < 100`, `${name} <> 7`];
  return `CHECK (${random.pick(made)})`;
}

export function createTable(random: Random, model: Model): Step {
  const name = `t${model.count + 1}`;
  const columns: Column[] = [];
  const keys: string[][] = [];
  const lines: string[] = [];
  const add = (column: Column, rest = "") => {
    columns.push(column);
    lines.push(`${column.name} ${column.type.name}${rest}`);
  };
  addFirst(random, keys, add);
  const count = 2 + random.below(4);
  for (let at = 1; at <= count; at++) {
    const column = `${letters[at]}`;
    const found = random.chance(0.35) ? reference(random, model) : undefined;
    if (found) add({ name: column, type: found.type }, ` ${found.text}`);
    else addPlain(random, column, columns, keys, add);
  }
  if (random.chance(0.4)) lines.push(check(random, columns));
  const plain = columns.filter(({ type }) => keyTypes.includes(type));
  const [one, other] = plain;
  if (one && other && random.chance(0.15)) {
    lines.push(`UNIQUE (${one.name}, ${other.name})`);
    keys.push([one.name, other.name]);
  }
  const table = { name, columns, keys, constraints: [] };
  return { text: `CREATE TABLE ${name} (${lines.join(", ")})`, after: withTable(model, table) };
}

type Add = (column: Column, rest?: string) => void;

function addFirst(random: Random, keys: string[][], add: Add): void {
  const [int, ...others] = keyTypes;
  if (int === undefined) throw new RangeError("no key types");
  const chosen = random.fraction();
  if (chosen < 0.45) add({ name: "a", type: int }, " PRIMARY KEY");
  else if (chosen < 0.65) {
    const identity = random.pick(["always", "by default"] as const);
    const rest = ` GENERATED ${identity.toUpperCase()} AS IDENTITY PRIMARY KEY`;
    add({ name: "a", type: int, identity }, rest);
  } else if (chosen < 0.8) add({ name: "a", type: random.pick(others) }, " PRIMARY KEY");
  else {
    const isUnique = random.chance(0.5);
    add({ name: "a", type: int }, isUnique ? " UNIQUE" : "");
    if (!isUnique) return;
  }
  keys.push(["a"]);
}

function addPlain(
  random: Random,
  name: string,
  before: readonly Column[],
  keys: string[][],
  add: Add,
): void {
  const type = random.pick(columnTypes);
  if (random.chance(0.15)) {
    const scope = [{ alias: "", columns: before.filter(({ isGenerated }) => !isGenerated) }];
    const text = expression(random, type.kind, scope);
    add({ name, type, isGenerated: true }, ` GENERATED ALWAYS AS (${text}) STORED`);
    return;
  }
  const words: string[] = [];
  if (random.chance(0.35)) words.push(` DEFAULT ${random.pick(type.values)}`);
  if (random.chance(0.15)) words.push(" NOT NULL");
  if (keyTypes.includes(type) && random.chance(0.2)) {
    const nulls = random.chance(0.2) ? " NULLS NOT DISTINCT" : "";
    words.push(` UNIQUE${nulls}${random.chance(0.1) ? " DEFERRABLE INITIALLY DEFERRED" : ""}`);
    keys.push([name]);
  }
  if (random.chance(0.1)) words.push(` ${check(random, [{ name, type }])}`);
  add({ name, type }, words.join(""));
}

type Alter = (random: Random, model: Model, table: Table, column: Column) => AlterStep | undefined;
interface AlterStep {
  readonly action: string;
  readonly after?: Table;
}

const replaced = (table: Table, column: Column, by: readonly Column[]): Table => ({
  ...table,
  columns: table.columns.flatMap((one) => (one.name === column.name ? by : [one])),
});

const alters: readonly Alter[] = [
  (random, model, table) => {
    const columns: Column[] = [];
    const keys = [...table.keys].map((key) => [...key]);
    let text = "";
    const name = `n${model.count}`;
    addPlain(random, name, table.columns, keys, (column, rest = "") => {
      columns.push(column);
      text = `${column.name} ${column.type.name}${rest}`;
    });
    const after = { ...table, columns: [...table.columns, ...columns], keys };
    return { action: `ADD COLUMN ${text}`, after };
  },
  (_, model, table) => {
    // Rows get their numbers in the order of their storage.
    if (table.isShuffled) return undefined;
    const column: Column = { name: `n${model.count}`, type: firstKey(), identity: "by default" };
    return {
      action: `ADD COLUMN ${column.name} int GENERATED BY DEFAULT AS IDENTITY`,
      after: { ...table, columns: [...table.columns, column] },
    };
  },
  (random, model, table) => {
    const found = reference(random, model);
    if (found === undefined) return undefined;
    const column: Column = { name: `n${model.count}`, type: found.type };
    const value = random.chance(0.5) ? ` DEFAULT ${random.pick(found.type.values)}` : "";
    return {
      action: `ADD COLUMN ${column.name} ${found.type.name}${value} ${found.text}`,
      after: { ...table, columns: [...table.columns, column] },
    };
  },
  (random, _, table, column) => ({
    action: `DROP COLUMN ${column.name}${random.chance(0.3) ? " CASCADE" : ""}`,
    after: {
      ...replaced(table, column, []),
      keys: table.keys.filter((key) => !key.includes(column.name)),
    },
  }),
  (_, __, ___, column) => ({ action: `ALTER COLUMN ${column.name} SET NOT NULL` }),
  (_, __, ___, column) => ({ action: `ALTER COLUMN ${column.name} DROP NOT NULL` }),
  (random, _, __, column) => ({
    action: `ALTER COLUMN ${column.name} SET DEFAULT ${constant(random, column.type)}`,
  }),
  (_, __, ___, column) => ({ action: `ALTER COLUMN ${column.name} DROP DEFAULT` }),
  (random, _, table, column) => {
    const type = random.pick(columnTypes);
    const scope = [{ alias: "", columns: table.columns }];
    const using = random.chance(0.5) ? ` USING ${expression(random, type.kind, scope)}` : "";
    return {
      action: `ALTER COLUMN ${column.name} TYPE ${type.name}${using}`,
      after: replaced(table, column, [{ ...column, type }]),
    };
  },
  (random, model, table) => {
    const name = `c${model.count}`;
    const valid = random.chance(0.2) ? " NOT VALID" : "";
    return {
      action: `ADD CONSTRAINT ${name} ${check(random, table.columns)}${valid}`,
      after: { ...table, constraints: [...table.constraints, name] },
    };
  },
  (random, model, table, column) => {
    const name = `c${model.count}`;
    const kind = random.chance(0.3) ? "PRIMARY KEY" : "UNIQUE";
    return {
      action: `ADD CONSTRAINT ${name} ${kind} (${column.name})`,
      after: {
        ...table,
        keys: [...table.keys, [column.name]],
        constraints: [...table.constraints, name],
      },
    };
  },
  (random, model, table, column) => {
    const found = reference(random, model);
    if (found === undefined) return undefined;
    const name = `c${model.count}`;
    const valid = random.chance(0.2) ? " NOT VALID" : "";
    return {
      action: `ADD CONSTRAINT ${name} FOREIGN KEY (${column.name}) ${found.text}${valid}`,
      after: { ...table, constraints: [...table.constraints, name] },
    };
  },
  (random, _, table) => {
    if (table.constraints.length === 0) return undefined;
    const name = random.pick(table.constraints);
    if (random.chance(0.3)) return { action: `VALIDATE CONSTRAINT ${name}` };
    return {
      action: `DROP CONSTRAINT ${name}`,
      after: { ...table, constraints: table.constraints.filter((one) => one !== name) },
    };
  },
  (_, model, table, column) => ({
    action: `RENAME COLUMN ${column.name} TO n${model.count}`,
    after: {
      ...replaced(table, column, [{ ...column, name: `n${model.count}` }]),
      keys: table.keys.map((key) =>
        key.map((name) => (name === column.name ? `n${model.count}` : name)),
      ),
    },
  }),
  (_, __, table, column) =>
    column.isGenerated
      ? {
          action: `ALTER COLUMN ${column.name} DROP EXPRESSION`,
          after: replaced(table, column, [{ name: column.name, type: column.type }]),
        }
      : undefined,
];

function firstKey(): ColumnType {
  const [first] = keyTypes;
  if (first === undefined) throw new RangeError("no key types");
  return first;
}

export function alterTable(random: Random, model: Model): Step {
  for (;;) {
    const table = random.pick(model.tables);
    if (table.columns.length === 0) return createTable(random, model);
    const step = random.pick(alters)(random, model, table, random.pick(table.columns));
    if (step === undefined) continue;
    const { action, after = table } = step;
    return { text: `ALTER TABLE ${table.name} ${action}`, after: withTable(model, after) };
  }
}

export function createIndex(random: Random, model: Model): Step {
  const table = random.pick(model.tables);
  const [source] = [sourceOf(table)];
  const column = table.columns.length > 0 ? random.pick(table.columns).name : "a";
  const unique = random.chance(0.4) ? "UNIQUE " : "";
  const keys = random.chance(0.3) ? `(${expression(random, "integer", [source])})` : column;
  const where = random.chance(0.3) ? ` WHERE ${condition(random, [source])}` : "";
  return { text: `CREATE ${unique}INDEX ON ${table.name} (${keys})${where}` };
}

export function dropTable(random: Random, model: Model): Step {
  const { name } = random.pick(model.tables);
  const cascade = random.chance(0.4) ? " CASCADE" : "";
  return { text: `DROP TABLE ${name}${cascade}`, after: withoutTable(model, name) };
}
