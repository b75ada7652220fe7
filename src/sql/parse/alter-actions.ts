/** Actions of ALTER TABLE that change a column's type or how a relation is stored. */
import type { AlterTableCmd, ColumnDef } from "libpg-query";
import { assert } from "../../base/assert.ts";
import type { FiringState, StorageAction } from "../../catalog/alter-action.ts";
import { optionChanges } from "./foreign.ts";
import { qualifiedName, stringOf, stringsOf, typeName } from "./names.ts";
import { optionItems, relationOptions } from "./options.ts";
import { atLocation } from "./positions.ts";

/** undefined = another action. */
export function storageAction(tree: AlterTableCmd): StorageAction | undefined {
  return columnAction(tree) ?? relationAction(tree) ?? firingAction(tree);
}

function columnAction(tree: AlterTableCmd): StorageAction | undefined {
  const column = tree.name ?? "";
  switch (tree.subtype) {
    case "AT_AlterColumnType":
      assert(tree.def !== undefined && "ColumnDef" in tree.def, "SET DATA TYPE has a type");
      return alterType(column, tree.def.ColumnDef, tree.behavior === "DROP_CASCADE");
    case "AT_SetStatistics":
      assert(tree.def !== undefined && "Integer" in tree.def, "SET STATISTICS has a number");
      return {
        kind: "setStatistics",
        column: tree.name ?? tree.num ?? 0,
        target: tree.def.Integer.ival ?? 0,
      };
    case "AT_SetStorage":
      return { kind: "setStorage", column, storage: stringOf(tree.def) };
    case "AT_SetCompression":
      return { kind: "setCompression", column, method: stringOf(tree.def) };
    case "AT_AlterColumnGenericOptions":
      return {
        kind: "foreignColumnOptions",
        column,
        changes: optionChanges(optionItems(tree.def)),
      };
    case "AT_SetOptions":
    case "AT_ResetOptions":
      return {
        kind: tree.subtype === "AT_SetOptions" ? "setColumnOptions" : "resetColumnOptions",
        column,
        options: relationOptions(optionItems(tree.def)),
      };
    default:
      return undefined;
  }
}

function alterType(column: string, tree: ColumnDef, cascade: boolean): StorageAction {
  const { collClause, raw_default: using } = tree;
  return {
    kind: "alterType",
    column,
    type: typeName(tree.typeName),
    ...(collClause === undefined
      ? {}
      : { collation: qualifiedName(stringsOf(collClause.collname), collClause.location) }),
    ...(using === undefined ? {} : { using: { node: using } }),
    cascade,
    ...atLocation(tree.location),
  };
}

function relationAction(tree: AlterTableCmd): StorageAction | undefined {
  const name = tree.name ?? "";
  switch (tree.subtype) {
    case "AT_GenericOptions":
      return { kind: "foreignOptions", changes: optionChanges(optionItems(tree.def)) };
    case "AT_SetRelOptions":
    case "AT_ResetRelOptions":
      return {
        kind: tree.subtype === "AT_SetRelOptions" ? "setOptions" : "resetOptions",
        options: relationOptions(optionItems(tree.def)),
      };
    case "AT_SetTableSpace":
      return { kind: "setTablespace", tablespace: name };
    case "AT_SetLogged":
      return { kind: "setLogged" };
    case "AT_SetUnLogged":
      return { kind: "setUnlogged" };
    case "AT_DropOids":
      return { kind: "dropOids" };
    case "AT_SetAccessMethod":
      return { kind: "setAccessMethod", method: name };
    case "AT_ClusterOn":
      return { kind: "clusterOn", index: name };
    case "AT_DropCluster":
      return { kind: "dropCluster" };
    case "AT_ReplicaIdentity": {
      assert(tree.def !== undefined && "ReplicaIdentityStmt" in tree.def, "an identity is named");
      const { identity_type: identity, name: index = "" } = tree.def.ReplicaIdentityStmt;
      return { kind: "replicaIdentity", identity: identity as "d" | "f" | "n" | "i", index };
    }
    case "AT_EnableRowSecurity":
    case "AT_DisableRowSecurity":
      return { kind: "rowSecurity", enabled: tree.subtype === "AT_EnableRowSecurity" };
    case "AT_ForceRowSecurity":
    case "AT_NoForceRowSecurity":
      return { kind: "forceRowSecurity", forced: tree.subtype === "AT_ForceRowSecurity" };
    default:
      return undefined;
  }
}

/** Enable and disable, of triggers and of rules: AT_EnableAlwaysTrig, AT_DisableRule, … */
function firingAction(tree: AlterTableCmd): StorageAction | undefined {
  const parts = /^AT_(Enable|EnableAlways|EnableReplica|Disable)(Trig|TrigAll|TrigUser|Rule)$/.exec(
    tree.subtype ?? "",
  );
  if (!parts) return undefined;
  const [, verb = "", object] = parts;
  const state = firingStates[verb] ?? "O";
  const name = tree.name ?? "";
  if (object === "Rule") return { kind: "fireRule", rule: name, state };
  const which = object === "TrigAll" ? "all" : object === "TrigUser" ? "user" : { name };
  return { kind: "fireTriggers", which, state };
}
const firingStates: { readonly [verb: string]: FiringState } = {
  Enable: "O",
  EnableAlways: "A",
  EnableReplica: "R",
  Disable: "D",
};
