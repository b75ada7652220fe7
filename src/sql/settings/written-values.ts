/** What SET's values are as one text. */
import { SqlError } from "../../base/sql-error.ts";
import type { SettingValue } from "../../catalog/role-statement.ts";
import { quoteIdentifier } from "./lists.ts";
import { settingKey, settingsByName } from "./registry.ts";

/** Lists of identifiers are quoted where they must be. Throws 22023. */
export function joinValues(name: string, values: readonly SettingValue[]): string {
  const list = settingsByName.get(settingKey(name))?.list;
  const [first] = values;
  if (list === undefined) {
    if (values.length > 1) throw new SqlError("22023", `SET ${name} takes only one argument`);
    return String(first ?? "");
  }
  const parts = values.map((value) =>
    list === "quoted" && typeof value === "string" ? quoteIdentifier(value) : String(value),
  );
  return parts.join(", ");
}
