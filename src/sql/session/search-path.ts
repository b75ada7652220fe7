/** The names of search_path, "$user" replaced by the current role. */
import { splitIdentifiers } from "../settings/lists.ts";

export function searchPathNames(setting: string, user: string): readonly string[] {
  const names = splitIdentifiers(setting) ?? [];
  return names.includes("$user") ? names.map((name) => (name === "$user" ? user : name)) : names;
}
