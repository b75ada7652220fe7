/**
 * Row constructors and what compares, tests and opens them. Where it can be seen, a row stays its
 * fields; else it is a record (sql/types/records.ts).
 */
import { INVALID_OID, type Oid, oid } from "../../base/ids.ts";
import { notSupported } from "../../base/sql-error.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import { DEFAULT_COLLATION } from "../bind/names.ts";
import type { Expression, Typed } from "../bind/tree.ts";
import { comparisonText, nativeComparison } from "./calls.ts";
import type { Emitter } from "./emitter.ts";
import { type FieldCollations, orderKey, withoutCollation } from "./order-keys.ts";
import { columnText, recordText, type Scope } from "./scope.ts";

const RECORD = 2249;

type Node<K extends Expression["kind"]> = Extract<Expression, { kind: K }>;

/**
 * A row as a value of its own: it carries the types of its fields, and their names where it is of a
 * composite type.
 */
export function emitRow(emitter: Emitter, scope: Scope, node: Node<"row"> & Typed): string {
  const isNamed = node.type !== RECORD || node.names.some((name, at) => name !== `f${at + 1}`);
  const fields = node.args.map((arg, at) => ({
    text: emitter.expression(scope, arg),
    type: arg.type,
    ...(isNamed ? { name: node.names[at] } : {}),
  }));
  return recordText(emitter, fields);
}

export function emitRowCompare(emitter: Emitter, scope: Scope, node: Node<"rowCompare">): string {
  const operands = (side: readonly Expression[]) =>
    side.map((one) => ({ text: emitter.expression(scope, one), type: one.type }));
  const [left, right] = [operands(node.left), operands(node.right)];
  return compareRows(emitter, node, left, right, node.comparison);
}

interface Compared {
  readonly functions: readonly Oid[];
  readonly inputCollations?: FieldCollations;
}

interface Operand {
  readonly text: string;
  readonly type: Expression["type"];
}

/** date, timestamp, timestamptz; and what makes one of the later ones of the earlier ones. */
const moments: readonly number[] = [1082, 1114, 1184];
const casts: readonly (readonly number[])[] = [[], [2024], [1174, 2028]];

function asMoment(emitter: Emitter, { text, type }: Operand, wanted: number): string {
  const from = moments.indexOf(emitter.context.types.base(type));
  if (from === wanted) return text;
  const cast = casts[wanted]?.[from];
  if (from < 0 || cast === undefined) throw notSupported("comparison of rows with these types");
  const result = oid(moments[wanted] as number);
  return `${emitter.scalar(oid(cast), { args: [type], result, variadic: false })}(${text})`;
}

/** SQLite compares rows as PostgreSQL does: of stored forms, or of keys that have their order. */
export function compareRows(
  emitter: Emitter,
  { functions, inputCollations }: Compared,
  left: readonly Operand[],
  right: readonly Operand[],
  comparison: string,
): string {
  const { types } = emitter.context;
  const pairs = functions.map((id, at) => {
    const [a, b] = [left[at], right[at]];
    if (!a || !b) throw notSupported("rows of different lengths");
    const collation = inputCollations?.[at];
    if (collation === INVALID_OID) {
      return [withoutCollation(emitter, "string comparison", a.text, b.text), "0"];
    }
    if (nativeComparison(emitter, id, collation) !== undefined) return [a.text, b.text];
    if (types.base(a.type) !== types.base(b.type)) {
      const widest = Math.max(...[a, b].map(({ type }) => moments.indexOf(types.base(type))));
      return [a, b].map((one) => asMoment(emitter, one, widest));
    }
    const by = { type: a.type, collation: collation ?? DEFAULT_COLLATION };
    return [orderKey(emitter, a.text, by), orderKey(emitter, b.text, by)];
  });
  const [ours, theirs] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
  return `((${ours.join(", ")}) ${comparison} (${theirs.join(", ")}))`;
}

/** (a.f) of a row constructor or of a table's row. */
export function emitField(emitter: Emitter, scope: Scope, node: Node<"field">): string {
  const { arg } = node;
  const place = emitter.context.types.fieldPlace(arg.type, node.field);
  if (node.declared) {
    const record = emitter.expression(scope, arg);
    const types = emitter.constant(node.declared.join());
    return `${emitter.internal("returned_field")}(${record}, ${place}, ${types})`;
  }
  if (arg.kind === "row") {
    const field = arg.args[place - 1];
    if (field && (arg.type !== RECORD || field.type === node.type)) {
      return emitter.expression(scope, field);
    }
  }
  if (arg.kind === "column" && arg.attribute === 0) {
    return columnText(emitter, scope, {
      ...arg,
      attribute: node.field,
      type: node.type,
      typmod: node.typmod,
      collation: node.collation,
    });
  }
  const type = arg.type === RECORD ? `, ${node.type}` : "";
  return `${emitter.internal("record_field")}(${emitter.expression(scope, arg)}, ${place}${type})`;
}

/** A row of a table as one of a table that it inherits from: columns are found by their names. */
export function ancestorsRow(emitter: Emitter, text: string, from: Oid, to: Oid): string {
  const [own, wanted] = [from, to].map((type) => columnsOf(emitter, type));
  const places = wanted?.map(({ attname }) => own?.findIndex((each) => each.attname === attname));
  const shape = {
    places,
    types: wanted?.map(({ atttypid }) => atttypid),
    names: wanted?.map(({ attname }) => attname),
  };
  return `${emitter.internal("record_as")}(${text}, ${emitter.constant(JSON.stringify(shape))})`;
}

function columnsOf({ context: { catalog } }: Emitter, type: Oid) {
  const relation = catalog.find(pgType, "key", [type])?.typrelid ?? INVALID_OID;
  return catalog
    .list(pgAttribute, "key", [relation])
    .filter(({ attnum, attisdropped }) => attnum > 0 && !attisdropped);
}

/** ROW(…) IS NULL: every field is; ROW(…) IS NOT NULL: no field is. */
export function emitRowNullTest(emitter: Emitter, scope: Scope, node: Node<"nullTest">): string {
  if (node.arg.kind !== "row") {
    const name = emitter.internal(node.isNull ? "record_is_null" : "record_is_not_null");
    return `${name}(${emitter.expression(scope, node.arg)})`;
  }
  const tests = node.arg.args.map(
    (field) => `${emitter.expression(scope, field)} IS ${node.isNull ? "" : "NOT "}NULL`,
  );
  return tests.length === 0 ? "1" : `(${tests.join(" AND ")})`;
}

/**
 * (a, b) op (c, d) field by field, for sub-selects; `functions` compare. `hashed`: PostgreSQL looks
 * the left side up among the hashed rows.
 */
export function fieldwise(
  emitter: Emitter,
  { functions, inputCollations }: Compared,
  left: readonly Operand[],
  right: readonly Operand[],
  separator: " AND " | " OR ",
  hashed: boolean,
): string {
  const tests = functions.map((id, at) => {
    const [one, other] = [left[at], right[at]];
    if (!one || !other) throw notSupported("rows of different lengths");
    const collation = inputCollations?.[at];
    if (hashed && collation === INVALID_OID) {
      return withoutCollation(emitter, "string hashing", one.text, other.text);
    }
    return comparisonText(emitter, id, one, other, collation);
  });
  return `(${tests.join(separator)})`;
}
