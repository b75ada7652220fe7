/**
 * What a type is asked about. In an expression `$a`, `$b` are values of the type, `$n` a small
 * whole number, `$i` an interval.
 */
import type { Texts } from "./texts.ts";

export interface Subject {
  /** Name of the file with PostgreSQL's answers. */
  readonly name: string;
  /** As in a definition of a column. */
  readonly type: string;
  readonly texts: Texts;
  /** Values that are always there. */
  readonly edges: readonly string[];
  /** Whether values can be ordered, only be told apart, or neither. */
  readonly order: "btree" | "hash" | "none";
  readonly expressions: readonly string[];
  /** There are min and max. */
  readonly extremes?: boolean;
}

export const each = (names: string): string[] => names.split(" ");
export const casts = (types: string): string[] => each(types).map((type) => `$a::${type}`);
export const infix = (operators: string): string[] => each(operators).map((one) => `$a ${one} $b`);
export const calls = (names: string): string[] => each(names).map((name) => `${name}($a)`);
