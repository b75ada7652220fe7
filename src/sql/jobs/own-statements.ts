/**
 * STATEMENTS OF THE SERVER'S OWN, each in a session for it alone, and the rows that it looks at.
 */
import type { Oid } from "../../base/ids.ts";
import type { Logger } from "../../base/logger.ts";
import { SqlError } from "../../base/sql-error.ts";
import { Catalog } from "../../catalog/catalog.ts";
import type { StepStatement } from "../../catalog/job-statement.ts";
import { pgDatabase } from "../../catalog/relations/pg-database.ts";
import { LockOwner } from "../../txn/lock-manager.ts";
import type { Storage } from "../../txn/storage.ts";
import type { Sessions } from "../session/service.ts";
import type { CatalogSession } from "../session/session.ts";

/** Errors that a statement may get by what others do: it is tried again. */
const AGAIN = new Set(["40001", "40P01", "55P03"]);

export const isPassing = (error: unknown): boolean =>
  error instanceof SqlError && AGAIN.has(error.code);

export class OwnStatements {
  readonly #storage: Storage;
  readonly #logger: Logger;
  readonly #running = new Set<Promise<void>>();
  sessions: Sessions | undefined;

  constructor(storage: Storage, logger: Logger) {
    this.#storage = storage;
    this.#logger = logger;
  }

  /** The newest rows of a database. */
  catalog(database: Oid): Catalog {
    return new Catalog(this.#storage.beginReading(database, new LockOwner(0)));
  }

  *catalogs(): Iterable<Catalog> {
    const all = this.catalog(0 as Oid);
    for (const { oid } of all.all(pgDatabase)) yield this.catalog(oid);
  }

  /** Throws 3D000. */
  async open(database: Oid): Promise<CatalogSession> {
    const name = this.catalog(database).find(pgDatabase, "key", [database])?.datname;
    if (name === undefined || !this.sessions) {
      throw new SqlError("3D000", `database ${database} does not exist`);
    }
    return await this.sessions.openInternal(name);
  }

  async run(database: Oid, body: StepStatement): Promise<void> {
    const session = await this.open(database);
    try {
      await session.runInternal(body);
    } finally {
      session.close();
    }
  }

  /** Its failure is logged, but for a lock that somebody holds. */
  attempt(database: Oid, body: StepStatement): Promise<void> {
    const ran = this.run(database, body)
      .catch((error: unknown) => {
        if (isPassing(error)) return;
        this.#logger.error({ err: error, body }, "a statement of a job failed");
      })
      .finally(() => this.#running.delete(ran));
    this.#running.add(ran);
    return ran;
  }

  /** Until those have ended that are under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }
}
