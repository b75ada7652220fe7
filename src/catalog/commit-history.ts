/**
 * WHAT A COMMIT DID, in words: `created table public.t`, `altered table public.t`, `dropped schema
 * s`. Told from its changes and the rows before it, so that it is the same whenever the log is
 * applied. What belongs to an object (columns, defaults, constraints, comments, rules) alters it;
 * what belongs to a database that the same commit made or removed is passed over.
 */
import { FIRST_USER_OID, type Oid, oid } from "../base/ids.ts";
import type { Row } from "../base/value.ts";
import type { HistoryOptions, HistoryTeller, ReadBefore } from "../pages/history.ts";
import type { Mutation } from "../wal/fragment.ts";
import { RELATION_CLASS } from "./class-oids.ts";
import { RELKIND_WORDS } from "./describe.ts";
import { factsOf, type ObjectRow, objectClasses } from "./object-classes.ts";
import { quoteIdentifier } from "./quote.ts";
import type { Columns, Relation, Tuple } from "./relation.ts";
import { pgAttrdef } from "./relations/pg-attrdef.ts";
import { pgAttribute } from "./relations/pg-attribute.ts";
import { pgAuthMembers } from "./relations/pg-auth-members.ts";
import { pgAuthid } from "./relations/pg-authid.ts";
import { pgClass } from "./relations/pg-class.ts";
import { pgConstraint } from "./relations/pg-constraint.ts";
import { pgDatabase } from "./relations/pg-database.ts";
import { pgDescription } from "./relations/pg-description.ts";
import { pgInherits } from "./relations/pg-inherits.ts";
import { pgLargeobject } from "./relations/pg-largeobject.ts";
import { pgNamespace } from "./relations/pg-namespace.ts";
import { pgProc } from "./relations/pg-proc.ts";
import { pgRewrite } from "./relations/pg-rewrite.ts";
import { pgSequence } from "./relations/pg-sequence.ts";
import { pgStatistic } from "./relations/pg-statistic.ts";
import { pgType } from "./relations/pg-type.ts";
import { rwBackup } from "./relations/rw-backup.ts";
import { rwConnector } from "./relations/rw-connector.ts";
import { rwDdlLog } from "./relations/rw-ddl-log.ts";
import { rwEvent } from "./relations/rw-event.ts";
import { rwJob } from "./relations/rw-job.ts";
import { rwMaterialized } from "./relations/rw-materialized.ts";
import { rwSystemParameter } from "./relations/rw-system-parameter.ts";

/** `noun` undefined: not an object that anybody names. */
interface Named {
  readonly noun: string | undefined;
  readonly name: string;
  readonly schema?: Oid;
}
interface ObjectClass {
  readonly relation: Relation;
  /** Its objects are of this one, and have numbers that whoever makes them may choose. */
  readonly numbered?: Oid;
  readonly name: (row: Row) => Named;
}

const objectClass = <C extends Columns>(
  relation: Relation<C>,
  name: (row: Tuple<C>) => Named,
): ObjectClass => ({
  relation: relation as unknown as Relation,
  name: (row) => name(relation.view(row)),
});

const CLASS_WORDS: Readonly<Record<string, string>> = { d: "domain", e: "type", r: "type" };

const CLASSES_APART: readonly ObjectClass[] = [
  objectClass(pgClass, ({ relkind, relname, relnamespace }) => ({
    noun: relkind === "t" ? undefined : RELKIND_WORDS[relkind],
    name: relname,
    schema: relnamespace,
  })),
  objectClass(pgType, ({ typtype, typname, typnamespace }) => ({
    noun: CLASS_WORDS[typtype],
    name: typname,
    schema: typnamespace,
  })),
  objectClass(pgProc, ({ prokind, proname, pronamespace }) => ({
    noun: prokind === "p" ? "procedure" : prokind === "a" ? "aggregate" : "function",
    name: proname,
    schema: pronamespace,
  })),
];

const otherClasses = objectClasses.map((objects): ObjectClass => {
  const { relation, noun, classOid: numbered } = objects;
  const name = (row: Row): Named => {
    const { name, namespace } = factsOf(objects, relation.view(row) as unknown as ObjectRow);
    return { noun, name, ...(namespace === undefined ? {} : { schema: namespace }) };
  };
  return { relation, name, ...(numbered === undefined ? {} : { numbered }) };
});

/** Rows that are part of an object: its class, and its oid in the row. */
interface PartClass {
  readonly relation: Relation;
  readonly classOf: (row: Row) => Oid;
  readonly objectOf: (row: Row) => Oid;
}

/** Parts of objects of one class: the column with the object's oid. */
function partClass<C extends Columns>(
  relation: Relation<C>,
  object: keyof C & string,
  classOid = RELATION_CLASS,
): PartClass {
  const at = relation.columnNames.indexOf(object);
  return {
    relation: relation as unknown as Relation,
    classOf: () => classOid,
    objectOf: (row) => row[at] as Oid,
  };
}

function variousParts<C extends Columns>(
  relation: Relation<C>,
  classOf: (row: Tuple<C>) => Oid,
  objectOf: (row: Tuple<C>) => Oid,
): PartClass {
  return {
    relation: relation as unknown as Relation,
    classOf: (row) => classOf(relation.view(row)),
    objectOf: (row) => objectOf(relation.view(row)),
  };
}

const partClasses: readonly PartClass[] = [
  partClass(pgAttribute, "attrelid"),
  partClass(pgAttrdef, "adrelid"),
  partClass(pgRewrite, "ev_class"),
  partClass(pgSequence, "seqrelid"),
  partClass(pgInherits, "inhrelid"),
  partClass(pgAuthMembers, "roleid", pgAuthid.oid),
  variousParts(
    pgConstraint,
    ({ conrelid }) => (conrelid === 0 ? pgType.oid : RELATION_CLASS),
    ({ conrelid, contypid }) => (conrelid === 0 ? contypid : conrelid),
  ),
  variousParts(
    pgDescription,
    ({ classoid }) => classoid,
    ({ objoid }) => objoid,
  ),
];

const classesByOid = new Map(
  [...otherClasses, ...CLASSES_APART].flatMap((one) =>
    [one.relation.oid, one.numbered ?? one.relation.oid].map((classOid) => [classOid, one]),
  ),
);
const partsByOid = new Map(partClasses.map((one) => [one.relation.oid, one]));

const VERBS = { insert: "created", update: "altered", delete: "dropped" } as const;
type Verb = (typeof VERBS)[Mutation["kind"]];

/** An object that a commit touched. */
interface Touch {
  readonly objectClass: ObjectClass;
  readonly db: Oid;
  readonly object: Oid;
  verb: Verb;
  /** Undefined while only parts of it were met. */
  row: Row | undefined;
}

/**
 * Names of schemas and databases, which every commit is told with: looked up again when a commit
 * has changed one.
 */
class KnownNames {
  readonly #schemas = new Map<Oid, Map<Oid, string | undefined>>();
  readonly #databases = new Map<Oid, string | undefined>();

  schema(db: Oid, schema: Oid, before: ReadBefore): string | undefined {
    let known = this.#schemas.get(db);
    if (known === undefined) {
      known = new Map();
      this.#schemas.set(db, known);
    }
    return remembered(known, schema, () => {
      const row = before(pgNamespace.layout, db, [schema]);
      return row && pgNamespace.view(row).nspname;
    });
  }

  database(db: Oid, before: ReadBefore): string | undefined {
    return remembered(this.#databases, db, () => {
      const row = before(pgDatabase.layout, oid(0), [db]);
      return row && pgDatabase.view(row).datname;
    });
  }

  /** After the commit: what it changed is asked for again. */
  forget(mutations: readonly Mutation[]): void {
    for (const { rel, db } of mutations) {
      if (rel === pgNamespace.oid) this.#schemas.delete(db);
      else if (rel === pgDatabase.oid) this.#databases.clear();
    }
  }
}

const NAMES_MAX = 1024;

function remembered(
  known: Map<Oid, string | undefined>,
  key: Oid,
  find: () => string | undefined,
): string | undefined {
  if (known.has(key)) return known.get(key);
  if (known.size >= NAMES_MAX) known.clear();
  const name = find();
  known.set(key, name);
  return name;
}

/** The objects of one commit, each once, in the order in which they were touched. */
class Touched {
  readonly #before: ReadBefore;
  readonly #names: KnownNames;
  readonly #touches: Touch[] = [];
  readonly #parameters: string[] = [];
  /** By class and oid: one commit changes one database, or makes or removes whole ones. */
  readonly #byClass = new Map<Oid, Map<Oid, Touch>>();

  constructor(mutations: readonly Mutation[], before: ReadBefore, names: KnownNames) {
    this.#before = before;
    this.#names = names;
    const whole = this.#wholeDatabases(mutations);
    for (const mutation of mutations) {
      if (!whole.has(mutation.db)) this.#touch(mutation);
    }
  }

  describe(): string[] {
    const described = [...this.#parameters];
    for (const { objectClass, db, object, verb, row: own } of this.#touches) {
      const row = own ?? this.#before(objectClass.relation.layout, db, [object]);
      const { noun, name, schema } = row ? objectClass.name(row) : NAMELESS;
      if (noun === undefined) continue;
      const space = schema === undefined ? undefined : this.#schemaName(db, schema);
      const prefix = space === undefined ? "" : `${quoteIdentifier(space)}.`;
      const shown = objectClass.numbered === undefined ? quoteIdentifier(name) : name;
      described.push(`${verb} ${noun} ${prefix}${shown}`);
    }
    return described;
  }

  /** Of the first object that belongs to one database alone. */
  databaseName(): string | null {
    const db = this.#touches.find((one) => one.db !== 0)?.db;
    return (db && this.#names.database(db, this.#before)) ?? null;
  }

  /** The databases that the commit makes or removes. */
  #wholeDatabases(mutations: readonly Mutation[]): ReadonlySet<Oid> {
    const whole = new Set<Oid>();
    for (const mutation of mutations) {
      if (mutation.rel !== pgDatabase.oid || mutation.kind === "update") continue;
      const row = this.#rowOf(mutation, pgDatabase as unknown as Relation);
      if (row) whole.add(pgDatabase.view(row).oid);
    }
    return whole;
  }

  #touch(mutation: Mutation): void {
    const { rel, db, kind } = mutation;
    if (rel === rwSystemParameter.oid) return this.#noteParameter(mutation);
    const own = classesByOid.get(rel);
    if (own) {
      const row = this.#rowOf(mutation, own.relation);
      if (!row) return;
      const object = oid(Number(row[0]));
      // A template's own objects are part of the system.
      const isTemplates = own.numbered === undefined && object < FIRST_USER_OID;
      if (kind !== "insert" || !isTemplates) this.#note(own, db, object, kind, row);
      return;
    }
    const part = partsByOid.get(rel);
    const row = part && this.#rowOf(mutation, part.relation);
    if (!part || !row) return;
    const owner = classesByOid.get(part.classOf(row));
    if (!owner) return;
    const home = owner.relation.layout.shared ? oid(0) : db;
    this.#note(owner, home, part.objectOf(row), "update", undefined);
  }

  #noteParameter(mutation: Mutation): void {
    const [name] = mutation.kind === "delete" ? mutation.key : mutation.row;
    this.#parameters.push(`altered parameter ${quoteIdentifier(String(name))}`);
  }

  #note(of: ObjectClass, db: Oid, object: Oid, kind: Mutation["kind"], row: Row | undefined): void {
    let touches = this.#byClass.get(of.relation.oid);
    if (touches === undefined) {
      touches = new Map();
      this.#byClass.set(of.relation.oid, touches);
    }
    const known = touches.get(object);
    if (known === undefined) {
      const touch: Touch = { objectClass: of, db, object, verb: VERBS[kind], row };
      touches.set(object, touch);
      this.#touches.push(touch);
      return;
    }
    if (row === undefined) return;
    known.row = row;
    if (kind !== "update") known.verb = VERBS[kind];
  }

  /** The new row; of a deleted one the old. */
  #rowOf(mutation: Mutation, relation: Relation): Row | undefined {
    if (mutation.kind !== "delete") return mutation.row;
    return this.#before(relation.layout, mutation.db, mutation.key);
  }

  #schemaName(db: Oid, schema: Oid): string | undefined {
    const row = this.#byClass.get(pgNamespace.oid)?.get(schema)?.row;
    if (row) return pgNamespace.view(row).nspname;
    return this.#names.schema(db, schema, this.#before);
  }
}

const NAMELESS: Named = { noun: undefined, name: "" };

/** Passwords are in the log, which only the server reads; the history is for others too. */
const hidePasswords = (statement: string): string =>
  MENTIONED.test(statement) ? statement.replaceAll(PASSWORD, "$1'…'") : statement;

const MENTIONED = /password/i;
const PASSWORD =
  /\b(PASSWORD\s+)(?:E'(?:[^'\\]|''|\\.)*'|(?:U&)?'(?:[^']|'')*'|\$(\w*)\$.*?\$\2\$)/gis;

/** How far jobs are, which backups there are, what columns and large objects hold. */
const NOT_TOLD: ReadonlySet<Oid> = new Set([
  pgLargeobject.oid,
  pgStatistic.oid,
  rwBackup.oid,
  rwConnector.oid,
  rwEvent.oid,
  rwJob.oid,
  rwMaterialized.oid,
]);

const COUNTS: ReadonlySet<number> = new Set(
  ["relpages", "reltuples"].map((name) => pgClass.columnNames.indexOf(name)),
);

/** ANALYZE has counted rows of a relation. */
function hasCounted(mutation: Mutation, before: ReadBefore): boolean {
  if (mutation.rel !== pgClass.oid || mutation.kind !== "update") return false;
  const { row } = mutation;
  const old = before(pgClass.layout, mutation.db, [row[0] ?? null]);
  const isSame = (at: number) => JSON.stringify(old?.[at]) === JSON.stringify(row[at]);
  return row.every((_, at) => COUNTS.has(at) || isSame(at));
}

function startTelling(): HistoryTeller {
  const names = new KnownNames();
  return ({ epoch, xid, info, mutations }, before) => {
    const told = mutations.filter((each) => !NOT_TOLD.has(each.rel) && !hasCounted(each, before));
    if (told.length === 0) return undefined;
    const touched = new Touched(told, before, names);
    const row = rwDdlLog.row({
      epoch: BigInt(epoch),
      time: info.time,
      user_name: info.user,
      session: info.session,
      xid: BigInt(xid),
      database: touched.databaseName(),
      statement: hidePasswords(info.statement),
      objects: touched.describe(),
    });
    names.forget(mutations);
    return row;
  };
}

const MICROS_PER_DAY = 86_400_000_000n;

/** `days`: how long a commit is remembered; 0 = not at all, undefined = for ever. */
export const ddlHistory = (days: () => number | undefined): HistoryOptions => ({
  table: rwDdlLog.layout,
  time: "time",
  get retention() {
    const kept = days();
    if (kept === undefined) return FOR_EVER;
    return kept === 0 ? -1n : BigInt(kept) * MICROS_PER_DAY;
  },
  startTelling,
});

const FOR_EVER = 2n ** 62n;
