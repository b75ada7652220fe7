/** All settings by their lower-case names, and custom ones with a dot in their name. */
import { levenshtein } from "../../base/levenshtein.ts";
import { SqlError } from "../../base/sql-error.ts";
import { clientSettings } from "./client-settings.ts";
import { inCategory, real, type SettingDefinition, text } from "./definition.ts";
import { jobSettings } from "./job-settings.ts";
import { plannerSettings } from "./planner-settings.ts";
import { serverSettings } from "./server-settings.ts";
import { systemParameters } from "./system-parameters.ts";
import { parseSetting } from "./value.ts";

/** Settings that are words of SQL of their own; SHOW finds them, SHOW ALL does not. */
const spokenSettings: readonly SettingDefinition[] = [
  ...inCategory("Ungrouped", [
    text("role", "none", "Sets the current role.", { hidden: true, keptByResetAll: true }),
    text("session_authorization", "", "Sets the session user name.", {
      hidden: true,
      reported: true,
      keptByResetAll: true,
    }),
    text("is_superuser", "off", "Shows whether the current user is a superuser.", {
      hidden: true,
      reported: true,
      context: "internal",
    }),
    // Nobody is told what it was set to.
    text("seed", "unavailable", "Sets the seed for random-number generation.", {
      hidden: true,
      keptByResetAll: true,
    }),
  ]),
];

/** What seed is set to. Throws 22023. */
export const seedIn = (value: string): number =>
  Number(parseSetting(real("seed", 0, [-1, 1], ""), "seed", value));

/** In the order of SHOW ALL. */
export const allSettings: readonly SettingDefinition[] = [
  ...clientSettings,
  ...jobSettings,
  ...plannerSettings,
  ...serverSettings,
  ...systemParameters,
  ...spokenSettings,
].sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));

export const settingsByName: ReadonlyMap<string, SettingDefinition> = new Map(
  allSettings.map((definition) => [definition.name.toLowerCase(), definition]),
);

/** Names that PostgreSQL, or RisingWave, had before. */
const olderNames: ReadonlyMap<string, string> = new Map([
  ["sort_mem", "work_mem"],
  ["vacuum_mem", "maintenance_work_mem"],
  ["rw_streaming_enable_delta_join", "streaming_enable_delta_join"],
]);

export const settingKey = (name: string): string => {
  const lower = name.toLowerCase();
  return olderNames.get(lower) ?? lower;
};

export const unrecognizedSetting = (
  name: string,
  fields: { readonly hint?: string } = {},
): SqlError => new SqlError("42704", `unrecognized configuration parameter "${name}"`, fields);

/** Edit distance beyond which a name is no suggestion. */
const DISTANCE_MAX = 3;

/** The setting that this may have meant. */
export function findSimilarSetting(name: string): string | undefined {
  const lower = name.toLowerCase();
  let similar: string | undefined;
  let least = Math.min(DISTANCE_MAX, lower.length / 2) + 1;
  for (const { name: known, hidden } of allSettings) {
    if (hidden) continue;
    const distance = levenshtein(lower, known.toLowerCase(), DISTANCE_MAX);
    if (distance < least) [similar, least] = [known, distance];
  }
  return similar;
}

/** The key of what can be a setting, for privileges on it. Throws 42602. */
export function grantedKey(name: string): string {
  const key = settingKey(name);
  if (settingsByName.has(key)) return key;
  try {
    customSetting(name);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    throw new SqlError("42602", `invalid parameter name "${name}"`);
  }
  return key;
}

/** A custom setting: two or more identifiers with dots between. Throws 42704 and 42602. */
export function customSetting(name: string): SettingDefinition {
  if (!name.includes(".")) throw unrecognizedSetting(name);
  if (
    !/^[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*(\.[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)+$/.test(
      name,
    )
  ) {
    throw new SqlError("42602", `invalid configuration parameter name "${name}"`, {
      detail: "Custom parameter names must be two or more simple identifiers separated by dots.",
    });
  }
  const [definition] = inCategory("Customized Options", [text(name, "", "")]);
  return definition as SettingDefinition;
}
