/**
 * TRIGGERS BEHIND CONSTRAINTS. PostgreSQL enforces foreign keys and deferrable keys by rows of
 * pg_trigger, which are parts of the constraint.
 * https://www.postgresql.org/docs/15/catalog-pg-trigger.html
 */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { CONSTRAINT_CLASS, TRIGGER_CLASS } from "../class-oids.ts";
import { addDependency } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgTrigger } from "../relations/pg-trigger.ts";
import type { Deferral, IndexConstraint } from "../statement.ts";
import type { DdlContext } from "./context.ts";

/** Bits of tgtype; a trigger that is not BEFORE is AFTER. */
export const FOR_EACH_ROW = 1;
export const ON_INSERT = 4;
export const ON_DELETE = 8;
export const ON_UPDATE = 16;

export interface ConstraintTrigger extends Deferral {
  readonly relation: Oid;
  /** Of a foreign key: the table at its other end. */
  readonly otherRelation?: Oid;
  readonly constraint: Oid;
  readonly index: Oid;
  /** The oid follows. */
  readonly namePrefix: string;
  readonly function: Oid;
  readonly type: number;
  /** The trigger of a partitioned table that it is a partition's part of. */
  readonly parent?: Oid;
}

export function insertConstraintTrigger(context: DdlContext, trigger: ConstraintTrigger): Oid {
  const { catalog } = context;
  const oid = context.allocateOid();
  catalog.insert(pgTrigger, {
    oid,
    tgrelid: trigger.relation,
    tgparentid: trigger.parent ?? INVALID_OID,
    tgname: `${trigger.namePrefix}_${oid}`,
    tgfoid: trigger.function,
    tgtype: trigger.type,
    tgisinternal: true,
    tgconstrrelid: trigger.otherRelation ?? INVALID_OID,
    tgconstrindid: trigger.index,
    tgconstraint: trigger.constraint,
    tgdeferrable: trigger.deferrable,
    tginitdeferred: trigger.initiallyDeferred,
    tgargs: new Uint8Array(),
  });
  const constraint = addressOf(CONSTRAINT_CLASS, trigger.constraint);
  addDependency(catalog, addressOf(TRIGGER_CLASS, oid), constraint, "i");
  const relation = catalog.find(pgClass, "key", [trigger.relation]);
  if (relation && !relation.relhastriggers) {
    catalog.update(pgClass, relation, { relhastriggers: true });
  }
  return oid;
}

const UNIQUE_KEY_RECHECK = 1250 as Oid;

/** Looks at a deferrable key once more when the statement or the transaction ends. */
export function insertRecheckTrigger(
  context: DdlContext,
  relation: Oid,
  { kind, initiallyDeferred }: Pick<IndexConstraint, "kind" | "initiallyDeferred">,
  constraint: Oid,
  index: Oid,
): void {
  insertConstraintTrigger(context, {
    relation,
    constraint,
    index,
    namePrefix: kind === "primaryKey" ? "PK_ConstraintTrigger" : "Unique_ConstraintTrigger",
    function: UNIQUE_KEY_RECHECK,
    type: FOR_EACH_ROW | ON_INSERT | ON_UPDATE,
    deferrable: true,
    initiallyDeferred,
  });
}
