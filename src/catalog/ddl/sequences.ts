/**
 * CREATE and ALTER SEQUENCE, and the sequences behind serial and identity columns.
 * https://www.postgresql.org/docs/15/sql-createsequence.html
 */

import type { Oid } from "../../base/ids.ts";
import { notice, SqlError } from "../../base/sql-error.ts";
import { NAMESPACE_CLASS, RELATION_CLASS } from "../class-oids.ts";
import { addDependency, addOwner, dependentsOf, referencesOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import {
  type ClassTuple,
  findAttribute,
  findRelation,
  type NamespaceTuple,
  undefinedRelation,
} from "../names.ts";
import type { Tuple } from "../relation.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgSequence } from "../relations/pg-sequence.ts";
import type { AlterSequence, CreateSequence, SequenceOptions, TypeName } from "../statement.ts";
import { resolveTypeName } from "../type-name.ts";
import type { DdlContext } from "./context.ts";
import { newAcl } from "./default-privileges.ts";
import { freeTypeName } from "./generated-names.ts";
import {
  checkNotInSystem,
  lockRelation,
  lockRelationName,
  placeForRelation,
  relationToAlter,
  searchPathOf,
} from "./lookup.ts";
import { relationTablespace } from "./tablespaces.ts";

type SequenceTuple = Tuple<(typeof pgSequence)["columns"]>;

interface IntegerType {
  readonly oid: Oid;
  readonly name: string;
  readonly min: bigint;
  readonly max: bigint;
}
const INTEGER_TYPES: readonly IntegerType[] = [
  { oid: 21 as Oid, name: "smallint", min: -32768n, max: 32767n },
  { oid: 23 as Oid, name: "integer", min: -2147483648n, max: 2147483647n },
  { oid: 20 as Oid, name: "bigint", min: -(2n ** 63n), max: 2n ** 63n - 1n },
];

/** What pg_sequence holds, and where the sequence is to go on. */
export interface SequencePlan {
  readonly type: IntegerType;
  readonly start: bigint;
  readonly increment: bigint;
  readonly min: bigint;
  readonly max: bigint;
  readonly cache: bigint;
  readonly cycle: boolean;
}

export function createSequence(context: DdlContext, statement: CreateSequence): void {
  const { options, ifNotExists } = statement;
  const { name, schema } = statement.sequence;
  const { persistence } = statement;
  const place = () =>
    placeForRelation(context, schema === undefined ? { name } : { schema, name }, persistence);
  if (ifNotExists && relationExists(context, place().namespace.oid, name)) {
    const exists = `relation "${name}" already exists, skipping`;
    context.notice(notice(exists, {}, "42P07"));
    return;
  }
  const plan = planNewSequence(context, options, undefined);
  const { namespace, ...kept } = place();
  const owner = context.user.oid;
  const sequence = insertSequence(context, namespace, name, options, plan, { owner, ...kept });
  if (options.ownedBy) setOwner(context, sequence, options.ownedBy);
}

function relationExists(context: DdlContext, namespace: Oid, name: string): boolean {
  lockRelationName(context, namespace, name);
  return context.catalog.find(pgClass, "relname_nsp", [name, namespace]) !== undefined;
}

/** `column` is the type of the identity or serial column that the sequence is for. */
export function planNewSequence(
  context: DdlContext,
  options: SequenceOptions,
  column: { readonly type: Oid; readonly identity: boolean } | undefined,
): SequencePlan {
  const plan = planSequence(options, typeOf(context, options, column), undefined);
  restartOf(options, plan);
  checkCache(plan);
  return plan;
}

/** Stages a sequence, which may be told to RESTART elsewhere than it STARTs. */
export function insertSequence(
  context: DdlContext,
  namespace: NamespaceTuple,
  name: string,
  options: SequenceOptions,
  plan: SequencePlan,
  { owner, persistence }: { readonly owner: Oid; readonly persistence: string },
): ClassTuple {
  const { catalog } = context;
  relationTablespace(context, { persistence });
  if (relationExists(context, namespace.oid, name)) {
    throw new SqlError("42P07", `relation "${name}" already exists`);
  }
  freeTypeName(context, namespace.oid, name);
  checkNotInSystem(namespace, name);
  const oid = context.allocateOid();
  const self = addressOf(RELATION_CLASS, oid);
  const row = pgClass.row({
    oid,
    relname: name,
    relnamespace: namespace.oid,
    relowner: owner,
    relfilenode: oid,
    relpages: 1,
    reltuples: 1,
    relpersistence: persistence,
    relkind: "S",
    relnatts: 3,
    relreplident: "n",
    relacl: newAcl(context, "S", owner, self, namespace.oid),
  });
  context.transaction.insert(pgClass.layout, catalog.database, row);
  SEQUENCE_COLUMNS.forEach((attribute, at) => {
    catalog.insert(pgAttribute, { ...attribute, attrelid: oid, attnum: at + 1, attnotnull: true });
  });
  catalog.insert(pgSequence, { seqrelid: oid, ...rowOf(plan) });
  addDependency(catalog, self, addressOf(NAMESPACE_CLASS, namespace.oid), "n");
  addOwner(catalog, self, owner);
  const restart = restartOf(options, plan);
  if (restart !== undefined) context.sequences.start(catalog.database, oid, restart);
  return pgClass.view(row);
}

const INT8 = { atttypid: 20 as Oid, attlen: 8, attbyval: true, attalign: "d", attstorage: "p" };
const BOOL = { atttypid: 16 as Oid, attlen: 1, attbyval: true, attalign: "c", attstorage: "p" };
const SEQUENCE_COLUMNS = [
  { ...INT8, attname: "last_value" },
  { ...INT8, attname: "log_cnt" },
  { ...BOOL, attname: "is_called" },
];

const rowOf = (plan: SequencePlan) => ({
  seqtypid: plan.type.oid,
  seqstart: plan.start,
  seqincrement: plan.increment,
  seqmax: plan.max,
  seqmin: plan.min,
  seqcache: plan.cache,
  seqcycle: plan.cycle,
});

export function alterSequence(context: DdlContext, statement: AlterSequence): void {
  const sequence = relationToAlter(context, statement.sequence, "sequence", statement.ifExists);
  if (!sequence) {
    if (!statement.ifExists) throw undefinedRelation(statement.sequence);
    context.notice(notice(`relation "${statement.sequence.name}" does not exist, skipping`));
    return;
  }
  changeSequence(context, sequence, statement.options, false);
}

/** `sequence` is locked, ours, and a sequence. */
export function changeSequence(
  context: DdlContext,
  sequence: ClassTuple,
  options: SequenceOptions,
  identity: boolean,
): void {
  const { catalog } = context;
  const old = catalog.find(pgSequence, "key", [sequence.oid]) as SequenceTuple;
  const wanted = typeOf(context, options, identity ? { type: old.seqtypid, identity } : undefined);
  const type = options.type ? wanted : typeByOid(old.seqtypid);
  const plan = planSequence(options, type, old);
  const restart = restartOf(options, plan);
  if (restart === undefined) {
    checkWithin("RESTART", lastValue(context, sequence, old), plan.min, plan.max);
  }
  checkCache(plan);
  catalog.update(pgSequence, old, rowOf(plan));
  if (restart !== undefined) restartAt(context, sequence, restart);
  if (options.ownedBy !== undefined) setOwner(context, sequence, options.ownedBy);
}

/** An identity column takes the type of its sequence along. */
export function changeIdentityType(
  context: DdlContext,
  table: ClassTuple,
  column: { readonly attnum: number },
  type: TypeName,
): void {
  const { catalog } = context;
  const self = addressOf(RELATION_CLASS, table.oid, column.attnum);
  for (const { deptype, classid, objid } of dependentsOf(catalog, self)) {
    if (deptype !== "i" || classid !== RELATION_CLASS) continue;
    const sequence = catalog.find(pgClass, "key", [objid]);
    if (sequence?.relkind === "S") changeSequence(context, sequence, { type }, true);
  }
}

/** Where the sequence stands: it must fit the new bounds, too. */
function lastValue(context: DdlContext, sequence: ClassTuple, old: SequenceTuple): bigint {
  const { catalog, sequences } = context;
  return sequences.last(catalog.database, sequence.relfilenode, old.seqstart);
}

/**
 * RESTART is transactional: a storage of its own takes over at commit, ROLLBACK returns to the old
 * one.
 */
export function restartAt(context: DdlContext, sequence: ClassTuple, value: bigint): void {
  const storage = context.allocateOid();
  context.sequences.start(context.catalog.database, storage, value);
  context.catalog.update(pgClass, sequence, { relfilenode: storage });
}

function typeOf(
  context: DdlContext,
  options: SequenceOptions,
  column: { readonly type: Oid; readonly identity: boolean } | undefined,
): IntegerType {
  const repeated = firstRepeated(options, column !== undefined);
  if (repeated) throw repeatedOption(repeated.position);
  if (options.name && !column) {
    const message = "invalid sequence option SEQUENCE NAME";
    throw new SqlError("42601", message).at(options.name.position);
  }
  const oid = options.type
    ? resolveTypeName(context.catalog, options.type, searchPathOf(context), context.user.oid).row
        .oid
    : (column?.type ?? (20 as Oid));
  const found = INTEGER_TYPES.find((type) => type.oid === oid);
  if (found) return found;
  const what = column?.identity ? "identity column type" : "sequence type";
  throw invalidParameter(`${what} must be smallint, integer, or bigint`);
}

/** For a column the type is given before all options, so that AS repeats it. */
function firstRepeated(
  { repeated, type, typePosition }: SequenceOptions,
  forColumn: boolean,
): NonNullable<SequenceOptions["repeated"]> | undefined {
  if (!forColumn || !type || typePosition === undefined) return repeated;
  const earlier = repeated?.position !== undefined && repeated.position < typePosition;
  return earlier ? repeated : { position: typePosition };
}

export const repeatedOption = (position?: number): SqlError =>
  new SqlError("42601", "conflicting or redundant options").at(position);

const typeByOid = (oid: Oid): IntegerType =>
  INTEGER_TYPES.find((type) => type.oid === oid) ?? (INTEGER_TYPES[2] as IntegerType);

const invalidParameter = (message: string): SqlError => new SqlError("22023", message);

/**
 * PostgreSQL's init_params: defaults follow the direction and the type, then everything is checked.
 */
function planSequence(
  options: SequenceOptions,
  type: IntegerType,
  old: SequenceTuple | undefined,
): SequencePlan {
  const increment = options.increment ?? old?.seqincrement ?? 1n;
  if (increment === 0n) throw invalidParameter("INCREMENT must not be zero");
  const { max, min } = planBounds(options, type, old, increment > 0n);
  const start = options.start ?? old?.seqstart ?? (increment > 0n ? min : max);
  checkWithin("START", start, min, max);
  const cache = options.cache ?? old?.seqcache ?? 1n;
  const cycle = options.cycle ?? old?.seqcycle ?? false;
  return { type, start, increment, min, max, cache, cycle };
}

function planBounds(
  options: SequenceOptions,
  type: IntegerType,
  old: SequenceTuple | undefined,
  ascending: boolean,
) {
  const retyped = old && old.seqtypid !== type.oid ? typeByOid(old.seqtypid) : undefined;
  // A bound that was the old type's own becomes the new one's.
  const resetsMax = retyped !== undefined && old?.seqmax === retyped.max;
  const resetsMin = retyped !== undefined && old?.seqmin === retyped.min;
  const defaultMax = ascending || resetsMax ? type.max : -1n;
  const defaultMin = ascending && !resetsMin ? 1n : type.min;
  const isLeft = (option: bigint | null | undefined, resets: boolean) =>
    option === undefined && !resets;
  const max = options.max ?? (old && isLeft(options.max, resetsMax) ? old.seqmax : defaultMax);
  const min = options.min ?? (old && isLeft(options.min, resetsMin) ? old.seqmin : defaultMin);
  if (max < type.min || max > type.max) {
    throw invalidParameter(`MAXVALUE (${max}) is out of range for sequence data type ${type.name}`);
  }
  if (min < type.min || min > type.max) {
    throw invalidParameter(`MINVALUE (${min}) is out of range for sequence data type ${type.name}`);
  }
  if (min >= max) {
    throw invalidParameter(`MINVALUE (${min}) must be less than MAXVALUE (${max})`);
  }
  return { max, min };
}

function checkWithin(what: "START" | "RESTART", value: bigint, min: bigint, max: bigint): void {
  if (value < min) {
    throw invalidParameter(`${what} value (${value}) cannot be less than MINVALUE (${min})`);
  }
  if (value > max) {
    throw invalidParameter(`${what} value (${value}) cannot be greater than MAXVALUE (${max})`);
  }
}

/** After RESTART, as PostgreSQL reads the options. */
function checkCache({ cache }: SequencePlan): void {
  if (cache <= 0n) throw invalidParameter(`CACHE (${cache}) must be greater than zero`);
}

function restartOf(options: SequenceOptions, plan: SequencePlan): bigint | undefined {
  if (options.restart === undefined) return undefined;
  const value = options.restart === true ? plan.start : options.restart;
  checkWithin("RESTART", value, plan.min, plan.max);
  return value;
}

/** OWNED BY table.column | NONE: an automatic dependency of the sequence on the column. */
function setOwner(
  context: DdlContext,
  sequence: ClassTuple,
  ownedBy: NonNullable<SequenceOptions["ownedBy"]> | null,
): void {
  const { catalog } = context;
  const self = addressOf(RELATION_CLASS, sequence.oid);
  const column = ownedBy && ownedColumn(context, sequence, ownedBy);
  for (const row of referencesOf(catalog, self)) {
    if (row.refclassid !== RELATION_CLASS || row.refobjsubid === 0) continue;
    if (row.deptype === "i") {
      throw new SqlError("0A000", "cannot change ownership of identity sequence", {
        detail: `Sequence "${sequence.relname}" is linked to table "${
          catalog.find(pgClass, "key", [row.refobjid])?.relname
        }".`,
      });
    }
    catalog.delete(pgDepend, row);
  }
  if (column) addDependency(catalog, self, column, "a");
}

function ownedColumn(
  context: DdlContext,
  sequence: ClassTuple,
  ownedBy: NonNullable<SequenceOptions["ownedBy"]>,
) {
  const { catalog } = context;
  const table = findRelation(catalog, ownedBy.table, searchPathOf(context), context.user.oid);
  if (!table) throw undefinedRelation(ownedBy.table);
  lockRelation(context, table.oid, "AccessShare");
  if (!"rfvp".includes(table.relkind)) {
    throw new SqlError("42809", `sequence cannot be owned by relation "${table.relname}"`, {
      detail: `This operation is not supported for ${table.relkind === "S" ? "sequences" : "indexes"}.`,
    });
  }
  const inPrerequisite = (what: string) =>
    new SqlError("55000", `sequence must ${what} as table it is linked to`);
  if (table.relowner !== sequence.relowner) throw inPrerequisite("have same owner");
  if (table.relnamespace !== sequence.relnamespace) throw inPrerequisite("be in same schema");
  const attribute = findAttribute(catalog, table.oid, ownedBy.column);
  if (!attribute || attribute.attnum < 1) {
    throw new SqlError(
      "42703",
      `column "${ownedBy.column}" of relation "${table.relname}" does not exist`,
    );
  }
  return addressOf(RELATION_CLASS, table.oid, attribute.attnum);
}
