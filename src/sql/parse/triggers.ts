/** CREATE TRIGGER and ALTER TRIGGER. */
import type { CreateTrigStmt, RenameStmt, TriggerTransition } from "libpg-query";
import type { CreateTrigger, RenameTrigger, Transition } from "../../catalog/trigger-statement.ts";
import { qualifiedName, relationName, stringsOf } from "./names.ts";

export function createTrigger(tree: CreateTrigStmt): CreateTrigger {
  return {
    kind: "createTrigger",
    replace: tree.replace ?? false,
    isConstraint: tree.isconstraint ?? false,
    name: tree.trigname ?? "",
    table: relationName(tree.relation),
    ...(tree.constrrel ? { from: relationName(tree.constrrel) } : {}),
    type: (tree.row ? 1 : 0) | (tree.timing ?? 0) | (tree.events ?? 0),
    columns: stringsOf(tree.columns),
    ...(tree.whenClause === undefined ? {} : { when: { node: tree.whenClause } }),
    transitions: (tree.transitionRels ?? []).flatMap((node) =>
      "TriggerTransition" in node ? [transitionOf(node.TriggerTransition)] : [],
    ),
    function: qualifiedName(stringsOf(tree.funcname)),
    args: stringsOf(tree.args),
    deferrable: tree.deferrable ?? false,
    initiallyDeferred: tree.initdeferred ?? false,
  };
}

const transitionOf = ({ name, isNew, isTable }: TriggerTransition): Transition => ({
  name: name ?? "",
  row: isNew ? "new" : "old",
  isTable: isTable ?? false,
});

export const renameTrigger = ({ relation, subname, newname }: RenameStmt): RenameTrigger => ({
  kind: "renameTrigger",
  table: relationName(relation),
  name: subname ?? "",
  newName: newname ?? "",
});
