/** Options in parentheses, out of the grammar's trees; see catalog/statement-option.ts. */
import type { Node } from "libpg-query";
import type { OptionValue, StatementOption } from "../../catalog/statement-option.ts";
import { stringsOf } from "./names.ts";
import { positionOf } from "./positions.ts";

export const statementOptions = (nodes: readonly Node[] | undefined): StatementOption[] =>
  (nodes ?? []).flatMap((node) => {
    if (!("DefElem" in node)) return [];
    const { defname = "", arg, location } = node.DefElem;
    const value = arg === undefined ? undefined : optionValue(arg);
    return [{ name: defname, value, position: positionOf(location) }];
  });

function optionValue(node: Node): OptionValue {
  if ("String" in node) return { kind: "text", text: node.String.sval ?? "" };
  if ("Integer" in node) return { kind: "integer", value: node.Integer.ival ?? 0 };
  if ("Float" in node) return { kind: "text", text: node.Float.fval ?? "" };
  if ("Boolean" in node) return { kind: "text", text: node.Boolean.boolval ? "true" : "false" };
  if ("TypeName" in node) return { kind: "text", text: stringsOf(node.TypeName.names).join(".") };
  if ("List" in node) {
    const names = (node.List.items ?? []).map((item) =>
      "String" in item ? (item.String.sval ?? "") : "",
    );
    return { kind: "names", names };
  }
  return { kind: "star" };
}
