/**
 * OPERATORS OF A FOREIGN KEY: equality as the referenced index means it.
 * https://www.postgresql.org/docs/15/xindex.html#XINDEX-OPFAMILY
 */
import { assert } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { pgAmop } from "../relations/pg-amop.ts";
import { pgOpclass } from "../relations/pg-opclass.ts";
import { pgType } from "../relations/pg-type.ts";
import type { DdlContext } from "./context.ts";

export interface KeyOperators {
  readonly primaryForeign: Oid;
  readonly primaryPrimary: Oid;
  readonly foreignForeign: Oid;
}

/** `primary` and `foreign` are the types of the columns. undefined: they cannot be compared. */
export function keyOperators(
  context: DdlContext,
  opclass: Oid,
  primary: Oid,
  foreign: Oid,
): KeyOperators | undefined {
  const row = context.catalog.find(pgOpclass, "key", [opclass]);
  assert(row, `operator class ${opclass} is not in pg_opclass`);
  // The class may be of a type that the column's is only binary compatible with.
  const input = row.opcintype;
  const equality = (left: Oid, right: Oid) => findEquality(context, row.opcfamily, left, right);
  const primaryPrimary = equality(input, input);
  assert(primaryPrimary !== undefined, `operator class ${opclass} has no equality`);
  const base = baseTypeOf(context, foreign);
  const primaryForeign = equality(input, base);
  const foreignForeign = primaryForeign === undefined ? undefined : equality(base, base);
  if (primaryForeign !== undefined && foreignForeign !== undefined) {
    return { primaryForeign, primaryPrimary, foreignForeign };
  }
  // For anyarray and its like both columns must fit at once.
  if (!context.expressions.canCoerce([primary, foreign], [input, input])) return undefined;
  return { primaryForeign: primaryPrimary, primaryPrimary, foreignForeign: primaryPrimary };
}

const EQUAL = 3;

/** The family's member for = in a b-tree. */
function findEquality(context: DdlContext, family: Oid, left: Oid, right: Oid): Oid | undefined {
  const key = [family, left, right, EQUAL];
  return context.catalog.find(pgAmop, "fam_strat", key)?.amopopr;
}

function baseTypeOf(context: DdlContext, type: Oid): Oid {
  const row = context.catalog.find(pgType, "key", [type]);
  return row?.typtype === "d" ? baseTypeOf(context, row.typbasetype) : type;
}
