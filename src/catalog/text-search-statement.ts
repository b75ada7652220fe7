/** CREATE of text search objects; ALTER of dictionaries and configurations. */
import type { DefinitionItem } from "./defined-statement.ts";
import type { QualifiedName } from "./statement.ts";

export interface CreateSearchObject {
  readonly kind: "createDictionary" | "createConfiguration" | "createParser" | "createTemplate";
  readonly name: QualifiedName;
  readonly items: readonly DefinitionItem[];
}
export interface AlterDictionary {
  readonly kind: "alterDictionary";
  readonly name: QualifiedName;
  readonly items: readonly DefinitionItem[];
}
export interface AlterConfiguration {
  readonly kind: "alterConfiguration";
  readonly name: QualifiedName;
  /** `alter` takes the place of what the tokens have, `replace` of one dictionary by another. */
  readonly action: "add" | "alter" | "replace" | "drop";
  /** Undefined: all. */
  readonly tokens: readonly string[] | undefined;
  readonly dictionaries: readonly QualifiedName[];
  readonly ifExists: boolean;
}
export type TextSearchStatement = CreateSearchObject | AlterDictionary | AlterConfiguration;
