/**
 * THE SETTINGS OF ONE SESSION. SET belongs to the transaction: ROLLBACK takes it back, SET LOCAL
 * ends with the transaction, and a savepoint is a length of the list of changes.
 *
 *   effective = local ?? session ?? start      local: until the transaction ends
 *                                              session: until RESET
 *                                              start: what the session began with, RESET's value
 */
import { SqlError } from "../../base/sql-error.ts";
import { keptForm } from "./checks.ts";
import type { SettingDefinition, SettingSource } from "./definition.ts";
import type { Parameters, StartValue } from "./parameters.ts";
import {
  allSettings,
  customSetting,
  findSimilarSetting,
  settingKey,
  settingsByName,
  unrecognizedSetting,
} from "./registry.ts";
import { formatSetting } from "./value.ts";

interface Values {
  readonly session: string | undefined;
  readonly local: string | undefined;
}
const untouched: Values = { session: undefined, local: undefined };

/** Whether a setting (its key) that only superusers change may be changed. */
export type Permission = (setting: string) => boolean;

/** One line of pg_settings. */
export interface SettingRow {
  readonly definition: SettingDefinition;
  readonly value: string;
  readonly resetValue: string;
  readonly source: SettingSource;
}

export class SessionSettings {
  readonly #start = new Map<string, StartValue>();
  readonly #values = new Map<string, Values>();
  readonly #custom = new Map<string, SettingDefinition>();
  /** Changes of the running transaction, with what was before. */
  #changes: { readonly key: string; readonly before: Values }[] = [];
  readonly #derived: (key: string) => string | undefined;
  readonly #seesAll: () => boolean;
  readonly #server: Parameters;
  #serverVersion: number;
  /** Effective values by key, as they are kept and as they are shown, until a change. */
  readonly #keptNow = new Map<string, string>();
  readonly #shownNow = new Map<string, string>();
  #version = 0;
  #reported: Map<string, string> | undefined;
  #reportDue = true;

  /**
   * `server`: what this server is and what all sessions begin with. `derived`: settings whose value
   * is the state of something else (transaction_isolation, is_superuser). `seesAll`: whether the
   * user may see what superusers may.
   */
  constructor(
    server: Parameters,
    derived: (key: string) => string | undefined,
    seesAll: () => boolean = () => this.isOn("is_superuser"),
  ) {
    this.#server = server;
    this.#serverVersion = server.version;
    this.#derived = derived;
    this.#seesAll = seesAll;
  }

  /** ALTER SYSTEM has its effect on what this session did not set: from one message to the next. */
  refresh(): void {
    if (this.#serverVersion === this.#server.version) return;
    this.#serverVersion = this.#server.version;
    this.#changed();
  }

  /**
   * A value that the session starts with, from the startup packet or the catalog. Throws as `set`.
   */
  start(name: string, written: string, source: SettingSource, permitted: Permission): void {
    const key = settingKey(name);
    const definition = this.#definition(name);
    if (definition.context !== "backend") this.#checkContext(definition, permitted);
    const value = this.#parse(definition, name, written);
    this.#start.set(key, { value, source });
    this.#changed();
  }

  /** `written` undefined = DEFAULT. Throws 42704, 42602, 22023, 0A000, 55P02, 42501. */
  set(name: string, written: string | undefined, local: boolean, permitted: Permission): void {
    const definition = this.#definition(name);
    this.#checkContext(definition, permitted);
    const value =
      written === undefined
        ? this.#startOf(definition).value
        : this.#parse(definition, name, written);
    this.assign(name, value, local);
  }

  /**
   * Whether sessions to come may begin with this value, undefined: without one. Of a setting with a
   * dot in its name nothing is known, so that only superusers may, and who was granted it. Returns
   * its own name; throws as `set`.
   */
  checkStored(name: string, written: string | undefined, permitted: Permission): string {
    const definition = this.#definition(name);
    const key = settingKey(name);
    if (!settingsByName.has(key) && !permitted(key)) {
      throw new SqlError("42501", `permission denied to set parameter "${definition.name}"`);
    }
    this.#checkContext(definition, permitted);
    if (written !== undefined) this.#parse(definition, name, written);
    return definition.name;
  }

  /**
   * Whether ALTER SYSTEM may store this value, undefined: none. Returns the setting's own name.
   * Throws 42704, 55P02, 22023, 0A000.
   */
  checkSystem(name: string, written: string | undefined): string {
    const definition = settingsByName.get(settingKey(name));
    if (definition === undefined) {
      const similar = findSimilarSetting(name);
      const hint = similar && `Perhaps you meant the parameter "${similar}".`;
      throw unrecognizedSetting(name, hint === undefined ? {} : { hint });
    }
    if (isFixed(definition)) throw cannotChange(definition, "cannot be changed");
    if (written === undefined) return definition.name;
    keptForm(definition, name, written, definition.initial);
    if (written.includes("\n")) {
      throw new SqlError("22023", "parameter value for ALTER SYSTEM must not contain a newline");
    }
    return definition.name;
  }

  /** Sets a value that is already in its kept form and allowed. */
  assign(name: string, value: string, local: boolean): void {
    const key = settingKey(name);
    const before = this.#values.get(key) ?? untouched;
    this.#change(
      key,
      before,
      local ? { ...before, local: value } : { session: value, local: undefined },
    );
  }

  /** Whether what holds ends with the transaction: SET has not been said since SET LOCAL. */
  isLocal(name: string): boolean {
    return this.#values.get(settingKey(name))?.local !== undefined;
  }

  /** RESET. Throws 42704, 55P02, 42501. */
  reset(name: string, permitted: Permission): void {
    const definition = this.#definition(name);
    this.#checkContext(definition, permitted);
    this.#register(name, definition);
    this.#change(settingKey(name), this.#values.get(settingKey(name)) ?? untouched, untouched);
  }

  resetAll(permitted: Permission): void {
    for (const [key, values] of [...this.#values]) {
      const definition = this.#definition(key);
      const mayChange = definition.context === "user" || permitted(key);
      if (!definition.keptByResetAll && mayChange) this.#change(key, values, untouched);
    }
  }

  #change(key: string, before: Values, after: Values): void {
    this.#changes.push({ key, before });
    this.#values.set(key, after);
    this.#changed();
  }

  #changed(): void {
    this.#version += 1;
    this.#keptNow.clear();
    this.#shownNow.clear();
    this.#reportDue = true;
  }

  /** Whoever asks for values is another: what was derived from them for the one before is not. */
  roleChanged(): void {
    this.#changed();
  }

  /** Another number after each change of any value, derived ones apart. */
  get version(): number {
    return this.#version;
  }

  /** What SHOW prints; undefined when there is no such setting. */
  find(name: string): string | undefined {
    const known = this.#shownNow.get(name);
    if (known !== undefined) return known;
    const key = settingKey(name);
    const definition = settingsByName.get(key) ?? this.#custom.get(key);
    if (definition === undefined) return undefined;
    const shown = formatSetting(definition, this.#kept(key, definition));
    if (name === key && this.#derived(key) === undefined) this.#shownNow.set(key, shown);
    return shown;
  }

  /** As `find`; throws 42704, and 42501 for what only superusers may see. */
  show(name: string): string {
    if (settingsByName.get(settingKey(name))?.superusersOnly && !this.#seesAll()) {
      throw new SqlError(
        "42501",
        `must be superuser or have privileges of pg_read_all_settings to examine "${name}"`,
      );
    }
    const value = this.find(name);
    if (value === undefined) throw unrecognizedSetting(name);
    return value;
  }

  /** The name as it is written in PostgreSQL: timezone → TimeZone. */
  canonicalName(name: string): string {
    return this.#definition(name).name;
  }

  /** The kept form of a built-in setting: milliseconds for timeouts. */
  kept(key: string): string {
    const known = this.#keptNow.get(key);
    if (known !== undefined) return known;
    const value = this.#kept(key, this.#definition(key));
    if (this.#derived(key) === undefined) this.#keptNow.set(key, value);
    return value;
  }
  number(key: string): number {
    return Number(this.kept(key));
  }
  isOn(key: string): boolean {
    return this.kept(key) === "on";
  }

  #kept(key: string, definition: SettingDefinition): string {
    const values = this.#values.get(key);
    return (
      this.#derived(key) ?? values?.local ?? values?.session ?? this.#startOf(definition).value
    );
  }

  /** What SHOW prints of every setting, by lower-case name. */
  shown(): ReadonlyMap<string, string> {
    const shown = new Map<string, string>();
    for (const definition of [...allSettings, ...this.#custom.values()]) {
      const key = settingKey(definition.name);
      shown.set(key, formatSetting(definition, this.#kept(key, definition)));
    }
    return shown;
  }

  /** In the order of SHOW ALL, hidden ones left out. */
  *rows(): Iterable<SettingRow> {
    const seesAll = this.#seesAll();
    const custom = [...this.#custom.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const definition of [...allSettings, ...custom]) {
      if (definition.hidden || (definition.superusersOnly && !seesAll)) continue;
      const key = settingKey(definition.name);
      const values = this.#values.get(key);
      const start = this.#startOf(definition);
      const isSet = values?.local !== undefined || values?.session !== undefined;
      const value = this.#kept(key, definition);
      yield {
        definition,
        value,
        resetValue: start.value,
        source: isSet ? "session" : start.source,
      };
    }
  }

  /** Reported settings that changed since the last call; all of them the first time. */
  *reports(): Iterable<readonly [name: string, value: string]> {
    if (!this.#reportDue) return;
    this.#reportDue = false;
    this.#reported ??= new Map();
    for (const definition of reportedSettings) {
      const value = this.show(definition.name);
      if (this.#reported.get(definition.name) === value) continue;
      this.#reported.set(definition.name, value);
      yield [definition.name, value];
    }
  }
  /** A derived value may have changed. */
  reportLater(): void {
    this.#reportDue = true;
  }

  get mark(): number {
    return this.#changes.length;
  }

  rollbackTo(mark: number): void {
    if (this.#changes.length === mark) return;
    for (let change = this.#changes.pop(); change !== undefined; change = this.#changes.pop()) {
      this.#values.set(change.key, change.before);
      if (this.#changes.length <= mark) break;
    }
    this.#changed();
  }

  /** COMMIT: what was local ends, what was set stays. */
  commit(): void {
    if (this.#changes.length === 0) return;
    for (const { key } of this.#changes) {
      const values = this.#values.get(key);
      if (values?.local !== undefined) this.#values.set(key, { ...values, local: undefined });
    }
    this.#changes = [];
    this.#changed();
  }

  #definition(name: string): SettingDefinition {
    const key = settingKey(name);
    return settingsByName.get(key) ?? this.#custom.get(key) ?? customSetting(name);
  }

  #startOf(definition: SettingDefinition): StartValue {
    const key = settingKey(definition.name);
    return (
      this.#start.get(key) ??
      this.#server.startOf(key) ?? { value: definition.initial, source: "default" }
    );
  }

  #parse(definition: SettingDefinition, name: string, written: string): string {
    this.#register(name, definition);
    return keptForm(definition, name, written, this.#kept(settingKey(name), definition));
  }

  /** A custom setting is known from its first mention on. */
  #register(name: string, definition: SettingDefinition): void {
    const key = settingKey(name);
    if (!settingsByName.has(key)) this.#custom.set(key, definition);
  }

  #checkContext(definition: SettingDefinition, permitted: Permission): void {
    const refuse = refusals[definition.context];
    if (refuse !== undefined) {
      throw cannotChange(definition, refuse);
    }
    if (definition.context === "superuser" && !permitted(settingKey(definition.name))) {
      throw new SqlError("42501", `permission denied to set parameter "${definition.name}"`);
    }
  }
}

const reportedSettings = allSettings.filter((definition) => definition.reported);

const cannotChange = ({ name }: SettingDefinition, why: string): SqlError =>
  new SqlError("55P02", `parameter "${name}" ${why}`);

/** What ALTER SYSTEM cannot store: what the server is, and what belongs to a transaction. */
const isFixed = ({ context, hidden, keptByResetAll }: SettingDefinition): boolean =>
  context === "internal" || context === "postmaster" || hidden === true || keptByResetAll === true;

const refusals: { readonly [context: string]: string } = {
  internal: "cannot be changed",
  postmaster: "cannot be changed without restarting the server",
  sighup: "cannot be changed now",
  backend: "cannot be set after connection start",
};
