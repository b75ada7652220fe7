/**
 * THE COLUMNS OF AN INDEX as CREATE INDEX writes them: which column or expression, which collation,
 * which operator class, in which order. The order of the checks is PostgreSQL's.
 */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { type AccessMethod, BTREE } from "../access-methods.ts";
import { isOwnBase } from "../base-types.ts";
import { isNondeterministic } from "../icu.ts";
import type { IndexElement } from "../index-statement.ts";
import { displayName, findAttribute } from "../names.ts";
import { findDefaultOpclass, isBinaryCoercible, type OpclassTuple } from "../opclasses.ts";
import { setOptions } from "../relation-options.ts";
import { pgAmop } from "../relations/pg-amop.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgOpclass } from "../relations/pg-opclass.ts";
import { pgType } from "../relations/pg-type.ts";
import type { QualifiedName } from "../statement.ts";
import { systemColumnType } from "../system-columns.ts";
import { getCollation } from "./columns.ts";
import type { DdlContext } from "./context.ts";
import { getDefaultOpclass } from "./default-opclass.ts";
import type { AttributeTuple } from "./defaults.ts";
import { namespacesOf } from "./find-named.ts";
import { clip, IDENTIFIER_BYTES_MAX } from "./generated-names.ts";
import type { IndexColumn } from "./index-rows.ts";
import type { BoundExpression, BoundIndexExpression } from "./relation-binder.ts";

/** An element after its expression is bound. */
export interface BoundElement {
  readonly element: IndexElement;
  readonly included: boolean;
  readonly expression: BoundIndexExpression | undefined;
}

/** https://www.postgresql.org/docs/15/limits.html */
const INDEX_COLUMNS_MAX = 32;
const DESCENDING = 1;
const NULLS_FIRST = 2;
const NONE = 0 as Oid;

export function checkNumberOfColumns(elements: readonly BoundElement[]): void {
  if (elements.length <= INDEX_COLUMNS_MAX) return;
  throw new SqlError("54011", `cannot use more than ${INDEX_COLUMNS_MAX} columns in an index`);
}

/** Names of the columns in the index: each its own, `expr` where nothing suggests one. */
export function indexColumnNames(elements: readonly BoundElement[]): string[] {
  const names: string[] = [];
  for (const { element, expression } of elements) {
    const made = "column" in element ? element.column : (expression?.name ?? "expr");
    const wanted = element.name ?? made;
    let name = wanted;
    for (let number = 1; names.includes(name); number++) {
      const suffix = String(number);
      name = clip(wanted, IDENTIFIER_BYTES_MAX - suffix.length) + suffix;
    }
    names.push(name);
  }
  return names;
}

/** text_pattern_ops, varchar_pattern_ops, bpchar_pattern_ops */
const patternClasses: ReadonlySet<number> = new Set([4217, 4218, 4219]);

/** `isKey`: the index will carry a constraint. `see` is told of the class of each key. */
export function planIndexColumns(
  context: DdlContext,
  table: Oid,
  method: AccessMethod,
  elements: readonly BoundElement[],
  isKey: boolean,
  see: (at: number, type: Oid, opclass: OpclassTuple) => void = () => {},
): IndexColumn[] {
  const names = indexColumnNames(elements);
  return elements.map((bound, at) => {
    const source = sourceOf(context, table, bound, isKey);
    const named = { name: names[at] ?? "", source: source.of, opclassOptions: null };
    if (bound.included) {
      checkIncluded(bound.element);
      return { ...named, collation: NONE, opclass: undefined, option: 0 };
    }
    const collation = collationOf(context, bound.element, source);
    const opclass = opclassOf(context, bound.element.opclass, source.type, method);
    if (patternClasses.has(opclass.oid) && isNondeterministic(context.catalog, collation)) {
      const message = `nondeterministic collations are not supported for operator class "${opclass.opcname}"`;
      throw new SqlError("0A000", message);
    }
    see(at, source.type, opclass);
    const option = optionOf(bound.element, method);
    const { opclassOptions } = bound.element;
    const set = opclassOptions.length === 0 ? null : setOptions(null, opclassOptions);
    return { ...named, collation, opclass, option, opclassOptions: set };
  });
}

/** 0A000 for strings that are equal though their bytes are not. */
export function refuseNondeterministic(
  { catalog }: DdlContext,
  columns: readonly IndexColumn[],
  what: string,
): void {
  if (!columns.some(({ collation }) => isNondeterministic(catalog, collation))) return;
  throw notSupported(`${what} with a nondeterministic collation`);
}

/** 0A000 for a class of users' that finds other values equal than the type itself does. */
export function checkEquality(context: DdlContext, columns: readonly IndexColumn[]): void {
  refuseNondeterministic(context, columns, "a unique index");
  const { catalog } = context;
  for (const { opclass, source } of columns) {
    if (!opclass || opclass.oid < FIRST_USER_OID) continue;
    const type = source.kind === "column" ? source.attribute.atttypid : source.expression.type;
    const own = findDefaultOpclass(catalog, type, BTREE);
    const equality = ({ opcfamily, opcintype }: OpclassTuple) =>
      catalog.find(pgAmop, "fam_strat", [opcfamily, opcintype, opcintype, EQUAL])?.amopopr;
    const isKnown = own && (own.oid < FIRST_USER_OID || isOwnBase(catalog, own.opcintype));
    const isSame = isKnown && equality(own) === equality(opclass);
    if (!isSame) throw notSupported(`a unique index with operator class "${opclass.opcname}"`);
  }
}

/** The strategy of = in a b-tree. */
const EQUAL = 3;

/** 0A000 for a column that no table keeps. */
export function checkNoSystemColumns(
  columns: readonly IndexColumn[],
  predicate: BoundExpression | undefined,
): void {
  const isSystem = ({ source }: IndexColumn) =>
    source.kind === "column" ? source.attribute.attnum < 0 : source.expression.usesSystemColumn;
  if (!columns.some(isSystem) && !predicate?.usesSystemColumn) return;
  throw new SqlError("0A000", "index creation on system columns is not supported");
}

interface Source {
  readonly of: IndexColumn["source"];
  readonly type: Oid;
  readonly collation: Oid;
}

function sourceOf(context: DdlContext, table: Oid, bound: BoundElement, isKey: boolean): Source {
  const { element, expression, included } = bound;
  if ("column" in element) {
    const attribute = findAttribute(context.catalog, table, element.column);
    if (attribute) return columnSource(attribute);
    const system = systemColumnType(element.column);
    if (system !== undefined) return systemSource(table, system);
    if (isKey) throw undefinedKeyColumn(element.column);
    throw new SqlError("42703", `column "${element.column}" does not exist`);
  }
  if (included) {
    throw new SqlError("0A000", "expressions are not supported in included columns");
  }
  const given = expression as BoundIndexExpression;
  const { type, collation } = given;
  const attribute =
    given.column > 0 && context.catalog.find(pgAttribute, "key", [table, given.column]);
  if (attribute) return { ...columnSource(attribute), collation };
  if (given.mutable) {
    const message = "functions in index expression must be marked IMMUTABLE";
    throw new SqlError("42P17", message);
  }
  return { of: { kind: "expression", expression: given }, type, collation };
}

export const undefinedKeyColumn = (column: string): SqlError =>
  new SqlError("42703", `column "${column}" named in key does not exist`);

const columnSource = (attribute: AttributeTuple): Source => ({
  of: { kind: "column", attribute },
  type: attribute.atttypid,
  collation: attribute.attcollation,
});

/** It is refused when everything else has been said, which its type decides. */
function systemSource(table: Oid, type: Oid): Source {
  const attribute = pgAttribute.view(
    pgAttribute.row({
      attrelid: table,
      attname: "",
      atttypid: type,
      attlen: 4,
      attnum: -1,
      attbyval: true,
      attalign: "i",
      attstorage: "p",
    }),
  );
  return columnSource(attribute);
}

function checkIncluded(element: IndexElement): void {
  const refuse = (what: string) =>
    new SqlError("42P17", `including column does not support ${what}`);
  if (element.collation) throw refuse("a collation");
  if (element.opclass) throw refuse("an operator class");
  if (element.ordering !== "default") throw refuse("ASC/DESC options");
  if (element.nulls !== "default") throw refuse("NULLS FIRST/LAST options");
}

function collationOf(context: DdlContext, element: IndexElement, source: Source): Oid {
  const collation = element.collation ? getCollation(context, element.collation) : source.collation;
  const collatable = context.catalog.find(pgType, "key", [source.type])?.typcollation !== NONE;
  if (collatable && collation === NONE) {
    const message = "could not determine which collation to use for index expression";
    const hint = "Use the COLLATE clause to set the collation explicitly.";
    throw new SqlError("42P22", message, { hint });
  }
  if (!collatable && collation !== NONE) {
    const shown = context.expressions.typeText(source.type);
    throw new SqlError("42804", `collations are not supported by type ${shown}`);
  }
  return collation;
}

/** The default one of the type without a name. Throws 42704, 42804. */
export function opclassOf(
  context: DdlContext,
  written: QualifiedName | undefined,
  type: Oid,
  method: AccessMethod,
): OpclassTuple {
  if (!written) return getDefaultOpclass(context, type, method);
  const { catalog } = context;
  const found = namespacesOf(context, written)
    .map((namespace) =>
      catalog.find(pgOpclass, "am_name_nsp", [method.oid, written.name, namespace]),
    )
    .find((row) => row !== undefined);
  if (!found) {
    const name = displayName(written);
    const message = `operator class "${name}" does not exist for access method "${method.name}"`;
    throw new SqlError("42704", message);
  }
  if (isBinaryCoercible(catalog, type, found.opcintype)) return found;
  const shown = context.expressions.typeText(type);
  const message = `operator class "${displayName(written)}" does not accept data type ${shown}`;
  throw new SqlError("42804", message);
}

function optionOf({ ordering, nulls }: IndexElement, method: AccessMethod): number {
  if (!method.canOrder) {
    const refuse = (what: string) =>
      new SqlError("0A000", `access method "${method.name}" does not support ${what} options`);
    if (ordering !== "default") throw refuse("ASC/DESC");
    if (nulls !== "default") throw refuse("NULLS FIRST/LAST");
    return 0;
  }
  const descending = ordering === "desc";
  const nullsFirst = nulls === "default" ? descending : nulls === "first";
  return (descending ? DESCENDING : 0) | (nullsFirst ? NULLS_FIRST : 0);
}
