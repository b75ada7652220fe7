/** CREATE, ALTER and DROP SUBSCRIPTION. */
import type { AlterSubscriptionStmt, Node } from "libpg-query";
import type {
  AlterSubscription,
  CreateSubscription,
  DropSubscription,
} from "../../catalog/defined-statement.ts";
import { stringsOf } from "./names.ts";
import { statementOptions } from "./statement-options.ts";

/** undefined = another statement. */
export function subscriptionStatement(
  node: Node,
): CreateSubscription | AlterSubscription | DropSubscription | undefined {
  if ("CreateSubscriptionStmt" in node) {
    const { subname: name = "", conninfo, publication, options } = node.CreateSubscriptionStmt;
    return {
      kind: "createSubscription",
      name,
      connection: conninfo ?? "",
      publications: stringsOf(publication),
      options: statementOptions(options),
    };
  }
  if ("AlterSubscriptionStmt" in node) {
    const tree = node.AlterSubscriptionStmt;
    return { kind: "alterSubscription", name: tree.subname ?? "", action: action(tree) };
  }
  if (!("DropSubscriptionStmt" in node)) return undefined;
  const { subname: name = "", missing_ok: ifExists = false } = node.DropSubscriptionStmt;
  return { kind: "dropSubscription", name, ifExists };
}

function action(tree: AlterSubscriptionStmt): AlterSubscription["action"] {
  const options = statementOptions(tree.options);
  const publications = stringsOf(tree.publication);
  switch (tree.kind) {
    case "ALTER_SUBSCRIPTION_CONNECTION":
      return { kind: "connection", connection: tree.conninfo ?? "" };
    case "ALTER_SUBSCRIPTION_SET_PUBLICATION":
      return { kind: "set", publications, options };
    case "ALTER_SUBSCRIPTION_ADD_PUBLICATION":
      return { kind: "add", publications, options };
    case "ALTER_SUBSCRIPTION_DROP_PUBLICATION":
      return { kind: "drop", publications, options };
    case "ALTER_SUBSCRIPTION_REFRESH":
      return { kind: "refresh" };
    case "ALTER_SUBSCRIPTION_ENABLED": {
      const [enabled] = options;
      const isTrue = enabled?.value?.kind === "text" && enabled.value.text === "true";
      return { kind: isTrue ? "enable" : "disable" };
    }
    case "ALTER_SUBSCRIPTION_SKIP":
      return { kind: "skip", options };
    default:
      return { kind: "options", options };
  }
}
