/** Prepared statements of a session; PREPARE's and the protocol's share one namespace. */

import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { Statement } from "../parse/statement.ts";
import type { SessionSettings } from "../settings/session-settings.ts";
import type { ResultColumn } from "./api.ts";
import { checkRoom } from "./limits.ts";

export interface PreparedStatement {
  readonly name: string;
  /** undefined = an empty text. */
  readonly statement: Statement | undefined;
  /** The whole text that the client sent. */
  readonly text: string;
  readonly parameterTypes: readonly Oid[];
  /** Of a query: what it answered when it was prepared; it may never answer otherwise. */
  readonly columns: readonly ResultColumn[] | undefined;
  readonly fromSql: boolean;
  readonly preparedAt: bigint;
  /** How often its plan, which serves any parameters, was used. */
  uses: number;
}

export class PreparedStatements {
  readonly #byName = new Map<string, PreparedStatement>();
  readonly #settings: SessionSettings;

  constructor(settings: SessionSettings) {
    this.#settings = settings;
  }

  /** Throws 42P05, 53400. */
  add(prepared: PreparedStatement): void {
    if (prepared.name !== "" && this.#byName.has(prepared.name)) {
      throw new SqlError("42P05", `prepared statement "${prepared.name}" already exists`);
    }
    if (prepared.name !== "") {
      const held = this.#namedCount;
      checkRoom(this.#settings, "max_prepared_statements", "prepared statements", held);
    }
    this.#byName.set(prepared.name, prepared);
  }

  /** The unnamed one apart, which is replaced. */
  get #namedCount(): number {
    return this.#byName.size - (this.#byName.has("") ? 1 : 0);
  }

  /** Throws 26000. */
  get(name: string): PreparedStatement {
    const found = this.#byName.get(name);
    if (found !== undefined) return found;
    throw new SqlError(
      "26000",
      name === ""
        ? "unnamed prepared statement does not exist"
        : `prepared statement "${name}" does not exist`,
    );
  }

  delete(name: string): boolean {
    return this.#byName.delete(name);
  }
  clear(): void {
    this.#byName.clear();
  }

  /** Those with a name, for pg_prepared_statements. */
  *named(): Iterable<PreparedStatement> {
    for (const prepared of this.#byName.values()) if (prepared.name !== "") yield prepared;
  }
}

/** Throws 0A000 when a prepared statement answers otherwise than it promised. */
export function checkSameColumns(
  promised: readonly ResultColumn[] | undefined,
  columns: readonly ResultColumn[],
): void {
  if (promised === undefined || promised === columns) return;
  const same =
    promised.length === columns.length &&
    promised.every((column, at) => {
      const now = columns[at];
      return column.name === now?.name && column.type === now.type && column.typmod === now.typmod;
    });
  if (same) return;
  const message = "cached plan must not change result type";
  // pgjdbc prepares anew and repeats the statement if the error is of this routine.
  throw new SqlError("0A000", message, { routine: "RevalidateCachedQuery" });
}
