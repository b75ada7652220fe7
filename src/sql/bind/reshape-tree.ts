/**
 * A STORED TREE AFTER A COMPOSITE TYPE HAS GOT OTHER COLUMNS: constants and row constructors of the
 * type have them, too.
 */
import type { Reshaper } from "../types/reshape.ts";
import { isInner, mapFields, mapItems } from "./map-tree.ts";
import type { Constant, Expression, RowConstructor, Typed } from "./tree.ts";

export function reshapeTree(node: unknown, reshaper: Reshaper): unknown {
  if (!isInner(node)) return node;
  if (Array.isArray(node)) return mapItems(node, (each) => reshapeTree(each, reshaper));
  const made = mapFields(node as Record<string, unknown>, (value) => reshapeTree(value, reshaper));
  if (made["kind"] === "constant") return constant(made as unknown as Constant & Typed, reshaper);
  if (made["kind"] === "row") return row(made as unknown as RowConstructor & Typed, reshaper);
  return made;
}

function constant(node: Constant & Typed, reshaper: Reshaper): Expression {
  const reshape = node.value === null ? undefined : reshaper.of(node.type);
  return reshape ? { ...node, value: reshape(node.value) } : node;
}

function row(node: RowConstructor & Typed, reshaper: Reshaper): Expression {
  const fields = reshaper.fieldsOf(node.type);
  if (!fields) return node;
  const args = fields.map(({ row: column, place }): Expression => {
    const { atttypid: type, atttypmod: typmod, attcollation: collation } = column;
    const none = { kind: "constant", value: null, shown: "NULL", type, typmod, collation } as const;
    return node.args[place] ?? none;
  });
  return { ...node, args, names: fields.map((field) => field.row.attname) };
}
