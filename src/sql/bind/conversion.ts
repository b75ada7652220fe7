/**
 * A COLUMN'S CHANGE OF TYPE: whether the new values are the old bytes, and what becomes of its
 * default. https://www.postgresql.org/docs/15/sql-altertable.html#SQL-ALTERTABLE-NOTES
 */
import type { Oid } from "../../base/ids.ts";
import { pgConstraint } from "../../catalog/relations/pg-constraint.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import type { Names } from "./names.ts";
import type { Expression, FunctionCall } from "./tree.ts";

/** Functions that fit a value to a length or precision. */
const [VARCHAR, VARBIT, NUMERIC] = [669, 1687, 1703];
const [TIME, TIMETZ, TIMESTAMP, TIMESTAMPTZ] = [1968, 1969, 1961, 1967];
const PRECISION_MAX = 6;
const VARHDRSZ = 4;

/** True unless the expression gives the column's old values as they are stored. */
export function needsRewrite(names: Names, root: Expression, attnum: number): boolean {
  let node = root;
  for (;;) {
    if (node.kind === "column") return node.attribute !== attnum;
    if (node.kind === "relabel") node = node.arg;
    else if (node.kind === "coerceToDomain") {
      if (hasConstraints(names, node.type)) return true;
      node = node.arg;
    } else if (node.kind === "function" && keepsEveryValue(node)) {
      node = node.args[0] as Expression;
    } else return true;
  }
}

/** Whether a domain, or one under it, has any. */
export function hasConstraints({ catalog }: Pick<Names, "catalog">, domain: Oid): boolean {
  const row = catalog.find(pgType, "key", [domain]);
  if (row?.typtype !== "d") return false;
  if (row.typnotnull) return true;
  const own = catalog.list(pgConstraint, "conrelid_contypid_conname", [0, domain]);
  return own.length > 0 || hasConstraints({ catalog }, row.typbasetype);
}

/** A length or precision that is not less than the old one changes no value. */
function keepsEveryValue(node: FunctionCall): boolean {
  const [source, length] = node.args;
  if (!source || length?.kind !== "constant" || typeof length.value !== "bigint") return false;
  const old = source.typmod;
  const wanted = Number(length.value);
  switch (node.function as number) {
    case VARCHAR:
    case VARBIT:
      return wanted < 0 || (old >= 0 && old <= wanted);
    case NUMERIC:
      return wanted < VARHDRSZ || (old >= VARHDRSZ && isWider(old, wanted));
    case TIME:
    case TIMETZ:
    case TIMESTAMP:
    case TIMESTAMPTZ:
      return wanted < 0 || wanted === PRECISION_MAX || (old >= 0 && wanted >= old);
    default:
      return false;
  }
}

function isWider(old: number, wanted: number): boolean {
  const scale = (typmod: number) => (typmod - VARHDRSZ) & 0x7ff;
  const precision = (typmod: number) => ((typmod - VARHDRSZ) >> 16) & 0xffff;
  return scale(old) === scale(wanted) && precision(old) <= precision(wanted);
}

/** The expression without the casts that nobody wrote. */
export function withoutImplicitCasts(node: Expression): Expression {
  switch (node.kind) {
    case "relabel":
    case "coerceViaIo":
    case "arrayCoerce":
    case "coerceToDomain":
      return node.form === "implicit" ? withoutImplicitCasts(node.arg) : node;
    case "function": {
      const [arg] = node.args;
      return arg && node.form === "implicit" ? withoutImplicitCasts(arg) : node;
    }
    default:
      return node;
  }
}
