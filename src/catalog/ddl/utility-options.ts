/** Options in parentheses of REINDEX and CLUSTER. */
import { SqlError } from "../../base/sql-error.ts";
import type { UtilityOption } from "../index-statement.ts";

/** An option that is given more than once counts as given last. Throws 42601. */
export function isOn({ name, value }: UtilityOption): boolean {
  const word = value?.toLowerCase() ?? "true";
  if (["true", "on", "1"].includes(word)) return true;
  if (["false", "off", "0"].includes(word)) return false;
  throw new SqlError("42601", `${name} requires a Boolean value`);
}

export const unrecognized = (command: string, { name, position }: UtilityOption): SqlError =>
  new SqlError("42601", `unrecognized ${command} option "${name}"`).at(position);
