/** FRAMES of windows: which rows around the current one a window function sees. */
import type { Node, WindowDef } from "@pgsql/types";
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { coerceToSpecific } from "./coerce.ts";
import { btreeMeanings } from "./operator-classes.ts";
import { coercesTo } from "./pathway.ts";
import { positionOf } from "./position.ts";
import type { ExpressionKind, Scope } from "./scope.ts";
import type { Expression, FrameBound, SortKey, WindowDefinition } from "./tree.ts";
import { INT8, UNKNOWN } from "./type-oids.ts";
import { typeText } from "./type-text.ts";
import { namesOwnColumn } from "./walk.ts";

/** Bits of the parser's frame options. */
const FRAME = {
  nonDefault: 0x1,
  range: 0x2,
  rows: 0x4,
  groups: 0x8,
  between: 0x10,
  excludeCurrentRow: 0x8000,
  excludeGroup: 0x10000,
  excludeTies: 0x20000,
} as const;
/**
 * For start and end, in this order: unbounded preceding, unbounded following, current row, offsets.
 */
const BOUND_BITS = {
  start: [0x20, 0x80, 0x200, 0x800, 0x2000],
  end: [0x40, 0x100, 0x400, 0x1000, 0x4000],
} as const;

export function bindFrame(
  scope: Scope,
  node: WindowDef,
  orderBy: readonly SortKey[],
  position: number | undefined,
): WindowDefinition["frame"] {
  const bits = node.frameOptions ?? 0;
  if (!(bits & FRAME.nonDefault)) return undefined;
  const mode = bits & FRAME.rows ? "rows" : bits & FRAME.groups ? "groups" : "range";
  if (mode === "groups" && orderBy.length === 0) {
    throw new SqlError("42P20", "GROUPS mode requires an ORDER BY clause").at(position);
  }
  const exclude =
    bits & FRAME.excludeCurrentRow
      ? "current row"
      : bits & FRAME.excludeGroup
        ? "group"
        : bits & FRAME.excludeTies
          ? "ties"
          : undefined;
  const bound = (side: "start" | "end", offset: Node | undefined) =>
    bindBound(scope, bits, BOUND_BITS[side], mode, offset, orderBy, position);
  return {
    mode,
    start: bound("start", node.startOffset),
    end: bound("end", node.endOffset),
    between: (bits & FRAME.between) !== 0,
    ...(exclude ? { exclude } : {}),
  };
}

function bindBound(
  scope: Scope,
  bits: number,
  [preceding, following, current]: readonly number[],
  mode: "range" | "rows" | "groups",
  offset: Node | undefined,
  orderBy: readonly SortKey[],
  position: number | undefined,
): FrameBound {
  if (bits & (preceding ?? 0)) return { kind: "unboundedPreceding" };
  if (bits & (following ?? 0)) return { kind: "unboundedFollowing" };
  if (bits & (current ?? 0) || !offset) return { kind: "currentRow" };
  const precedes = (bits & ((preceding ?? 0) << 6)) !== 0;
  const kind = precedes ? "preceding" : "following";
  const words = mode.toUpperCase();
  const place = `window ${words}` as ExpressionKind;
  const bound = scope.bind(offset, place);
  if (namesOwnColumn(bound)) {
    const message = `argument of ${words} must not contain variables`;
    throw new SqlError("42P10", message).at(positionOf(bound));
  }
  if (mode !== "range") {
    return { kind, offset: coerceToSpecific(scope, bound, INT8, "bigint", words) };
  }
  return { kind, ...rangeOffset(scope, bound, orderBy, position) };
}

/** The offset as the function in_range takes it that the order's operator family has for it. */
function rangeOffset(
  scope: Scope,
  bound: Expression,
  orderBy: readonly SortKey[],
  position: number | undefined,
): { readonly offset: Expression; readonly inRange: Oid } {
  const { names } = scope;
  const key = orderBy[0];
  if (!key || orderBy.length > 1) {
    const message = "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column";
    throw new SqlError("42P20", message).at(position);
  }
  const meaning = btreeMeanings(names, key.operator).find(
    ({ strategy, left, right }) => (strategy === 1 || strategy === 5) && left === right,
  );
  const column = `column type ${typeText(names, meaning?.left ?? key.expression.type)}`;
  const offset = `offset type ${typeText(names, bound.type)}`;
  const fail = (what: string, hint?: string) =>
    new SqlError("0A000", `RANGE with offset PRECEDING/FOLLOWING ${what}`, hint ? { hint } : {}).at(
      positionOf(bound),
    );
  const all = meaning ? names.builtin.inRange(meaning.family, meaning.left) : [];
  if (all.length === 0) throw fail(`is not supported for ${column}`);
  const fitting = all.filter((each) => coercesTo(names, bound.type, each.offset, "implicit"));
  if (fitting.length === 0) {
    const hint = "Cast the offset value to an appropriate type.";
    throw fail(`is not supported for ${column} and ${offset}`, hint);
  }
  const preferred = bound.type === UNKNOWN ? meaning?.left : bound.type;
  const chosen = fitting.find((each) => each.offset === preferred) ?? fitting.at(-1);
  if (!chosen || (fitting.length > 1 && chosen.offset !== preferred)) {
    const hint = "Cast the offset value to the exact intended type.";
    throw fail(`has multiple interpretations for ${column} and ${offset}`, hint);
  }
  const type = typeText(names, chosen.offset);
  return {
    offset: coerceToSpecific(scope, bound, chosen.offset, type, "RANGE"),
    inRange: chosen.function,
  };
}
