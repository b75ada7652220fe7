/**
 * WHAT A SETTING IS. The registry is data: names, types, limits, defaults and who may change what
 * are PostgreSQL 15's (pg_settings). https://www.postgresql.org/docs/15/config-setting.html
 */

/**
 * Who may change it: any user, superusers, nobody before the server or the session starts again,
 * nobody.
 */
export type SettingContext =
  | "user"
  | "superuser"
  | "backend"
  | "sighup"
  | "postmaster"
  | "internal";

interface Options {
  readonly context?: SettingContext;
  /** The client is told of changes (ParameterStatus). */
  readonly reported?: true;
  /** SET takes several values; `quoted`: each is an identifier. */
  readonly list?: "plain" | "quoted";
  /** RESET ALL leaves it alone. */
  readonly keptByResetAll?: true;
  /** SHOW ALL and pg_settings leave it out. */
  readonly hidden?: true;
  /** Others neither see it in SHOW ALL nor may ask for it. */
  readonly superusersOnly?: true;
  /** The values that describe what this server does; another one is refused with 0A000. */
  readonly only?: readonly string[];
  readonly detail?: string;
}
interface NumberOptions extends Options {
  readonly unit?: string;
}

export interface SettingBase extends Options {
  readonly name: string;
  readonly category: string;
  readonly description: string;
  readonly context: SettingContext;
  /** Value without SET, as `format` of settings/value.ts takes it: numbers in base units. */
  readonly initial: string;
}
export type SettingDefinition = SettingBase &
  (
    | { readonly type: "bool" | "string" }
    | { readonly type: "enum"; readonly values: readonly string[] }
    | {
        readonly type: "integer" | "real";
        readonly min: number;
        readonly max: number;
        readonly unit?: string;
      }
  );

export function bool(
  name: string,
  initial: string,
  description: string,
  options: Options = {},
): SettingDefinition {
  return { context: "user", ...options, type: "bool", name, initial, description, category: "" };
}

export function text(
  name: string,
  initial: string,
  description: string,
  options: Options = {},
): SettingDefinition {
  return { context: "user", ...options, type: "string", name, initial, description, category: "" };
}

export function choice(
  name: string,
  initial: string,
  values: readonly string[],
  description: string,
  options: Options = {},
): SettingDefinition {
  const rest = { name, initial, values, description, category: "" };
  return { context: "user", ...options, type: "enum", ...rest };
}

export function integer(
  name: string,
  initial: number,
  [min, max]: readonly [min: number, max: number],
  description: string,
  options: NumberOptions = {},
): SettingDefinition {
  const rest = { name, initial: String(initial), min, max, description, category: "" };
  return { context: "user", ...options, type: "integer", ...rest };
}

export function real(
  name: string,
  initial: number,
  [min, max]: readonly [min: number, max: number],
  description: string,
  options: NumberOptions = {},
): SettingDefinition {
  const rest = { name, initial: String(initial), min, max, description, category: "" };
  return { context: "user", ...options, type: "real", ...rest };
}

export const inCategory = (
  category: string,
  definitions: readonly SettingDefinition[],
): SettingDefinition[] => definitions.map((definition) => ({ ...definition, category }));
