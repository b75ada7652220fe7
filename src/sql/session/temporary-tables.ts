/** What the ends of transactions do with the session's temporary tables. */
import type { Oid } from "../../base/ids.ts";
import type { OnCommit } from "../../catalog/alter-action.ts";
import type { OnCommitActions } from "../../catalog/ddl/context.ts";

export class TemporaryTables implements OnCommitActions {
  /** Some of the tables may be gone, or never have been committed. */
  readonly #actions = new Map<Oid, OnCommit>();

  get actions(): ReadonlyMap<Oid, OnCommit> {
    return this.#actions;
  }

  note(table: Oid, action: OnCommit): void {
    this.#actions.set(table, action);
  }
}
