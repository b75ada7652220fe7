/**
 * THE SERVER'S PARAMETERS AS THEY ARE NOW, and what sessions begin with.
 *
 *   value = command line ?? stored ?? environment ?? default
 *
 * `stored` are the rows of rw_catalog.rw_system_parameter, which ALTER SYSTEM writes: read at
 * start, then told by each commit that is applied. They also hold settings of sessions
 * (search_path, work_mem), as PostgreSQL's postgresql.auto.conf does; those are weaker than what
 * ALTER DATABASE and ALTER ROLE say. A stored value that does not fit any more is as if it were
 * not there.
 */
import { z } from "zod";
import { SqlError } from "../../base/sql-error.ts";
import { keptForm } from "./checks.ts";
import type { SettingDefinition, SettingSource } from "./definition.ts";
import { settingKey, settingsByName, unrecognizedSetting } from "./registry.ts";
import {
  isSystemParameter,
  type ParameterName,
  type ParameterValue,
  systemParameter,
} from "./system-parameters.ts";

/** A value in its kept form, and who said so. */
export interface StartValue {
  readonly value: string;
  readonly source: SettingSource;
}
export interface GivenParameter {
  readonly name: ParameterName;
  /** In its kept form. */
  readonly value: string;
  readonly source: "default" | "environment variable" | "command line" | "override";
}

type Listener = () => void;

export class Parameters {
  readonly #given: ReadonlyMap<string, StartValue>;
  readonly #stored = new Map<string, StartValue>();
  readonly #values = new Map<ParameterName, unknown>();
  readonly #listeners = new Map<ParameterName, Set<Listener>>();
  readonly #warn: (message: string) => void;
  #version = 0;

  /** `warn` is told of stored values that do not fit. */
  constructor(given: readonly GivenParameter[] = [], warn: (message: string) => void = () => {}) {
    this.#given = new Map(given.map(({ name, ...start }) => [name, start]));
    this.#warn = warn;
  }

  /** Another number after each change. */
  get version(): number {
    return this.#version;
  }

  /** Numbers are in the parameter's unit. */
  get<N extends ParameterName>(name: N): ParameterValue<N> {
    let value = this.#values.get(name);
    if (value === undefined) {
      const definition = systemParameter(name);
      value = parameterSchema(name).parse(this.startOf(name)?.value ?? definition.initial);
      this.#values.set(name, value);
    }
    return value as ParameterValue<N>;
  }

  /** Calls the listener after each change, until what is returned is called. */
  onChange<N extends ParameterName>(
    name: N,
    listener: (value: ParameterValue<N>) => void,
  ): () => void {
    let last = this.get(name);
    const tell = () => {
      const value = this.get(name);
      if (value === last) return;
      last = value;
      listener(value);
    };
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(tell));
    return () => listeners.delete(tell);
  }

  /** What sessions begin with, if anybody said so; `key`: the name in lower case. */
  startOf(key: string): StartValue | undefined {
    const given = this.#given.get(key);
    const isFirm = given?.source === "command line" || given?.source === "override";
    return isFirm ? given : (this.#stored.get(key) ?? given);
  }

  /** A row of the catalog as it is now; `written` undefined: it is gone. */
  store(name: string, written: string | undefined): void {
    const key = settingKey(name);
    const kept = written === undefined ? undefined : this.#keptForm(key, written);
    if (kept === undefined) this.#stored.delete(key);
    else this.#stored.set(key, { value: kept, source: "configuration file" });
    this.#version += 1;
    if (!isSystemParameter(key)) return;
    this.#values.delete(key);
    for (const tell of this.#listeners.get(key) ?? []) tell();
  }

  #keptForm(key: string, written: string): string | undefined {
    try {
      const definition = settingsByName.get(key);
      if (definition === undefined) throw unrecognizedSetting(key);
      return keptForm(definition, definition.name, written, definition.initial);
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      this.#warn(`the stored value of ${key} is passed over: ${error.message}`);
      return undefined;
    }
  }
}

const wholeNumber = z
  .string()
  .regex(/^-?\d+$/, { error: (issue) => `"${String(issue.input)}" is not a whole number` })
  .transform(Number);

/** A parameter's kept form to its value. */
export function parameterSchema<N extends ParameterName>(name: N): z.ZodType<ParameterValue<N>> {
  return schemaOf(systemParameter(name)) as unknown as z.ZodType<ParameterValue<N>>;
}

function schemaOf(definition: SettingDefinition): z.ZodType {
  switch (definition.type) {
    case "bool":
      return z.enum(["on", "off"]).transform((value) => value === "on");
    case "string":
      return z.string();
    case "enum":
      return z.enum(definition.values as [string, ...string[]]);
    case "integer":
      return wholeNumber.pipe(z.number().min(definition.min).max(definition.max));
    case "real":
      return z.coerce.number().min(definition.min).max(definition.max);
  }
}
