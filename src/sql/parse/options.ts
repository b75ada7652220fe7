/** Storage parameters: WITH, SET, RESET. */
import type { DefElem, Node } from "libpg-query";
import { assert } from "../../base/assert.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { RelationOption } from "../../catalog/index-statement.ts";
import { stringsOf } from "./names.ts";

export function relationOptions(nodes: readonly Node[] | undefined): RelationOption[] {
  return (nodes ?? []).map((node) => {
    const { defnamespace, defname, ...option } = defElem(node);
    const value = optionText(option);
    return {
      ...(defnamespace === undefined ? {} : { namespace: defnamespace }),
      name: defname ?? "",
      ...(value === undefined ? {} : { value }),
    };
  });
}

/** SET (…) and RESET (…) hold their options in a List. */
export const optionItems = (node: Node | undefined): readonly Node[] =>
  node !== undefined && "List" in node ? (node.List.items ?? []) : [];

function defElem(node: Node): DefElem {
  assert("DefElem" in node, "an option is a DefElem");
  return node.DefElem;
}

/** The value of an option as a text, as PostgreSQL's defGetString makes it; undefined = none. */
function optionText({ arg, defname }: DefElem): string | undefined {
  if (arg === undefined) return undefined;
  if ("Integer" in arg) return String(arg.Integer.ival ?? 0);
  if ("Float" in arg) return arg.Float.fval ?? "";
  if ("Boolean" in arg) return arg.Boolean.boolval ? "true" : "false";
  if ("String" in arg) return arg.String.sval ?? "";
  if ("TypeName" in arg) {
    const { names, arrayBounds, pct_type: ofColumn } = arg.TypeName;
    return `${stringsOf(names).join(".")}${ofColumn ? "%TYPE" : ""}${arrayBounds ? "[]" : ""}`;
  }
  if ("List" in arg) return stringsOf(arg.List.items).join(".");
  if ("A_Star" in arg) return "*";
  throw new SqlError("42601", `${defname} requires a parameter`);
}
