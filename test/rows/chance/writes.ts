/** INSERT, UPDATE, DELETE, MERGE, TRUNCATE. */
import type { Random } from "../../support/random.ts";
import type { Step } from "./definitions.ts";
import { condition, constant, expression, type Source, sourceOf } from "./expressions.ts";
import { type Column, type Model, type Table, withTable, writable } from "./model.ts";

/** Columns in the table's order, most of them. */
function someColumns(random: Random, table: Table): readonly Column[] {
  const all = random.chance(0.04) ? table.columns : writable(table);
  return all.filter(({ identity }) => random.chance(identity ? 0.3 : 0.85));
}

function returning(random: Random, sources: readonly Source[]): string {
  if (random.chance(0.5)) return "";
  if (random.chance(0.6)) return " RETURNING *";
  const kind = random.pick(["integer", "text", "boolean", "number"] as const);
  return ` RETURNING ${expression(random, kind, sources)} AS x`;
}

/** The expression that gives a column its new value. */
function assigned(random: Random, { type }: Column, sources: readonly Source[]): string {
  if (random.chance(0.1)) return "DEFAULT";
  if (random.chance(0.5)) return constant(random, type);
  if (random.chance(0.04) && type.kind !== "text" && type.kind !== "padded") {
    return expression(random, "uuid", sources);
  }
  return expression(random, type.kind, sources);
}

function row(random: Random, columns: readonly Column[], computed: boolean): string {
  const values = columns.map((column) => {
    if (random.chance(0.07) && !column.identity) return "DEFAULT";
    if (random.chance(0.85)) return constant(random, column.type, computed);
    return expression(random, column.type.kind, [], 1);
  });
  if (random.chance(0.01)) values.pop();
  return `(${values.join(", ")})`;
}

function overriding(random: Random, columns: readonly Column[]): string {
  const isIdentity = columns.some(({ identity }) => identity !== undefined);
  if (!isIdentity || random.chance(0.4)) return "";
  return random.chance(0.7) ? " OVERRIDING SYSTEM VALUE" : " OVERRIDING USER VALUE";
}

export function insertValues(random: Random, { tables }: Model): string {
  const table = random.pick(tables);
  if (random.chance(0.06)) {
    return `INSERT INTO ${table.name} DEFAULT VALUES${returning(random, [sourceOf(table)])}`;
  }
  const columns = someColumns(random, table);
  if (columns.length === 0) return `INSERT INTO ${table.name} DEFAULT VALUES`;
  const conflict = random.chance(0.35) ? onConflict(random, table) : "";
  const count = 1 + random.below(4);
  const rows = Array.from({ length: count }, () => row(random, columns, conflict !== ""));
  const names = columns.map(({ name }) => name).join(", ");
  const head = `INSERT INTO ${table.name} (${names})${overriding(random, columns)}`;
  return `${head} VALUES ${rows.join(", ")}${conflict}${returning(random, [sourceOf(table)])}`;
}

function onConflict(random: Random, table: Table): string {
  const key = table.keys.length > 0 ? random.pick(table.keys) : ["a"];
  const target = ` ON CONFLICT (${key.join(", ")})`;
  if (random.chance(0.4)) return `${random.chance(0.5) ? target : " ON CONFLICT"} DO NOTHING`;
  const sources = [sourceOf(table), sourceOf(table, "excluded")];
  const where = random.chance(0.25) ? ` WHERE ${condition(random, sources)}` : "";
  return `${target} DO UPDATE SET ${assignments(random, table, sources)}${where}`;
}

function assignments(random: Random, table: Table, sources: readonly Source[]): string {
  const columns = random.chance(0.04) ? table.columns : writable(table);
  if (columns.length === 0) return "a = DEFAULT";
  const chosen = columns.filter(() => random.chance(0.35));
  const all = chosen.length === 0 ? [random.pick(columns)] : chosen;
  if (all.length > 1 && random.chance(0.15)) {
    const names = all.map(({ name }) => name).join(", ");
    return `(${names}) = (${all.map((one) => assigned(random, one, sources)).join(", ")})`;
  }
  return all.map((one) => `${one.name} = ${assigned(random, one, sources)}`).join(", ");
}

export function insertSelect(random: Random, { tables }: Model): string {
  const table = random.pick(tables);
  const from = random.pick(tables);
  const columns = someColumns(random, table);
  if (columns.length === 0) return `INSERT INTO ${table.name} DEFAULT VALUES`;
  const sources = [sourceOf(from)];
  const values = columns.map(({ type }) => expression(random, type.kind, sources));
  const names = columns.map(({ name }) => name).join(", ");
  const order = columns.map((_, at) => at + 1).join(", ");
  const where = random.chance(0.5) ? ` WHERE ${condition(random, sources)}` : "";
  const conflict = random.chance(0.2) ? " ON CONFLICT DO NOTHING" : "";
  const select = `SELECT ${values.join(", ")} FROM ${from.name}${where} ORDER BY ${order}`;
  const limited = `${select}${random.chance(0.5) ? ` LIMIT ${1 + random.below(4)}` : ""}`;
  const head = `INSERT INTO ${table.name} (${names})`;
  return `${head} ${limited}${conflict}${returning(random, [sourceOf(table)])}`;
}

/** Another table whose rows each row meets one of, by a key. */
function joined(random: Random, { tables }: Model, table: Table) {
  const pairs = tables.flatMap((other) =>
    other.keys
      .filter((key) => key.length === 1)
      .flatMap(([key]) => other.columns.filter(({ name }) => name === key))
      .flatMap((key) =>
        table.columns
          .filter(({ type }) => type.kind === key.type.kind)
          .map((column) => ({ other, key, column })),
      ),
  );
  if (pairs.length === 0) return undefined;
  const { other, key, column } = random.pick(pairs);
  const on = `${table.name}.${column.name} = o.${key.name}`;
  return { from: `${other.name} AS o`, on, other, key };
}

const shuffled = (model: Model, table: Table): Model =>
  withTable(model, { ...table, isShuffled: true });

export function update(random: Random, model: Model): Step {
  const table = random.pick(model.tables);
  const pair = random.chance(0.25) ? joined(random, model, table) : undefined;
  const own = sourceOf(table);
  const sources = pair ? [own, sourceOf(pair.other, "o")] : [own];
  const conditions = pair ? [pair.on] : [];
  if (random.chance(0.75)) conditions.push(condition(random, sources));
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(" AND ")}` : "";
  const set = assignments(random, table, sources);
  const from = pair ? ` FROM ${pair.from}` : "";
  const text = `UPDATE ${table.name} SET ${set}${from}${where}${returning(random, sources)}`;
  return pair ? { text, after: shuffled(model, table) } : { text };
}

export function remove(random: Random, model: Model): string {
  const table = random.pick(model.tables);
  const pair = random.chance(0.3) ? joined(random, model, table) : undefined;
  const own = sourceOf(table);
  const sources = pair ? [own, sourceOf(pair.other, "o")] : [own];
  const using = pair ? ` USING ${pair.from}` : "";
  const conditions = pair ? [pair.on] : [];
  if (random.chance(0.95)) conditions.push(condition(random, sources));
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(" AND ")}` : "";
  return `DELETE FROM ${table.name}${using}${where}${returning(random, sources)}`;
}

/**
 * A row or two of a source, by its key: in which order more are met is nobody's promise, nor in
 * which order two get their numbers.
 */
export function merge(random: Random, model: Model): Step {
  const table = random.pick(model.tables);
  const pair = joined(random, model, table);
  if (!pair) return { text: remove(random, model) };
  const own = sourceOf(table);
  const other = sourceOf(pair.other, "o");
  const isNumbered = table.columns.some(({ identity }) => identity !== undefined);
  const limit = isNumbered ? 1 : 1 + random.below(2);
  const rows = `SELECT * FROM ${pair.other.name} ORDER BY ${pair.key.name} LIMIT ${limit}`;
  const clauses = Array.from({ length: 1 + random.below(3) }, () => {
    const matched = random.chance(0.6);
    const when = random.chance(0.7)
      ? ` AND ${condition(random, matched ? [own, other] : [other])}`
      : "";
    if (!matched) return `WHEN NOT MATCHED${when} THEN ${mergeInsert(random, table, other)}`;
    const action = random.pick(["DELETE", "DO NOTHING", "UPDATE", "UPDATE"]);
    const set = action === "UPDATE" ? ` SET ${assignments(random, table, [own, other])}` : "";
    return `WHEN MATCHED${when} THEN ${action}${set}`;
  });
  const head = `MERGE INTO ${table.name} USING (${rows}) AS o ON ${pair.on}`;
  return { text: `${head} ${clauses.join(" ")}`, after: shuffled(model, table) };
}

function mergeInsert(random: Random, table: Table, other: Source): string {
  if (random.chance(0.15)) return random.chance(0.5) ? "DO NOTHING" : "INSERT DEFAULT VALUES";
  const columns = someColumns(random, table);
  if (columns.length === 0) return "INSERT DEFAULT VALUES";
  const names = columns.map(({ name }) => name).join(", ");
  const values = columns.map((column) => assigned(random, column, [other]));
  return `INSERT (${names})${overriding(random, columns)} VALUES (${values.join(", ")})`;
}

export function truncate(random: Random, { tables }: Model): string {
  const { name } = random.pick(tables);
  const identity = random.chance(0.5) ? " RESTART IDENTITY" : "";
  return `TRUNCATE ${name}${identity}${random.chance(0.4) ? " CASCADE" : ""}`;
}
