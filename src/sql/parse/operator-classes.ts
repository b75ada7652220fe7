/** CREATE OPERATOR CLASS and FAMILY, ALTER OPERATOR FAMILY. */
import type { CreateOpClassItem, Node } from "libpg-query";
import { assert } from "../../base/assert.ts";
import type { FamilyItem, OperatorClassStatement } from "../../catalog/operator-class-statement.ts";
import type { TypeName } from "../../catalog/statement.ts";
import { qualifiedName, stringsOf, typeName } from "./names.ts";
import { objectName } from "./objects.ts";

/** undefined = another statement. */
export function operatorClassStatement(node: Node): OperatorClassStatement | undefined {
  if ("CreateOpClassStmt" in node) {
    const { opclassname, amname, datatype, isDefault, opfamilyname } = node.CreateOpClassStmt;
    assert(datatype, "an operator class is for a type");
    return {
      kind: "createOperatorClass",
      name: qualifiedName(stringsOf(opclassname)),
      method: amname ?? "",
      type: typeName(datatype),
      isDefault: isDefault ?? false,
      ...(opfamilyname ? { family: qualifiedName(stringsOf(opfamilyname)) } : {}),
      items: itemsOf(node.CreateOpClassStmt.items).map(itemOf),
    };
  }
  if ("CreateOpFamilyStmt" in node) {
    const { opfamilyname, amname: method = "" } = node.CreateOpFamilyStmt;
    return { kind: "createOperatorFamily", name: qualifiedName(stringsOf(opfamilyname)), method };
  }
  if (!("AlterOpFamilyStmt" in node)) return undefined;
  const { opfamilyname, amname: method = "", isDrop, items } = node.AlterOpFamilyStmt;
  const family = { name: qualifiedName(stringsOf(opfamilyname)), method };
  if (!isDrop) return { kind: "addToFamily", ...family, items: itemsOf(items).map(itemOf) };
  const dropped = itemsOf(items).map(({ itemtype, number = 0, class_args }) => ({
    kind: itemtype === OPERATOR ? ("operator" as const) : ("function" as const),
    number,
    types: typesIn(class_args),
  }));
  return { kind: "dropFromFamily", ...family, items: dropped };
}

const itemsOf = (nodes: readonly Node[] | undefined): CreateOpClassItem[] =>
  (nodes ?? []).map((node) => {
    assert("CreateOpClassItem" in node, "an operator class has items");
    return node.CreateOpClassItem;
  });

const typesIn = (nodes: readonly Node[] | undefined): TypeName[] =>
  (nodes ?? []).map((node) => {
    assert("TypeName" in node, "types are given");
    return typeName(node.TypeName);
  });

/** OPCLASS_ITEM_… */
const [OPERATOR, FUNCTION] = [1, 2];

function itemOf(item: CreateOpClassItem): FamilyItem {
  const { itemtype, name, number = 0, order_family, class_args, storedtype } = item;
  if (itemtype === OPERATOR) {
    assert(name, "an operator is named");
    const operator = objectName("OBJECT_OPERATOR", { ObjectWithArgs: name });
    assert(operator?.kind === "operator", "it is an operator");
    return {
      ...{ kind: "operator", number, operator },
      hasTypes: (name.objargs ?? []).length > 0,
      ...(order_family ? { orderFamily: qualifiedName(stringsOf(order_family)) } : {}),
    };
  }
  if (itemtype === FUNCTION) {
    assert(name, "a function is named");
    const called = objectName("OBJECT_FUNCTION", { ObjectWithArgs: name });
    assert(called?.kind === "routine", "it is a function");
    return { kind: "function", number, function: called, types: typesIn(class_args) };
  }
  assert(storedtype, "STORAGE has a type");
  return { kind: "storage", type: typeName(storedtype) };
}
