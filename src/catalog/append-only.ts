/**
 * APPEND-ONLY TABLES: rows are added, and stay as they are. CREATE TABLE … APPEND ONLY keeps that
 * as the storage parameter append_only. https://docs.risingwave.com/sql/commands/sql-create-table
 */
import { notSupported, SqlError } from "../base/sql-error.ts";
import type { StorageAction } from "./alter-action.ts";
import type { ClassTuple } from "./names.ts";
import { isOptionOn } from "./relation-options.ts";

const NAME = "append_only";

export const isAppendOnly = ({ reloptions }: Pick<ClassTuple, "reloptions">): boolean =>
  reloptions !== null && isOptionOn(reloptions, NAME);

const VERBS = { DELETE: "delete from", TRUNCATE: "truncate", UPDATE: "update" } as const;

export const appendOnlyTable = (command: keyof typeof VERBS, name: string): SqlError => {
  const message = `cannot ${VERBS[command]} append-only table "${name}"`;
  return new SqlError("42809", message, { detail: "Its rows stay as they were added." });
};

/** What follows a table may count on it. */
export function refuseAppendOnly({
  kind,
  options,
}: Extract<StorageAction, { readonly kind: "setOptions" | "resetOptions" }>): void {
  const isMeant = options.some(({ name, namespace }) => name === NAME && namespace === undefined);
  const verb = kind === "setOptions" ? "SET" : "RESET";
  if (isMeant) throw notSupported(`ALTER TABLE … ${verb} (${NAME})`);
}
