/** Statements about what this server has not: what they are about has to be there all the same. */
import type { Node } from "libpg-query";
import type { ObjectName, RefusedAbout } from "../../catalog/object-name.ts";
import { commandTag } from "./command-names.ts";

/** undefined = another statement, or one that names nothing that has to be there. */
export function refusedAbout(node: Node): RefusedAbout | undefined {
  const about = altered(node);
  if (!about) return undefined;
  const objects = about.filter((object) => object !== undefined);
  return { kind: "refusedAbout", what: commandTag(node), objects };
}

type About = readonly (ObjectName | undefined)[];

const named = (noun: Extract<ObjectName, { kind: "named" }>["noun"], name = ""): About => [
  { kind: "named", noun, name },
];

function altered(node: Node): About | undefined {
  if ("AlterExtensionStmt" in node) return named("extension", node.AlterExtensionStmt.extname);
  if ("AlterExtensionContentsStmt" in node) {
    return named("extension", node.AlterExtensionContentsStmt.extname);
  }
  return undefined;
}
