/** TEMPORARY RELATIONS: what is one, and how they end. Their schema: temporary-schema.ts. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { OnCommit, Persistence, TableStorage } from "../alter-action.ts";
import { RELATION_CLASS } from "../class-oids.ts";
import { addressOf } from "../describe.ts";
import type { StepStatement } from "../job-statement.ts";
import type { ClassTuple } from "../names.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgNamespace } from "../relations/pg-namespace.ts";
import { findOwnTemporary, findOwnTemporaryToast, isTemporaryName } from "../temporary-names.ts";
import type { DdlContext, StoredQuery } from "./context.ts";
import { dropContents, dropObjects } from "./drop.ts";
import { rewriteTable } from "./rewrite.ts";

/** Whether the query reads something temporary; a sequence is read where its columns are. */
export const isTemporaryQuery = ({ catalog }: DdlContext, { references }: StoredQuery): boolean =>
  references.some(({ classOid, oid: relation, subId }) => {
    if (classOid !== RELATION_CLASS) return false;
    const row = catalog.find(pgClass, "key", [relation]);
    return row?.relpersistence === "t" && (row.relkind !== "S" || subId !== 0);
  });

/** Throws 42P16. */
export function checkOnCommit(storage: TableStorage | undefined, persistence: Persistence): void {
  if (storage?.onCommit === undefined || persistence === "t") return;
  throw new SqlError("42P16", "ON COMMIT can only be used on temporary tables");
}

/** Once the table is staged: what the end of each transaction does with it. */
export function noteOnCommit(
  { onCommit }: DdlContext,
  table: Oid,
  storage: TableStorage | undefined,
): void {
  const action = storage?.onCommit ?? "preserve";
  if (action !== "preserve") onCommit.note(table, action);
}

/** Throws 55006 where the transaction has checks of it put off. */
export function dropTemporary(
  context: DdlContext,
  { of, keepsSchemas }: Extract<StepStatement, { kind: "dropTemporary" }>,
): void {
  const { catalog } = context;
  const own = [findOwnTemporary(catalog), findOwnTemporaryToast(catalog)];
  const all = () => [...catalog.all(pgNamespace)].filter((row) => isTemporaryName(row.nspname));
  const schemas = of === "session" ? own : all();
  const found = schemas.flatMap((schema) => schema?.oid ?? []);
  if (found.length > 0) dropContents(context, found, keepsSchemas);
}

/** The transaction is about to commit. Throws 0A000. */
export function endTemporary(context: DdlContext, tables: ReadonlyMap<Oid, OnCommit>): void {
  const { catalog, rows } = context;
  const those = (action: OnCommit): ClassTuple[] =>
    [...tables].flatMap(([table, its]) =>
      its === action ? (catalog.find(pgClass, "key", [table]) ?? []) : [],
    );
  const dropped = those("drop").map((table) => addressOf(RELATION_CLASS, table.oid));
  const emptied = those("delete");
  checkReferring(context, emptied);
  for (const table of emptied) if (rows.hasRows(table)) rewriteTable(context, table.oid);
  dropObjects({ ...context, notice: () => {} }, dropped, true);
}

/** Tables are emptied together with those that refer to them. */
function checkReferring({ catalog }: DdlContext, emptied: readonly ClassTuple[]): void {
  for (const table of emptied) {
    for (const { contype, conrelid } of catalog.list(pgConstraint, "confrelid", [table.oid])) {
      if (contype !== "f" || emptied.some(({ oid: relation }) => relation === conrelid)) continue;
      const referring = catalog.find(pgClass, "key", [conrelid])?.relname;
      throw new SqlError("0A000", "unsupported ON COMMIT and foreign key combination", {
        detail: `Table "${referring}" references "${table.relname}", but they do not have the same ON COMMIT setting.`,
      });
    }
  }
}
