/** CREATE EVENT TRIGGER and ALTER EVENT TRIGGER. */
import type { AlterEventTrigStmt, CreateEventTrigStmt, Node } from "libpg-query";
import { assert } from "../../base/assert.ts";
import type {
  AlterEventTrigger,
  CreateEventTrigger,
  EventTriggerStatement,
} from "../../catalog/event-trigger-statement.ts";
import { qualifiedName, stringsOf } from "./names.ts";

/** undefined = another statement. */
export function eventTriggerStatement(node: Node): EventTriggerStatement | undefined {
  if ("CreateEventTrigStmt" in node) return createEventTrigger(node.CreateEventTrigStmt);
  if ("AlterEventTrigStmt" in node) return alterEventTrigger(node.AlterEventTrigStmt);
  return undefined;
}

const createEventTrigger = (tree: CreateEventTrigStmt): CreateEventTrigger => ({
  kind: "createEventTrigger",
  name: tree.trigname ?? "",
  event: tree.eventname ?? "",
  filters: (tree.whenclause ?? []).map((node) => {
    assert("DefElem" in node, "a filter is a variable and its values");
    const { defname: variable = "", arg } = node.DefElem;
    const values = arg && "List" in arg ? stringsOf(arg.List.items) : [];
    return { variable, values };
  }),
  function: qualifiedName(stringsOf(tree.funcname)),
});

const alterEventTrigger = ({ trigname, tgenabled }: AlterEventTrigStmt): AlterEventTrigger => ({
  kind: "alterEventTrigger",
  name: trigname ?? "",
  enabled: tgenabled ?? "",
});
