/**
 * THE OPTIONS OF A STATEMENT, `(name [value], …)`, as they are written. Whoever runs the statement
 * reads their values when it comes to them, because what comes before decides which error is the
 * first.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/commands/define.c
 */
import { SqlError } from "../base/sql-error.ts";

export type OptionValue =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "integer"; readonly value: number }
  | { readonly kind: "names"; readonly names: readonly string[] }
  | { readonly kind: "star" };

export interface StatementOption {
  readonly name: string;
  /** undefined: the name stands alone. */
  readonly value: OptionValue | undefined;
  readonly position: number | undefined;
}

const requires = (name: string, what: string): SqlError =>
  new SqlError("42601", `${name} requires ${what}`);

/** Throws 42601 without a value. */
export function textOf({ name, value }: StatementOption): string {
  switch (value?.kind) {
    case undefined:
      throw requires(name, "a parameter");
    case "text":
      return value.text;
    case "integer":
      return String(value.value);
    case "names":
      return value.names.join(".");
    case "star":
      return "*";
  }
}

/** true, false, on, off, 1, 0; true without a value. undefined for anything else. */
export function findBoolean(option: StatementOption): boolean | undefined {
  const { value } = option;
  if (value === undefined) return true;
  if (value.kind === "integer") {
    if (value.value === 0 || value.value === 1) return value.value === 1;
    return undefined;
  }
  return booleans.get(textOf(option).toLowerCase());
}

const booleans = new Map([
  ["true", true],
  ["false", false],
  ["on", true],
  ["off", false],
]);

/** Throws 42601 for what is no truth value. */
export function booleanOf(option: StatementOption): boolean {
  const found = findBoolean(option);
  if (found === undefined) throw requires(option.name, "a Boolean value");
  return found;
}

/** An option that is given twice. */
export const conflicting = ({ position }: StatementOption): SqlError =>
  new SqlError("42601", "conflicting or redundant options").at(position);

/** `statement`: REINDEX, EXPLAIN. */
export const unrecognized = ({ name, position }: StatementOption, statement: string): SqlError =>
  new SqlError("42601", `unrecognized ${statement} option "${name}"`).at(position);
