/** Random transactions of one session, and the model as it is when they are committed. */
import type { Random } from "../support/random.ts";
import { type Column, idOf, type Model, type Thing, type Type, typeOids } from "./model.ts";

/**
 *   single    one statement, a transaction of its own
 *   message   several statements in one message: an implicit transaction
 *   block     BEGIN … COMMIT or ROLLBACK
 */
export interface Script {
  readonly form: "single" | "message" | "block";
  readonly statements: readonly string[];
  readonly end: "commit" | "rollback";
  /** What there is when it has been committed. */
  readonly after: Model;
}

export const SHARED_SEQUENCE = "public.shared_sequence";
const SHARED_TABLES = ["public.shared_a", "public.shared_b", "public.shared_c"];
const TYPES = Object.keys(typeOids) as Type[];

export class Generator {
  readonly #session: number;
  #made = 0;

  constructor(session: number) {
    this.#session = session;
  }

  next(before: Model, random: Random): Script {
    const kind = random.fraction();
    if (kind < 0.3) {
      const after = before.clone();
      const statement = this.#statement(after, random);
      return { form: "single", statements: [statement], end: "commit", after };
    }
    if (kind < 0.45) {
      const after = before.clone();
      const statements = this.#several(after, random, 2 + random.below(3));
      return { form: "message", statements, end: "commit", after };
    }
    return this.#block(before, random);
  }

  #several(model: Model, random: Random, count: number): string[] {
    return Array.from({ length: count }, () => this.#statement(model, random));
  }

  #block(before: Model, random: Random): Script {
    const end = random.chance(0.15) ? "rollback" : "commit";
    let after = before.clone();
    const statements = this.#several(after, random, 1 + random.below(4));
    if (random.chance(0.4)) {
      const kept = after.clone();
      statements.push("SAVEPOINT one", ...this.#several(after, random, 1 + random.below(3)));
      if (random.chance(0.6)) {
        statements.push("ROLLBACK TO SAVEPOINT one");
        after = kept;
      } else statements.push("RELEASE SAVEPOINT one");
      statements.push(...this.#several(after, random, random.below(3)));
    }
    return { form: "block", statements, end, after: end === "commit" ? after : before };
  }

  /** One statement; the model is as it leaves it. */
  #statement(model: Model, random: Random): string {
    const things = [...model.things.values()];
    const kind = random.fraction();
    if (kind < 0.06) return shared(random);
    if (kind < 0.16) return nextval(SHARED_SEQUENCE, SHARED_SEQUENCE);
    if (things.length < 4 || kind < 0.5) return this.#create(model, random);
    const thing = random.pick(things);
    // What is left over from former rounds goes, so that a round's checks stay quick.
    if (things.length > 40 || kind < 0.68) return drop(model, thing);
    return this.#alter(model, thing, random);
  }

  #name(letter: "s" | "t" | "q"): string {
    this.#made += 1;
    return `${letter}_${this.#session}_${this.#made}`;
  }

  #create(model: Model, random: Random): string {
    const kind = random.fraction();
    if (kind < 0.2) {
      const name = this.#name("s");
      model.set({ kind: "schema", name });
      return `CREATE SCHEMA ${name}`;
    }
    const schema = pickSchema(model, random);
    if (kind < 0.4) {
      const increment = 1 + random.below(5);
      const made: Thing = { kind: "sequence", name: this.#name("q"), schema, increment };
      model.set(made);
      return `CREATE SEQUENCE ${model.qualified(made)} INCREMENT BY ${increment}`;
    }
    const columns = Array.from({ length: 1 + random.below(5) }, (_, at) =>
      column(`c${at}`, random),
    );
    const made: Thing = { kind: "table", name: this.#name("t"), schema, columns };
    model.set(made);
    const key = random.chance(0.5) ? `, PRIMARY KEY (${columns[0]?.name})` : "";
    const listed = columns.map(({ name, type }) => `${name} ${type}`).join(", ");
    return `CREATE TABLE ${model.qualified(made)} (${listed}${key})`;
  }

  #alter(model: Model, thing: Thing, random: Random): string {
    switch (thing.kind) {
      case "schema":
        return rename(model, thing, "SCHEMA", thing.name);
      case "sequence": {
        const name = model.qualified(thing);
        if (random.chance(0.6)) return nextval(idOf(thing.name), name);
        if (random.chance(0.4)) return rename(model, thing, "SEQUENCE", name);
        const increment = 1 + random.below(5);
        model.set({ ...thing, increment });
        return `ALTER SEQUENCE ${name} INCREMENT BY ${increment}`;
      }
      case "table":
        return this.#alterTable(model, thing, random);
    }
  }

  #alterTable(model: Model, thing: Extract<Thing, { kind: "table" }>, random: Random): string {
    const name = model.qualified(thing);
    const kind = random.fraction();
    if (kind < 0.25) return rename(model, thing, "TABLE", name);
    if (kind < 0.4) {
      const schema = pickSchema(model, random);
      // Moving a table to where it is fails.
      if (schema !== thing.schema) {
        model.set({ ...thing, schema });
        return `ALTER TABLE ${name} SET SCHEMA ${model.schemaName(schema)}`;
      }
    }
    const last = thing.columns.at(-1);
    if (kind < 0.6 && thing.columns.length > 1 && last) {
      model.set({ ...thing, columns: thing.columns.slice(0, -1) });
      return `ALTER TABLE ${name} DROP COLUMN ${last.name}`;
    }
    this.#made += 1;
    const added = column(`d${this.#made}`, random);
    model.set({ ...thing, columns: [...thing.columns, added] });
    return `ALTER TABLE ${name} ADD COLUMN ${added.name} ${added.type}`;
  }
}

const column = (name: string, random: Random): Column => ({ name, type: random.pick(TYPES) });

function pickSchema(model: Model, random: Random): string | undefined {
  const schemas = model.ofKind("schema");
  return schemas.length === 0 || random.chance(0.5) ? undefined : idOf(random.pick(schemas).name);
}

function rename(model: Model, thing: Thing, what: string, qualified: string): string {
  const id = idOf(thing.name);
  const name = thing.name === id ? `${id}_r` : id;
  model.set({ ...thing, name });
  return `ALTER ${what} ${qualified} RENAME TO ${name}`;
}

function drop(model: Model, thing: Thing): string {
  const statement =
    thing.kind === "schema"
      ? `DROP SCHEMA ${thing.name} CASCADE`
      : `DROP ${thing.kind.toUpperCase()} ${model.qualified(thing)}`;
  model.drop(idOf(thing.name));
  return statement;
}

/** A row that says which sequence its value is of. */
const nextval = (label: string, qualified: string): string =>
  `SELECT '${label}', nextval('${qualified}')`;

/**
 * What all sessions change: they wait for one another, and sometimes for one another in a circle.
 */
function shared(random: Random): string {
  const name = random.pick(SHARED_TABLES);
  return random.chance(0.5)
    ? `CREATE TABLE IF NOT EXISTS ${name} (a int PRIMARY KEY)`
    : `DROP TABLE IF EXISTS ${name}`;
}
