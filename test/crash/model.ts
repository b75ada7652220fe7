/**
 * A DUMB MODEL of what one session has made: a Map. Names tell who made a thing and never return,
 * so that what a server holds after a crash can be told apart by its names alone:
 *
 *   s_3_17   schema   t_3_18   table   q_3_19   sequence      of session 3, the 17th, 18th, 19th
 *   thing;
 *   s_3_17_r          the same schema after a RENAME, until it is renamed back
 */
export type Thing =
  | { readonly kind: "schema"; readonly name: string }
  | {
      readonly kind: "table";
      readonly name: string;
      /** Id of a schema of the model; undefined = public. */
      readonly schema: string | undefined;
      readonly columns: readonly Column[];
    }
  | {
      readonly kind: "sequence";
      readonly name: string;
      readonly schema: string | undefined;
      readonly increment: number;
    };

export interface Column {
  readonly name: string;
  readonly type: Type;
}
export type Type = "int4" | "int8" | "text" | "bool";
export const typeOids = { int4: 23, int8: 20, text: 25, bool: 16 } as const;

const MADE = /^([stq]_\d+_\d+)(_r)?$/;

/** The name that a thing was made under. */
export const idOf = (name: string): string => name.replace(/_r$/, "");
const sessionOf = (name: string): number => Number(name.split("_")[1]);

export class Model {
  readonly things: Map<string, Thing>;

  constructor(things: Iterable<readonly [string, Thing]> = []) {
    this.things = new Map(things);
  }

  clone(): Model {
    return new Model(this.things);
  }

  set(thing: Thing): void {
    this.things.set(idOf(thing.name), thing);
  }

  /** Forgets a thing and, of a schema, what is in it. */
  drop(id: string): void {
    this.things.delete(id);
    for (const [other, thing] of this.things) {
      if (thing.kind !== "schema" && thing.schema === id) this.things.delete(other);
    }
  }

  ofKind<K extends Thing["kind"]>(kind: K): Extract<Thing, { kind: K }>[] {
    const isWanted = (thing: Thing): thing is Extract<Thing, { kind: K }> => thing.kind === kind;
    return [...this.things.values()].filter(isWanted);
  }

  schemaName(id: string | undefined): string {
    return id === undefined ? "public" : (this.things.get(id)?.name ?? id);
  }

  qualified(thing: Exclude<Thing, { kind: "schema" }>): string {
    return `${this.schemaName(thing.schema)}.${thing.name}`;
  }

  /** A line for each thing, in order. */
  lines(): string[] {
    const lines = [...this.things.values()].map((thing) => this.#line(thing));
    return lines.sort();
  }

  #line(thing: Thing): string {
    if (thing.kind === "schema") return schemaLine(thing.name);
    const name = this.qualified(thing);
    if (thing.kind === "sequence") return sequenceLine(name, thing.increment);
    return tableLine(
      name,
      thing.columns.map((column) => [column.name, typeOids[column.type]]),
    );
  }
}

const schemaLine = (name: string): string => `schema ${name}`;
const tableLine = (name: string, columns: readonly (readonly [string, number])[]): string =>
  `table ${name} (${columns.map(([column, type]) => `${column} ${type}`).join(", ")})`;
const sequenceLine = (name: string, increment: number): string =>
  `sequence ${name} by ${increment}`;

/** Runs a query; rows of values as text. */
export type Ask = (query: string) => Promise<readonly (readonly (string | null)[])[]>;

/** What a server holds, in the lines that a model has. */
export interface Found {
  /** Lines of each session's things, in order. */
  readonly lines: Map<number, string[]>;
  /** Oid of each thing, by its id. */
  readonly oids: Map<string, number>;
  /** Qualified names of sequences, by id. */
  readonly sequences: Map<string, string>;
}

/** Reads all that sessions have made; nobody may be changing it meanwhile. */
export async function readThings(ask: Ask): Promise<Found> {
  const found: Found = { lines: new Map(), oids: new Map(), sequences: new Map() };
  const note = (name: string, oid: string | null | undefined, line: string) => {
    found.oids.set(idOf(name), Number(oid));
    const session = sessionOf(name);
    const lines = found.lines.get(session) ?? [];
    found.lines.set(session, [...lines, line].sort());
  };
  const schemas = new Map<string | null, string>();
  for (const [oid = null, name] of await ask("SELECT oid, nspname FROM pg_namespace")) {
    schemas.set(oid, name ?? "");
    if (name && MADE.test(name)) note(name, oid, schemaLine(name));
  }
  const columns = await readColumns(ask);
  const increments = new Map(
    (await ask("SELECT seqrelid, seqincrement FROM pg_sequence")).map(([oid, by]) => [oid, by]),
  );
  const relations = await ask(
    "SELECT oid, relname, relnamespace, relkind FROM pg_class WHERE oid >= 16384",
  );
  for (const [oid, name, namespace, kind] of relations) {
    if (!name || !MADE.test(name)) continue;
    const qualified = `${schemas.get(namespace ?? null)}.${name}`;
    if (kind === "r") note(name, oid, tableLine(qualified, columns.get(Number(oid)) ?? []));
    if (kind !== "S") continue;
    note(name, oid, sequenceLine(qualified, Number(increments.get(oid))));
    found.sequences.set(idOf(name), qualified);
  }
  return found;
}

async function readColumns(ask: Ask): Promise<Map<number, [string, number][]>> {
  const rows = await ask(
    "SELECT attrelid, attname, atttypid FROM pg_attribute " +
      "WHERE attrelid >= 16384 AND attnum > 0 AND NOT attisdropped ORDER BY attrelid, attnum",
  );
  const columns = new Map<number, [string, number][]>();
  for (const [relation, name, type] of rows) {
    const of = columns.get(Number(relation)) ?? [];
    of.push([name ?? "", Number(type)]);
    columns.set(Number(relation), of);
  }
  return columns;
}
