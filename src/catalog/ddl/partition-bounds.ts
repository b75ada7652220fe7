/**
 * FOR VALUES: the bound of a partition, held against its parent's key and the other partitions.
 * https://www.postgresql.org/docs/15/sql-createtable.html
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { withDescendants } from "../inheritance.ts";
import type { ClassTuple } from "../names.ts";
import type { PartitionBoundClause, RangeDatum } from "../partition-statement.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgPartitionedTable } from "../relations/pg-partitioned-table.ts";
import type { DdlContext } from "./context.ts";
import { classOf } from "./merge-columns.ts";
import type { ComputedBound, ComputedDatum, MadeBound } from "./relation-binder.ts";
import { queueWork } from "./row-work.ts";

const wrong = (message: string, detail?: string): SqlError =>
  new SqlError("42P17", message, detail === undefined ? {} : { detail });

type Clause<Strategy> = Extract<PartitionBoundClause, { readonly strategy: Strategy }>;

/** Types of the key's columns and expressions. */
type KeyTarget = { readonly name: string; readonly type: Oid; readonly typmod: number };

/** Stages that the child is a partition of the parent, whose columns it has. */
export function storeBound(
  context: DdlContext,
  child: ClassTuple,
  parent: ClassTuple,
  clause: PartitionBoundClause,
): void {
  const { catalog } = context;
  const row = catalog.find(pgPartitionedTable, "key", [parent.oid]);
  if (!row) throw new SqlError("42P17", `"${parent.relname}" is not partitioned`);
  const { tree } = boundOf(context, child.relname, parent, clause);
  const now = classOf(context, child.oid);
  catalog.update(pgClass, now, { relispartition: true, relpartbound: tree });
  const isDefault = clause.strategy === "default";
  if (isDefault) catalog.update(pgPartitionedTable, row, { partdefid: child.oid });
  else if (row.partdefid !== 0) checkDefault(context, row.partdefid);
}

/** Rows that the default partition has taken must not belong to a new one. */
function checkDefault(context: DdlContext, table: Oid): void {
  for (const leaf of leavesOf(context, table)) {
    queueWork(context, { kind: "partition", table: leaf, isDefault: true });
  }
}

/** The tables below that have rows, or the table itself. */
export function leavesOf(context: DdlContext, table: Oid): readonly Oid[] {
  return withDescendants(context.catalog, table).filter(
    (oid) => classOf(context, oid).relkind === "r",
  );
}

const STRATEGIES: Readonly<Record<string, "list" | "range" | "hash">> = {
  l: "list",
  r: "range",
  h: "hash",
};

/** Throws 42P17, 42804 and what evaluating the values throws. */
function boundOf(
  context: DdlContext,
  name: string,
  parent: ClassTuple,
  clause: PartitionBoundClause,
): MadeBound {
  const { relations } = context;
  const row = context.catalog.find(pgPartitionedTable, "key", [parent.oid]);
  const strategy = STRATEGIES[row?.partstrat ?? ""];
  if (clause.strategy === "default") {
    if (strategy === "hash") {
      throw wrong("a hash-partitioned table may not have a default partition");
    }
  } else if (clause.strategy !== strategy) {
    const message = `invalid bound specification for a ${strategy} partition`;
    throw wrong(message).at(clause.position);
  }
  const computed = compute(context, parent, clause);
  if (clause.strategy === "hash") checkModulus(context, parent, clause);
  const made = relations.partitionBound(parent.oid, computed);
  if (made.empty && clause.strategy === "range") {
    const { lower, upper } = made.empty;
    const detail = `Specified lower bound ${lower} is greater than or equal to upper bound ${upper}.`;
    const message = `empty range bound specified for partition "${name}"`;
    throw wrong(message, detail).at(clause.lower[0]?.position);
  }
  if (!made.overlap) return made;
  const other = classOf(context, made.overlap.relation).relname;
  if (clause.strategy === "default") {
    throw wrong(`partition "${name}" conflicts with existing default partition "${other}"`).at(
      clause.position,
    );
  }
  throw wrong(`partition "${name}" would overlap partition "${other}"`).at(
    placeOf(clause, made.overlap.at),
  );
}

function placeOf(clause: PartitionBoundClause, at: number): number | undefined {
  if (clause.strategy === "list") return clause.values[at]?.position;
  if (clause.strategy === "range") return (at === 0 ? clause.lower : clause.upper)[0]?.position;
  return clause.position;
}

function compute(
  context: DdlContext,
  parent: ClassTuple,
  clause: PartitionBoundClause,
): ComputedBound {
  const targets = () => context.relations.partitionKeys(parent.oid);
  switch (clause.strategy) {
    case "default":
      return { strategy: "default" };
    case "hash":
      return hashBound(clause);
    case "list": {
      const [target] = targets();
      const values = clause.values.map((value) => datumOf(context, value, target as KeyTarget));
      return { strategy: "list", values };
    }
    case "range": {
      const keys = targets();
      for (const [side, word] of [
        [clause.lower, "FROM"],
        [clause.upper, "TO"],
      ] as const) {
        if (side.length === keys.length) continue;
        throw wrong(`${word} must specify exactly one value per partitioning column`);
      }
      const side = (data: readonly RangeDatum[]) => rangeSide(context, data, keys);
      return { strategy: "range", lower: side(clause.lower), upper: side(clause.upper) };
    }
  }
}

function hashBound({ modulus, remainder }: Clause<"hash">): ComputedBound {
  const refused = (what: string, rule: string) =>
    new SqlError("42P16", `${what} for hash partition must be ${rule}`);
  if (modulus <= 0) throw refused("modulus", "an integer value greater than zero");
  if (remainder < 0) {
    throw refused("remainder", "an integer value greater than or equal to zero");
  }
  if (remainder >= modulus) throw refused("remainder", "less than modulus");
  return { strategy: "hash", modulus, remainder };
}

function rangeSide(
  context: DdlContext,
  data: readonly RangeDatum[],
  keys: readonly KeyTarget[],
): ComputedDatum[] {
  let edge: "minvalue" | "maxvalue" | undefined;
  return data.map((datum, at) => {
    const isEdge = "edge" in datum;
    if (edge && (!isEdge || datum.edge !== edge)) {
      const word = edge.toUpperCase();
      const message = `every bound following ${word} must also be ${word}`;
      throw new SqlError("42804", message).at(datum.position);
    }
    if (isEdge) {
      edge = datum.edge;
      return { edge: datum.edge };
    }
    const made = datumOf(context, datum, keys[at] as KeyTarget);
    if ("text" in made && made.text === null) throw wrong("cannot specify NULL in range bound");
    return made;
  });
}

function datumOf(
  context: DdlContext,
  value: Parameters<DdlContext["relations"]["boundValue"]>[0],
  target: KeyTarget,
): ComputedDatum {
  const tree = context.relations.boundValue(value, target);
  const text = context.rows.missingValue(tree, target);
  if (text !== undefined) return { text };
  throw wrong("could not evaluate partition bound expression").at(value.position);
}

/** Each modulus divides the next larger one. */
function checkModulus(context: DdlContext, parent: ClassTuple, { modulus }: Clause<"hash">): void {
  const moduli = context.relations.hashModuli(parent.oid);
  const message = "every hash partition modulus must be a factor of the next larger modulus";
  const below = moduli.findLast((each) => each.modulus <= modulus);
  const above = moduli.find((each) => each.modulus >= modulus);
  const named = (each: { readonly relation: Oid }) => classOf(context, each.relation).relname;
  if (below && modulus % below.modulus !== 0) {
    const detail = `The new modulus ${modulus} is not divisible by ${below.modulus}, the modulus of existing partition "${named(below)}".`;
    throw wrong(message, detail);
  }
  if (above && above.modulus % modulus !== 0) {
    const detail = `The new modulus ${modulus} is not a factor of ${above.modulus}, the modulus of existing partition "${named(above)}".`;
    throw wrong(message, detail);
  }
}
