/**
 * WHAT A COMMIT DID, in words: `created table public.t`, `altered table public.t`, `dropped schema
 * s`. Told from its changes and the rows before it, so that it is the same whenever the log is
 * applied. What belongs to an object (columns, defaults, constraints, comments, rules) alters it;
 * what belongs to a database that the same commit made or removed is passed over.
 */
import { FIRST_USER_OID, type Oid, oid } from "../base/ids.ts";
import type { Row, Value } from "../base/value.ts";
import type { HistoryOptions, ReadBefore } from "../pages/history.ts";
import type { AppliedCommit } from "../pages/store.ts";
import type { Mutation } from "../wal/fragment.ts";
import { RELATION_CLASS } from "./class-oids.ts";
import { RELKIND_WORDS } from "./describe.ts";
import { quoteIdentifier } from "./quote.ts";
import type { Columns, Relation, Tuple } from "./relation.ts";
import { pgAttrdef } from "./relations/pg-attrdef.ts";
import { pgAttribute } from "./relations/pg-attribute.ts";
import { pgAuthMembers } from "./relations/pg-auth-members.ts";
import { pgAuthid } from "./relations/pg-authid.ts";
import { pgClass } from "./relations/pg-class.ts";
import { pgCollation } from "./relations/pg-collation.ts";
import { pgConstraint } from "./relations/pg-constraint.ts";
import { pgDatabase } from "./relations/pg-database.ts";
import { pgDescription } from "./relations/pg-description.ts";
import { pgExtension } from "./relations/pg-extension.ts";
import { pgInherits } from "./relations/pg-inherits.ts";
import { pgNamespace } from "./relations/pg-namespace.ts";
import { pgProc } from "./relations/pg-proc.ts";
import { pgRewrite } from "./relations/pg-rewrite.ts";
import { pgSequence } from "./relations/pg-sequence.ts";
import { pgTablespace } from "./relations/pg-tablespace.ts";
import { pgType } from "./relations/pg-type.ts";
import { rwDdlLog } from "./relations/rw-ddl-log.ts";

/** `noun` undefined: not an object that anybody names. */
interface Named {
  readonly noun: string | undefined;
  readonly name: string;
  readonly schema?: Oid;
}
interface ObjectClass {
  readonly relation: Relation;
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

const objectClasses: readonly ObjectClass[] = [
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
  objectClass(pgNamespace, ({ nspname }) => ({ noun: "schema", name: nspname })),
  objectClass(pgDatabase, ({ datname }) => ({ noun: "database", name: datname })),
  objectClass(pgAuthid, ({ rolname }) => ({ noun: "role", name: rolname })),
  objectClass(pgTablespace, ({ spcname }) => ({ noun: "tablespace", name: spcname })),
  objectClass(pgExtension, ({ extname }) => ({ noun: "extension", name: extname })),
  objectClass(pgProc, ({ prokind, proname, pronamespace }) => ({
    noun: prokind === "p" ? "procedure" : prokind === "a" ? "aggregate" : "function",
    name: proname,
    schema: pronamespace,
  })),
  objectClass(pgCollation, ({ collname, collnamespace }) => ({
    noun: "collation",
    name: collname,
    schema: collnamespace,
  })),
];

/** Rows that are part of an object: the class of the object, and its oid in the row. */
interface PartClass {
  readonly relation: Relation;
  readonly of: (row: Row) => readonly [classOid: Oid, object: Oid];
}
const partClass = <C extends Columns>(
  relation: Relation<C>,
  of: (row: Tuple<C>) => readonly [classOid: Oid, object: Oid],
): PartClass => ({
  relation: relation as unknown as Relation,
  of: (row) => of(relation.view(row)),
});

const partClasses: readonly PartClass[] = [
  partClass(pgAttribute, ({ attrelid }) => [RELATION_CLASS, attrelid]),
  partClass(pgAttrdef, ({ adrelid }) => [RELATION_CLASS, adrelid]),
  partClass(pgConstraint, ({ conrelid, contypid }) =>
    conrelid === 0 ? [pgType.oid, contypid] : [RELATION_CLASS, conrelid],
  ),
  partClass(pgRewrite, ({ ev_class }) => [RELATION_CLASS, ev_class]),
  partClass(pgSequence, ({ seqrelid }) => [RELATION_CLASS, seqrelid]),
  partClass(pgInherits, ({ inhrelid }) => [RELATION_CLASS, inhrelid]),
  partClass(pgDescription, ({ classoid, objoid }) => [classoid, objoid]),
  partClass(pgAuthMembers, ({ roleid }) => [pgAuthid.oid, roleid]),
];

const classesByOid = new Map(objectClasses.map((one) => [one.relation.oid, one]));
const partsByOid = new Map(partClasses.map((one) => [one.relation.oid, one]));

const VERBS = { insert: "created", update: "altered", delete: "dropped" } as const;
type Verb = (typeof VERBS)[Mutation["kind"]];

/** The objects of one commit, each once, in the order in which they were touched. */
class Touched {
  readonly #before: ReadBefore;
  readonly #rows = new Map<string, Row>();
  readonly #verbs = new Map<string, { readonly named: Named; readonly db: Oid; verb: Verb }>();
  readonly #wholeDatabases = new Set<Oid>();

  constructor(mutations: readonly Mutation[], before: ReadBefore) {
    this.#before = before;
    for (const mutation of mutations) {
      if (mutation.rel === pgDatabase.oid && mutation.kind !== "update") {
        const row = this.#rowOf(mutation, pgDatabase as unknown as Relation);
        if (row) this.#wholeDatabases.add(pgDatabase.view(row).oid);
      }
      const known = mutation.kind !== "delete" && classesByOid.get(mutation.rel);
      if (known) this.#rows.set(`${mutation.db} ${mutation.rel} ${mutation.row[0]}`, mutation.row);
    }
    for (const mutation of mutations) this.#touch(mutation);
  }

  describe(): string[] {
    const described: string[] = [];
    for (const { named, db, verb } of this.#verbs.values()) {
      const { noun, name, schema } = named;
      if (noun === undefined) continue;
      const space = schema === undefined ? undefined : this.#schemaName(db, schema);
      const prefix = space === undefined ? "" : `${quoteIdentifier(space)}.`;
      described.push(`${verb} ${noun} ${prefix}${quoteIdentifier(name)}`);
    }
    return described;
  }

  #touch(mutation: Mutation): void {
    const { rel, db } = mutation;
    if (this.#wholeDatabases.has(db)) return;
    const own = classesByOid.get(rel);
    if (own) {
      const row = this.#rowOf(mutation, own.relation);
      const object = oid(Number(row?.[0] ?? 0));
      // A template's own objects are part of the system.
      const isGiven = mutation.kind === "insert" && object < FIRST_USER_OID;
      if (row && !isGiven) this.#note(db, rel, object, own.name(row), VERBS[mutation.kind]);
      return;
    }
    const part = partsByOid.get(rel);
    const row = part && this.#rowOf(mutation, part.relation);
    if (!part || !row) return;
    const [classOid, object] = part.of(row);
    const owner = classesByOid.get(classOid);
    if (!owner) return;
    const home = owner.relation.layout.shared ? oid(0) : db;
    const ownerRow = this.#find(owner.relation, home, object);
    if (ownerRow) this.#note(home, classOid, object, owner.name(ownerRow), "altered");
  }

  #note(db: Oid, classOid: Oid, object: Oid, named: Named, verb: Verb): void {
    const key = `${db} ${classOid} ${object}`;
    const known = this.#verbs.get(key);
    if (!known) this.#verbs.set(key, { named, db, verb });
    else if (verb !== "altered") known.verb = verb;
  }

  /** The new row; of a deleted one the old. */
  #rowOf(mutation: Mutation, relation: Relation): Row | undefined {
    if (mutation.kind !== "delete") return mutation.row;
    return this.#before(relation.layout, mutation.db, mutation.key);
  }

  #find(relation: Relation, db: Oid, object: Oid): Row | undefined {
    const key: readonly Value[] = [object];
    return (
      this.#rows.get(`${db} ${relation.oid} ${object}`) ?? this.#before(relation.layout, db, key)
    );
  }

  #schemaName(db: Oid, schema: Oid): string | undefined {
    const row = this.#find(pgNamespace as unknown as Relation, db, schema);
    return row && pgNamespace.view(row).nspname;
  }

  /** Of the first object that belongs to one database alone. */
  databaseName(): string | null {
    const db = [...this.#verbs.values()].find((one) => one.db !== 0)?.db;
    const row = db && this.#find(pgDatabase as unknown as Relation, oid(0), db);
    return row ? pgDatabase.view(row).datname : null;
  }
}

/** Passwords are in the log, which only the server reads; the history is for others too. */
const hidePasswords = (statement: string): string => statement.replaceAll(PASSWORD, "$1'…'");

const PASSWORD =
  /\b(PASSWORD\s+)(?:E'(?:[^'\\]|''|\\.)*'|(?:U&)?'(?:[^']|'')*'|\$(\w*)\$.*?\$\2\$)/gis;

function tell({ epoch, xid, info, mutations }: AppliedCommit, before: ReadBefore): Row {
  const touched = new Touched(mutations, before);
  return rwDdlLog.row({
    epoch: BigInt(epoch),
    time: info.time,
    user_name: info.user,
    session: info.session,
    xid: BigInt(xid),
    database: touched.databaseName(),
    statement: hidePasswords(info.statement),
    objects: touched.describe(),
  });
}

const MICROS_PER_DAY = 86_400_000_000n;

/** How long a commit is remembered where nobody says. */
export const DDL_HISTORY_DAYS = 90;

/** `days`: how long a commit is remembered; 0 = not at all. */
export const ddlHistory = (days: number): HistoryOptions => ({
  table: rwDdlLog.layout,
  time: "time",
  retention: days === 0 ? -1n : BigInt(days) * MICROS_PER_DAY,
  tell,
});
