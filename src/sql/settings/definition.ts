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

/**
 * Who said so, the weakest first; "configuration file" is ALTER SYSTEM, "global" is ALTER ROLE ALL.
 */
export type SettingSource =
  | "default"
  | "environment variable"
  | "configuration file"
  | "command line"
  | "override"
  | "global"
  | "database"
  | "user"
  | "database user"
  | "client"
  | "session";

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
export interface BoolDefinition extends SettingBase {
  readonly type: "bool";
}
export interface TextDefinition extends SettingBase {
  readonly type: "string";
}
export interface EnumDefinition extends SettingBase {
  readonly type: "enum";
  readonly values: readonly string[];
}
export interface NumberDefinition extends SettingBase {
  readonly type: "integer" | "real";
  readonly min: number;
  readonly max: number;
  readonly unit?: string;
}
export type SettingDefinition = BoolDefinition | TextDefinition | EnumDefinition | NumberDefinition;

/** With its name as a type, so that a list of them says which there are. */
type Named<D, N extends string> = D & { readonly name: N };

export function bool<const N extends string>(
  name: N,
  initial: "on" | "off",
  description: string,
  options: Options = {},
): Named<BoolDefinition, N> {
  return { context: "user", ...options, type: "bool", name, initial, description, category: "" };
}

export function text<const N extends string>(
  name: N,
  initial: string,
  description: string,
  options: Options = {},
): Named<TextDefinition, N> {
  return { context: "user", ...options, type: "string", name, initial, description, category: "" };
}

export function choice<const N extends string, const V extends readonly string[]>(
  name: N,
  initial: V[number],
  values: V,
  description: string,
  options: Options = {},
): Named<EnumDefinition, N> & { readonly values: V } {
  const rest = { name, initial, values, description, category: "" };
  return { context: "user", ...options, type: "enum", ...rest };
}

export function integer<const N extends string>(
  name: N,
  initial: number,
  [min, max]: readonly [min: number, max: number],
  description: string,
  options: NumberOptions = {},
): Named<NumberDefinition, N> {
  const rest = { name, initial: String(initial), min, max, description, category: "" };
  return { context: "user", ...options, type: "integer", ...rest };
}

export function real<const N extends string>(
  name: N,
  initial: number,
  [min, max]: readonly [min: number, max: number],
  description: string,
  options: NumberOptions = {},
): Named<NumberDefinition, N> {
  const rest = { name, initial: String(initial), min, max, description, category: "" };
  return { context: "user", ...options, type: "real", ...rest };
}

export const inCategory = <const D extends readonly SettingDefinition[]>(
  category: string,
  definitions: D,
): D => definitions.map((definition) => ({ ...definition, category })) as unknown as D;
