/**
 * VACUUM as a statement: which relations it means, who may, and what it says. Each relation is
 * locked only while it is its turn. txn/vacuum.ts does the work, in slices between other sessions'.
 */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { type Notice, notice, SqlError, warning } from "../../base/sql-error.ts";
import type { DdlContext } from "../../catalog/ddl/context.ts";
import { getRelation } from "../../catalog/ddl/lookup.ts";
import { withDescendants } from "../../catalog/inheritance.ts";
import { hasRole } from "../../catalog/memberships.ts";
import type { ClassTuple } from "../../catalog/names.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgDatabase } from "../../catalog/relations/pg-database.ts";
import { pgNamespace } from "../../catalog/relations/pg-namespace.ts";
import type { Swept } from "../../pages/sweep.ts";
import { relationTag } from "../../txn/lock-tag.ts";
import type { Vacuum } from "../../txn/vacuum.ts";
import { Wait } from "../../txn/wait.ts";
import type { StatementContext, VacuumRequest } from "../session/engine.ts";

const PG_CATALOG = 11;
const LOCK = "ShareUpdateExclusive";
/** Relations that have rows of their own. */
const WITH_ROWS = "rmtx";

type Figures = Swept & { readonly scans: number };
const NOTHING: Figures = { removed: 0, remaining: 0, dead: 0, scans: 0 };

export class Vacuuming {
  readonly #vacuum: Vacuum;
  readonly #ddl: DdlContext;
  readonly #context: StatementContext;
  readonly #request: VacuumRequest;

  constructor(vacuum: Vacuum, ddl: DdlContext, context: StatementContext, request: VacuumRequest) {
    this.#vacuum = vacuum;
    this.#ddl = ddl;
    this.#context = context;
    this.#request = request;
  }

  async run(): Promise<void> {
    const { relations, withEntries, shrinks } = this.#request;
    const { transaction } = this.#ddl;
    const isAll = relations.length === 0;
    const targets = isAll ? this.#everything() : relations.flatMap((each) => this.#named(each));
    for (const target of targets.filter((each) => this.#isAllowed(each))) {
      const mark = transaction.mark();
      const relation = await this.#locked(target, isAll);
      if (relation !== undefined) await this.#relation(relation);
      transaction.rollbackTo(mark, false);
    }
    if (!isAll) return;
    const rest = { storages: [], withEntries, removesStorages: true, shrinks };
    await this.#vacuum.runRows(rest, this.#isCancelled);
  }

  /** Of a partitioned table its partitions, which hold the rows. */
  #named(name: VacuumRequest["relations"][number]): readonly ClassTuple[] {
    const relation = getRelation(this.#ddl, name);
    if (relation.relkind !== "p") return [relation];
    const { catalog } = this.#ddl;
    return withDescendants(catalog, relation.oid).flatMap((oid) => {
      const row = catalog.find(pgClass, "key", [oid]);
      return row && row.relkind !== "p" ? [row] : [];
    });
  }

  #everything(): ClassTuple[] {
    const { catalog } = this.#ddl;
    const found = [...catalog.all(pgClass)].filter(({ relkind }) => "rmx".includes(relkind));
    return found.sort((a, b) => a.oid - b.oid);
  }

  /** The owner of the relation, or of the database unless all databases share it. */
  #isAllowed({ relname, relowner, relisshared, relnamespace }: ClassTuple): boolean {
    const { catalog, user } = this.#ddl;
    if (hasRole(catalog, user.oid, relowner)) return true;
    const database = catalog.find(pgDatabase, "key", [catalog.database]);
    if (!relisshared && database && hasRole(catalog, user.oid, database.datdba)) return true;
    const who = relisshared
      ? "superuser"
      : relnamespace === PG_CATALOG
        ? "superuser or database owner"
        : "table or database owner";
    this.#tell(warning("01000", `skipping "${relname}" --- only ${who} can vacuum it`));
    return false;
  }

  /** As it is once it is locked; undefined: it is to be passed over. */
  async #locked({ oid, relname }: ClassTuple, isAll: boolean): Promise<ClassTuple | undefined> {
    const { catalog } = this.#ddl;
    if (!(await this.#lock(oid))) {
      this.#tell(warning("55P03", `skipping vacuum of "${relname}" --- lock not available`));
      return undefined;
    }
    const found = catalog.find(pgClass, "key", [oid]);
    if (found === undefined) {
      const message = `skipping vacuum of "${relname}" --- relation no longer exists`;
      if (!isAll) this.#tell(warning("42P01", message));
      return undefined;
    }
    if (WITH_ROWS.includes(found.relkind)) return found;
    const why = "cannot vacuum non-tables or special system tables";
    this.#tell(warning("01000", `skipping "${relname}" --- ${why}`));
    return undefined;
  }

  async #lock(oid: Oid): Promise<boolean> {
    const { transaction, catalog } = this.#ddl;
    const tag = relationTag(catalog.database, oid);
    if (this.#request.skipLocked) return transaction.tryLock(tag, LOCK);
    for (;;) {
      try {
        transaction.lock(tag, LOCK);
        return true;
      } catch (error) {
        if (!(error instanceof Wait)) throw error;
        await this.#context.wait(error);
      }
    }
  }

  async #relation(relation: ClassTuple): Promise<void> {
    const { catalog, databaseName } = this.#ddl;
    const schema = catalog.find(pgNamespace, "key", [relation.relnamespace])?.nspname;
    const name = `"${databaseName}.${schema}.${relation.relname}"`;
    if (this.#request.verbose) this.#tell(info(`vacuuming ${name}`));
    const isSystem = relation.oid < FIRST_USER_OID;
    const swept = isSystem ? await this.#stored(relation.oid) : await this.#rows(relation);
    if (!this.#request.verbose) return;
    const { removed, remaining, dead, scans } = swept ?? NOTHING;
    this.#tell(
      info(
        `finished vacuuming ${name}: index scans: ${scans}\n` +
          `tuples: ${removed} removed, ${remaining} remain, ` +
          `${dead} are dead but not yet removable`,
      ),
    );
  }

  async #stored(oid: Oid): Promise<Figures | undefined> {
    const [swept] = await this.#vacuum.run([oid], this.#isCancelled);
    return swept && { ...swept, scans: 0 };
  }

  async #rows({ relfilenode }: ClassTuple): Promise<Figures | undefined> {
    const { withEntries, shrinks } = this.#request;
    const isAll = this.#request.relations.length === 0;
    const [swept] = await this.#vacuum.runRows(
      {
        storages: [relfilenode as Oid],
        withEntries,
        removesStorages: false,
        shrinks: shrinks && !isAll,
      },
      this.#isCancelled,
    );
    return swept;
  }

  /** Never true: a cancelled statement ends by its error. */
  readonly #isCancelled = (): boolean => {
    this.#context.interrupts.check();
    const left = this.#context.timeoutMs;
    if (left === undefined || left > 0) return false;
    throw new SqlError("57014", "canceling statement due to statement timeout");
  };

  #tell(said: Notice): void {
    this.#context.notice(said);
  }
}

const info = (message: string): Notice => ({ ...notice(message), severity: "INFO" });
