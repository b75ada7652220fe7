/**
 * FOREIGN KEYS OF AND TO PARTITIONED TABLES. The key has a part for each partition below either
 * table, so that rows are looked at where they are:
 *
 *   referenced    a constraint of the same table on the partition, with action triggers there
 *   referencing   a constraint of the partition on the same table, with check triggers here
 *
 * https://www.postgresql.org/docs/15/ddl-partitioning.html
 */
import { assert } from "../../base/assert.ts";
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { CONSTRAINT_CLASS, RELATION_CLASS, TRIGGER_CLASS } from "../class-oids.ts";
import { addDependency, dependentsOf, referencesOf } from "../dependencies.ts";
import { addressOf, type ObjectAddress } from "../describe.ts";
import { childrenOf, withDescendants } from "../inheritance.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgIndex } from "../relations/pg-index.ts";
import { pgTrigger } from "../relations/pg-trigger.ts";
import { type ConstraintTuple, findConstraintOf } from "./checks.ts";
import type { DdlContext } from "./context.ts";
import { dropObjects } from "./drop.ts";
import {
  insertActionTriggers,
  insertCheckTriggers,
  insertForeignKey,
  isCheckTrigger,
  type KeyTerms,
  type PartOf,
  type TriggerPair,
  termsOf,
} from "./foreign-key-rows.ts";
import { chooseConstraintName, joinColumns } from "./generated-names.ts";
import { checkNotInUse, lockRelation } from "./lookup.ts";
import { classOf, columnNumbers } from "./merge-columns.ts";
import { leavesOf } from "./partition-bounds.ts";
import { removeLinks } from "./partition-indexes.ts";
import { queueWork } from "./row-work.ts";

/** How the parts of the referencing side are made. */
interface Referencing {
  /** That of the parts, where nothing else has it. */
  readonly name: string;
  /** Rows that are there are held against the key. */
  readonly validates: boolean;
  readonly lock: "ShareRowExclusive" | "AccessExclusive";
}

/** The triggers of a new key, and its parts. `validates`: rows that are there are looked at. */
export function followPartitions(
  context: DdlContext,
  key: ConstraintTuple,
  validates: boolean,
): void {
  followReferenced(context, key, undefined);
  const how = { name: key.conname, validates, lock: "ShareRowExclusive" } as const;
  followReferencing(context, key, undefined, how);
}

function followReferenced(
  context: DdlContext,
  key: ConstraintTuple,
  parents: TriggerPair | undefined,
): void {
  const triggers = insertActionTriggers(context, key, parents);
  for (const partition of context.relations.partitionsOf(key.confrelid)) {
    lockRelation(context, partition, "ShareRowExclusive");
    addReferenced(context, key, partition, triggers);
  }
}

function addReferenced(
  context: DdlContext,
  key: ConstraintTuple,
  partition: Oid,
  triggers: TriggerPair,
): void {
  const confkey = mapped(context, key.confrelid, partition, key.confkey);
  const conindid = partOfIndex(context, key.conindid, partition);
  const terms = { ...termsOf(key), confrelid: partition, confkey, conindid };
  const made = insertPart(context, terms, key.conname, { parent: key.oid, side: "referenced" });
  followReferenced(context, made, triggers);
}

function followReferencing(
  context: DdlContext,
  key: ConstraintTuple,
  parents: TriggerPair | undefined,
  how: Referencing,
): void {
  const table = classOf(context, key.conrelid);
  if (table.relkind === "f") {
    throw new SqlError("42809", "foreign key constraints are not supported on foreign tables");
  }
  const triggers = insertCheckTriggers(context, key, parents);
  if (table.relkind !== "p") {
    if (!how.validates) return;
    return queueWork(context, { kind: "foreignKey", table: table.oid, constraint: key.oid });
  }
  for (const partition of context.relations.partitionsOf(key.conrelid)) {
    lockRelation(context, partition, how.lock);
    checkNotReferenced(context, key, partition);
    checkNotInUse(context, classOf(context, partition), "ALTER TABLE");
    addReferencing(context, key, partition, triggers, how);
  }
}

/** Its rows would be looked for in itself. PostgreSQL finds it opened already. Throws 55006. */
function checkNotReferenced(context: DdlContext, key: ConstraintTuple, partition: Oid): void {
  if (partition !== key.confrelid) return;
  const { relname } = classOf(context, partition);
  const message = `cannot ALTER TABLE "${relname}" because it is being used by active queries in this session`;
  throw new SqlError("55006", message);
}

/** An equal key of the partition becomes the part. */
function addReferencing(
  context: DdlContext,
  key: ConstraintTuple,
  partition: Oid,
  triggers: TriggerPair,
  how: Referencing,
): void {
  const conkey = mapped(context, key.conrelid, partition, key.conkey);
  const confdelsetcols = mapped(context, key.conrelid, partition, key.confdelsetcols);
  const terms = { ...termsOf(key), conrelid: partition, conkey, confdelsetcols };
  const own = foreignKeysOf(context, partition).find((each) => isLike(each, terms));
  if (own) return becomePart(context, own, key, triggers);
  const part = { parent: key.oid, side: "referencing" } as const;
  const made = insertPart(context, terms, how.name, part);
  followReferencing(context, made, triggers, how);
}

/** Under the name, or one that is made up if the table has it already. */
function insertPart(
  context: DdlContext,
  terms: KeyTerms,
  wanted: string,
  part: PartOf,
): ConstraintTuple {
  const { oid, relname, relnamespace } = classOf(context, terms.conrelid);
  const names = (terms.conkey ?? []).map(
    (attnum) => context.catalog.find(pgAttribute, "key", [oid, attnum])?.attname ?? "",
  );
  const name = findConstraintOf(context, oid, wanted)
    ? chooseConstraintName(context, relnamespace, relname, joinColumns(names), "fkey")
    : wanted;
  return insertForeignKey(context, terms, name, part);
}

function mapped(
  context: DdlContext,
  table: Oid,
  partition: Oid,
  attnums: readonly number[] | null,
): number[] | null {
  const numbers = columnNumbers(context, table, partition);
  return attnums?.map((attnum) => numbers.get(attnum) ?? attnum) ?? null;
}

function partOfIndex({ catalog }: DdlContext, index: Oid, partition: Oid): Oid {
  const found = childrenOf(catalog, index).find(
    (oid) => catalog.find(pgIndex, "key", [oid])?.indrelid === partition,
  );
  assert(found !== undefined, `partition ${partition} has a part of index ${index}`);
  return found;
}

/** In the order of their names, as PostgreSQL reads them. */
const foreignKeysOf = ({ catalog }: DdlContext, table: Oid): ConstraintTuple[] =>
  catalog
    .list(pgConstraint, "conrelid_contypid_conname", [table])
    .filter(({ contype }) => contype === "f")
    .sort((a, b) => (a.conname < b.conname ? -1 : 1));

/** Whether a key of a partition demands what its part of the parent's key would. */
function isLike(own: ConstraintTuple, wanted: KeyTerms): boolean {
  const isSame = (["conkey", "confkey", "conpfeqop"] as const).every(
    (column) => own[column]?.join() === wanted[column]?.join(),
  );
  return (
    isSame &&
    own.conparentid === INVALID_OID &&
    own.convalidated &&
    own.confrelid === wanted.confrelid &&
    own.condeferrable === wanted.condeferrable &&
    own.condeferred === wanted.condeferred &&
    own.confupdtype === wanted.confupdtype &&
    own.confdeltype === wanted.confdeltype &&
    own.confmatchtype === wanted.confmatchtype
  );
}

/** The whole's action triggers see rows of the partition: it needs none itself. */
function becomePart(
  context: DdlContext,
  own: ConstraintTuple,
  whole: ConstraintTuple,
  triggers: TriggerPair,
): void {
  const { catalog } = context;
  const actions = actionTriggersOf(context, own);
  const parts = partsOf(context, own).filter(({ conrelid }) => conrelid === own.conrelid);
  const unneeded = [
    ...actions.map((oid) => addressOf(TRIGGER_CLASS, oid)),
    ...parts.map(({ oid }) => addressOf(CONSTRAINT_CLASS, oid)),
  ];
  for (const object of unneeded) removeInternal(context, object);
  dropObjects(context, unneeded, false);
  const part = {
    ...{ conparentid: whole.oid, conislocal: false, coninhcount: own.coninhcount + 1 },
  };
  catalog.update(pgConstraint, own, part);
  linkPart(context, addressOf(CONSTRAINT_CLASS, own.oid), whole.oid, own.conrelid);
  for (const [at, oid] of checkTriggersOf(context, own).entries()) {
    const parent = triggers[at] ?? INVALID_OID;
    setParentTrigger(context, oid, parent);
    linkPart(context, addressOf(TRIGGER_CLASS, oid), parent, own.conrelid);
  }
}

function setParentTrigger({ catalog }: DdlContext, oid: Oid, tgparentid: Oid): void {
  const row = catalog.find(pgTrigger, "key", [oid]);
  if (row) catalog.update(pgTrigger, row, { tgparentid });
}

function linkPart({ catalog }: DdlContext, part: ObjectAddress, whole: Oid, table: Oid): void {
  addDependency(catalog, part, addressOf(part.classOid, whole), "P");
  addDependency(catalog, part, addressOf(RELATION_CLASS, table), "S");
}

function removeInternal({ catalog }: DdlContext, object: ObjectAddress): void {
  for (const row of referencesOf(catalog, object)) {
    if (row.deptype === "i" && row.refclassid === CONSTRAINT_CLASS) catalog.delete(pgDepend, row);
  }
}

function triggersOf(
  { catalog }: DdlContext,
  { oid }: ConstraintTuple,
  side: "check" | "action",
): readonly Oid[] {
  return catalog
    .list(pgTrigger, "tgconstraint", [oid])
    .filter(({ tgfoid }) => isCheckTrigger(tgfoid) === (side === "check"))
    .sort((a, b) => a.oid - b.oid)
    .map((row) => row.oid);
}
const checkTriggersOf = (context: DdlContext, key: ConstraintTuple) =>
  triggersOf(context, key, "check");
const actionTriggersOf = (context: DdlContext, key: ConstraintTuple) =>
  triggersOf(context, key, "action");
const pairOf = (triggers: readonly Oid[]) => triggers as unknown as TriggerPair;

/** The constraints that are parts of one, on whichever side, in the order of their oids. */
export function partsOf({ catalog }: DdlContext, { oid }: ConstraintTuple): ConstraintTuple[] {
  return dependentsOf(catalog, addressOf(CONSTRAINT_CLASS, oid))
    .filter(({ classid }) => classid === CONSTRAINT_CLASS)
    .map(({ objid }) => catalog.find(pgConstraint, "key", [objid]))
    .filter((row) => row?.conparentid === oid)
    .sort((a, b) => (a as ConstraintTuple).oid - (b as ConstraintTuple).oid) as ConstraintTuple[];
}

/**
 * A partition gets its parts of the keys of its parent, and to it. `validates`: it may have rows.
 * Throws 0A000 for one that its parent refers to.
 */
export function cloneForeignKeys(
  context: DdlContext,
  parent: Oid,
  partition: Oid,
  validates: boolean,
): void {
  const keys = foreignKeysOf(context, parent);
  for (const key of wholes(keysTo(context, parent))) {
    lockRelation(context, key.conrelid, "ShareRowExclusive");
    addReferenced(context, key, partition, pairOf(actionTriggersOf(context, key)));
  }
  const back = keys.find(({ confrelid }) => confrelid === partition);
  if (back) {
    const { relname } = classOf(context, partition);
    const message = `cannot attach table "${relname}" as a partition because it is referenced by foreign key "${back.conname}"`;
    throw new SqlError("0A000", message);
  }
  for (const key of wholes(keys)) {
    for (const oid of withDescendants(context.catalog, key.confrelid)) {
      lockRelation(context, oid, "ShareRowExclusive");
    }
    const how = { name: key.conname, validates, lock: "AccessExclusive" } as const;
    addReferencing(context, key, partition, pairOf(checkTriggersOf(context, key)), how);
  }
}

/** Foreign keys that refer to the table, in the order of their oids. */
const keysTo = ({ catalog }: DdlContext, table: Oid): ConstraintTuple[] =>
  catalog
    .list(pgConstraint, "confrelid", [table])
    .filter(({ contype }) => contype === "f")
    .sort((a, b) => a.oid - b.oid);

/** Without those that are parts of another one of them. */
function wholes(keys: readonly ConstraintTuple[]): ConstraintTuple[] {
  const oids = new Set(keys.map(({ oid }) => oid));
  return keys.filter(({ conparentid }) => !oids.has(conparentid));
}

/**
 * A table that is a partition no longer keeps its parts of its parent's keys for itself; nothing
 * may refer to its rows by keys to the parent.
 */
export function leaveForeignKeys(context: DdlContext, partition: Oid): void {
  const { catalog } = context;
  for (const key of wholes(foreignKeysOf(context, partition))) {
    if (key.conparentid === INVALID_OID) continue;
    removeLinks(context, addressOf(CONSTRAINT_CLASS, key.oid));
    const coninhcount = key.coninhcount - 1;
    const alone = { conparentid: INVALID_OID, coninhcount, conislocal: coninhcount === 0 };
    catalog.update(pgConstraint, key, alone);
    for (const oid of checkTriggersOf(context, key)) {
      setParentTrigger(context, oid, INVALID_OID);
      removeLinks(context, addressOf(TRIGGER_CLASS, oid));
    }
    lockRelation(context, key.confrelid, "ShareRowExclusive");
    followReferenced(
      context,
      catalog.find(pgConstraint, "key", [key.oid]) as typeof key,
      undefined,
    );
  }
  for (const key of keysTo(context, partition)) {
    if (key.conparentid === INVALID_OID) continue;
    for (const table of leavesOf(context, key.conrelid)) {
      queueWork(context, { kind: "unreferenced", table, key });
    }
    lockRelation(context, key.conrelid, "Share");
    const self = addressOf(CONSTRAINT_CLASS, key.oid);
    removeInternal(context, self);
    dropObjects(context, [self], false);
  }
}
