/**
 * THE ROWS OF A FOREIGN KEY: its constraint with what that needs, action triggers on the referenced
 * table, check triggers on the referencing one.
 * https://www.postgresql.org/docs/15/catalog-pg-constraint.html
 */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { CONSTRAINT_CLASS, OPERATOR_CLASS, RELATION_CLASS } from "../class-oids.ts";
import { addDependency } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import type { ConstraintTuple } from "./checks.ts";
import type { DdlContext } from "./context.ts";
import { classOf } from "./merge-columns.ts";
import {
  FOR_EACH_ROW,
  insertConstraintTrigger,
  ON_DELETE,
  ON_INSERT,
  ON_UPDATE,
} from "./triggers.ts";

/** What a foreign key says, in the columns of pg_constraint. */
export type KeyTerms = Pick<
  ConstraintTuple,
  | "condeferrable"
  | "condeferred"
  | "convalidated"
  | "conrelid"
  | "conindid"
  | "confrelid"
  | "confupdtype"
  | "confdeltype"
  | "confmatchtype"
  | "conkey"
  | "confkey"
  | "conpfeqop"
  | "conppeqop"
  | "conffeqop"
  | "confdelsetcols"
>;

/** A part of a foreign key is about a partition of the table at one end. */
export interface PartOf {
  readonly parent: Oid;
  readonly side: "referencing" | "referenced";
}

export function insertForeignKey(
  context: DdlContext,
  terms: KeyTerms,
  name: string,
  part?: PartOf,
): ConstraintTuple {
  const { catalog } = context;
  const oid = context.allocateOid();
  const table = classOf(context, terms.conrelid);
  const { conrelid, conindid, confrelid, conkey, confkey } = terms;
  catalog.insert(pgConstraint, {
    oid,
    conname: name,
    connamespace: table.relnamespace,
    contype: "f",
    ...termsOf(terms),
    conparentid: part?.parent ?? INVALID_OID,
    conislocal: part === undefined,
    coninhcount: part === undefined ? 0 : 1,
    connoinherit: part === undefined && table.relkind !== "p",
  });
  const self = addressOf(CONSTRAINT_CLASS, oid);
  const needs = (relation: Oid, list: readonly number[] | null, deptype: "a" | "n") => {
    for (const attnum of new Set(list)) {
      addDependency(catalog, self, addressOf(RELATION_CLASS, relation, attnum), deptype);
    }
  };
  needs(conrelid, conkey, "a");
  needs(confrelid, confkey, "n");
  addDependency(catalog, self, addressOf(RELATION_CLASS, conindid), "n");
  const { conpfeqop, conppeqop, conffeqop } = terms;
  // Column by column, as PostgreSQL records them.
  const used = (conpfeqop ?? []).flatMap((each, at) => [each, conppeqop?.[at], conffeqop?.[at]]);
  for (const operator of new Set(used)) {
    if (operator !== undefined) {
      addDependency(catalog, self, addressOf(OPERATOR_CLASS, operator), "n");
    }
  }
  if (part) {
    const parent = addressOf(CONSTRAINT_CLASS, part.parent);
    addDependency(catalog, self, parent, part.side === "referenced" ? "i" : "P");
    if (part.side === "referencing") {
      addDependency(catalog, self, addressOf(RELATION_CLASS, conrelid), "S");
    }
  }
  return catalog.find(pgConstraint, "key", [oid]) as ConstraintTuple;
}

/** Of a row that may be another constraint's, without what is that one's alone. */
export const termsOf = (row: KeyTerms): KeyTerms => ({
  condeferrable: row.condeferrable,
  condeferred: row.condeferred,
  convalidated: row.convalidated,
  conrelid: row.conrelid,
  conindid: row.conindid,
  confrelid: row.confrelid,
  confupdtype: row.confupdtype,
  confdeltype: row.confdeltype,
  confmatchtype: row.confmatchtype,
  conkey: row.conkey,
  confkey: row.confkey,
  conpfeqop: row.conpfeqop,
  conppeqop: row.conppeqop,
  conffeqop: row.conffeqop,
  confdelsetcols: row.confdelsetcols,
});

/**
 * RI_FKey_…_del by the letter of the action; that of _upd is the next one.
 * https://www.postgresql.org/docs/15/catalog-pg-proc.html
 */
const ON_DELETE_FUNCTIONS: Readonly<Record<string, number>> = {
  a: 1654,
  r: 1648,
  c: 1646,
  n: 1650,
  d: 1652,
};
const onDelete = (action: string): number => ON_DELETE_FUNCTIONS[action] ?? 0;
const onUpdate = (action: string): number => onDelete(action) + 1;
const CHECK_ON_INSERT = 1644;
const CHECK_ON_UPDATE = 1645;

/** Functions whose triggers may wait for the end of the transaction; other actions never do. */
export const DEFERRABLE_FUNCTIONS: ReadonlySet<number> = new Set([
  onDelete("a"),
  onUpdate("a"),
  CHECK_ON_INSERT,
  CHECK_ON_UPDATE,
]);

export const isCheckTrigger = (called: Oid): boolean =>
  called === CHECK_ON_INSERT || called === CHECK_ON_UPDATE;

/** The two triggers of one side; the second fires on UPDATE. */
export type TriggerPair = readonly [Oid, Oid];

/** On the referenced table. `parents`: those of the constraint that this is a part of. */
export function insertActionTriggers(
  context: DdlContext,
  key: ConstraintTuple,
  parents?: TriggerPair,
): TriggerPair {
  const functions = [onDelete(key.confdeltype), onUpdate(key.confupdtype)] as const;
  return insertPair(context, key, { side: "a", functions, event: ON_DELETE, parents });
}

/** On the referencing table. */
export function insertCheckTriggers(
  context: DdlContext,
  key: ConstraintTuple,
  parents?: TriggerPair,
): TriggerPair {
  const functions = [CHECK_ON_INSERT, CHECK_ON_UPDATE] as const;
  return insertPair(context, key, { side: "c", functions, event: ON_INSERT, parents });
}

interface PairPlan {
  /** Names sort actions (a) before checks (c): in a table that references itself both fire. */
  readonly side: "a" | "c";
  readonly functions: readonly [number, number];
  /** Of the first trigger. */
  readonly event: number;
  readonly parents: TriggerPair | undefined;
}

function insertPair(
  context: DdlContext,
  { oid, conrelid, confrelid, conindid, condeferrable, condeferred }: ConstraintTuple,
  { side, functions, event, parents }: PairPlan,
): TriggerPair {
  const [relation, otherRelation] = side === "a" ? [confrelid, conrelid] : [conrelid, confrelid];
  const made = functions.map((called, at) => {
    const defers = DEFERRABLE_FUNCTIONS.has(called);
    return insertConstraintTrigger(context, {
      relation,
      otherRelation,
      constraint: oid,
      index: conindid,
      namePrefix: `RI_ConstraintTrigger_${side}`,
      function: called as Oid,
      type: FOR_EACH_ROW | (at === 0 ? event : ON_UPDATE),
      deferrable: defers && condeferrable,
      initiallyDeferred: defers && condeferred,
      parent: parents?.[at] ?? INVALID_OID,
    });
  });
  return made as unknown as TriggerPair;
}
