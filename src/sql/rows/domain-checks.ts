/** WHAT A DOMAIN IS TO DEMAND NOW, held against the values that a column has. */
import { SqlError } from "../../base/sql-error.ts";
import type { DomainWork } from "../../catalog/ddl/row-work.ts";
import { decodeTree } from "../bind/codec.ts";
import { isInner, mapFields, mapItems } from "../bind/map-tree.ts";
import type { BoundQuery, Expression } from "../bind/tree.ts";
import type { Scalar } from "../types/scalar.ts";
import { type RowStep, stepOf } from "./row-step.ts";
import type { TableShape } from "./table-shape.ts";

type Evaluate = (step: RowStep, values: readonly Scalar[]) => readonly Scalar[];

/** A function that throws 23502 or 23514 for a row that does not fit. */
export function domainCheck(
  { attnum, check }: DomainWork,
  { name: table, schema, columns }: TableShape,
  translate: (bound: BoundQuery) => ReturnType<Parameters<typeof stepOf>[0]>,
  evaluate: Evaluate,
): (row: readonly Scalar[]) => void {
  const column = columns.find(({ number }) => number === attnum)?.name ?? "";
  const refuse = (code: string, what: string): SqlError =>
    new SqlError(code, `column "${column}" of table "${table}" contains ${what}`, {
      ...{ schema, table, column },
    });
  if (check === undefined) {
    return (row) => {
      if (row[attnum - 1] === null) throw refuse("23502", "null values");
    };
  }
  const value = { kind: "column", table: 1, attribute: attnum, levelsUp: 0 } as const;
  const step = stepOf(translate, [withValue(decodeTree(check), value) as Expression], []);
  return (row) => {
    const given = step.rows.map(({ attribute }) => row[attribute - 1] ?? null);
    if (evaluate(step, given)[0] !== 0n) return;
    throw refuse("23514", "values that violate the new constraint");
  };
}

/** The check over a column in place of VALUE; the type is that under the domain, as VALUE's. */
function withValue(node: unknown, value: object): unknown {
  if (Array.isArray(node)) return mapItems(node, (each) => withValue(each, value));
  if (!isInner(node)) return node;
  const fields = node as Record<string, unknown>;
  if (fields["kind"] === "caseTest" && fields["ofDomain"] === true) return { ...fields, ...value };
  return mapFields(fields, (field) => withValue(field, value));
}
