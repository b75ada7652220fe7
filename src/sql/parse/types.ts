/** CREATE TYPE, ALTER TYPE, DROP TYPE, and the same of domains. */
import type {
  AlterEnumStmt,
  AlterTypeStmt,
  CompositeTypeStmt,
  CreateEnumStmt,
  CreateRangeStmt,
  DefineStmt,
  Node,
} from "libpg-query";
import { assert } from "../../base/assert.ts";
import type { TypeName } from "../../catalog/statement.ts";
import type { TypeStatement } from "../../catalog/type-statement.ts";
import { definitionItems } from "./defined.ts";
import { qualifiedName, relationName, stringsOf, typeName } from "./names.ts";
import { columnDefinition } from "./tables.ts";

export function createEnum({ typeName: name, vals }: CreateEnumStmt): TypeStatement {
  return { kind: "createEnum", type: qualifiedName(stringsOf(name)), labels: stringsOf(vals) };
}

export function createComposite({ typevar, coldeflist }: CompositeTypeStmt): TypeStatement {
  const columns = (coldeflist ?? []).map((node) => {
    assert("ColumnDef" in node, "a composite type has columns only");
    return columnDefinition(node.ColumnDef);
  });
  return { kind: "createComposite", type: relationName(typevar), columns };
}

export function createRange({ typeName: name, params }: CreateRangeStmt): TypeStatement {
  const type = qualifiedName(stringsOf(name));
  return { kind: "createRange", type, items: definitionItems(params) };
}

export function alterEnum(tree: AlterEnumStmt): TypeStatement {
  const type = typeNamed(tree.typeName);
  const { oldVal, newVal = "", newValNeighbor, newValIsAfter, skipIfNewValExists } = tree;
  if (oldVal !== undefined) return { kind: "renameLabel", type, label: oldVal, newLabel: newVal };
  const beside =
    newValNeighbor === undefined
      ? {}
      : { beside: { label: newValNeighbor, isAfter: newValIsAfter ?? false } };
  const ifNotExists = skipIfNewValExists ?? false;
  return { kind: "addLabel", type, label: newVal, ...beside, ifNotExists };
}

/** ALTER TYPE … SET */
export const setBase = ({ typeName: name, options }: AlterTypeStmt): TypeStatement => ({
  ...{ kind: "setBase", type: typeNamed(name), items: definitionItems(options) },
});

/** A type by the parts of its name alone. */
export const typeNamed = (names: readonly Node[] | undefined): TypeName =>
  typeName({ names: [...(names ?? [])] });

/** CREATE TYPE of a base type, or of the shell of one. */
export function createBase({ defnames, definition }: DefineStmt): TypeStatement {
  const type = qualifiedName(stringsOf(defnames));
  if (!definition) return { kind: "createShell", type };
  return { kind: "createBase", type, items: definitionItems(definition) };
}
