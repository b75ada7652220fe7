/**
 * VACUUM and ANALYZE as statements: which relations they mean, who may, and what they say. VACUUM
 * locks each relation only while it is its turn, and txn/vacuum.ts does the work, in slices between
 * other sessions'. VACUUM FULL writes relations anew, as CLUSTER does. What ANALYZE has locked
 * stays so until its rows are committed; see analyzing.ts.
 */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { type Notice, notice, notSupported, SqlError, warning } from "../../base/sql-error.ts";
import type { DdlContext } from "../../catalog/ddl/context.ts";
import { checkNotInUse, getRelation } from "../../catalog/ddl/lookup.ts";
import { rewriteRows } from "../../catalog/ddl/rewrite.ts";
import { refuseForeign } from "../../catalog/foreign-tables.ts";
import { withDescendants } from "../../catalog/inheritance.ts";
import { hasRole } from "../../catalog/memberships.ts";
import { type ClassTuple, isOtherTemporary } from "../../catalog/names.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgDatabase } from "../../catalog/relations/pg-database.ts";
import { pgIndex } from "../../catalog/relations/pg-index.ts";
import { pgNamespace } from "../../catalog/relations/pg-namespace.ts";
import type { Swept } from "../../pages/sweep.ts";
import type { LockMode } from "../../txn/lock-mode.ts";
import { relationTag } from "../../txn/lock-tag.ts";
import type { Vacuum } from "../../txn/vacuum.ts";
import { Wait } from "../../txn/wait.ts";
import { Names } from "../bind/names.ts";
import { Spending } from "../execute/query-runner.ts";
import { atOnce, inTurns, type Steps } from "../rows/steps.ts";
import type { TableWorkEngine } from "../rows/table-work.ts";
import type { StatementContext, VacuumRequest } from "../session/engine.ts";
import { type AnalyzeHost, type AnalyzeSession, Analyzing } from "./analyzing.ts";
import { type DdlHost, type InBody, workOnRows, workQueueOf } from "./ddl-run.ts";
import type { EngineParts } from "./parts.ts";

const PG_CATALOG = 11;
const LOCK = "ShareUpdateExclusive";
/** Kinds of relations that each works on. */
const KINDS = { vacuum: "rmtx", analyze: "rmxp" } as const;
type Work = keyof typeof KINDS;

type Figures = Swept & { readonly scans: number };
const NOTHING: Figures = { removed: 0, remaining: 0, dead: 0, scans: 0 };

interface Target {
  readonly relation: ClassTuple;
  readonly columns: readonly string[];
}

export async function runVacuum(
  host: DdlHost,
  request: VacuumRequest,
  context: StatementContext,
): Promise<void> {
  const rows = workQueueOf(host, context);
  const access = host.writing().access(context, []);
  const ddl = host.ddlContext(context, rows);
  await new Vacuuming(host.parts, ddl, access, context, request).run();
  await workOnRows(host, rows, context, []);
}

/** ANALYZE within a call: nobody else runs in between. May throw a Wait. */
export function analyzeAtOnce(
  host: DdlHost,
  request: VacuumRequest,
  context: StatementContext,
  { share, notice: tell }: InBody,
): void {
  const spending = new Spending(share);
  const access = host.writing().access(context, [], undefined, share);
  const ddl = { ...host.ddlContext(context, workQueueOf(host, context)), notice: tell };
  atOnce(new Vacuuming(host.parts, ddl, access, context, request).analyze());
  spending.end();
}

class Vacuuming {
  readonly #vacuum: Vacuum;
  readonly #host: AnalyzeHost;
  readonly #ddl: DdlContext;
  readonly #context: StatementContext;
  readonly #request: VacuumRequest;

  constructor(
    { storage, builtin }: EngineParts,
    ddl: DdlContext,
    access: TableWorkEngine,
    context: StatementContext,
    request: VacuumRequest,
  ) {
    const { catalog } = ddl;
    const { vacuum, store } = storage;
    const names = new Names(builtin, catalog, context.searchPath);
    const defaultTarget = Number(context.setting("default_statistics_target"));
    this.#vacuum = vacuum;
    this.#host = { catalog, names, store, access, counts: vacuum.counts, defaultTarget };
    this.#ddl = ddl;
    this.#context = context;
    this.#request = request;
  }

  /** ANALYZE alone. */
  *analyze(): Steps<void> {
    for (const target of this.#meant()) yield* this.#analyzeOne(target);
  }

  #meant(): readonly Target[] {
    const { targets } = this.#request;
    const meant = this.#isAll ? this.#everything() : targets.flatMap((each) => this.#named(each));
    return meant.filter(({ relation }) => this.#isAllowed(relation));
  }

  async run(): Promise<void> {
    const { vacuum, analyze } = this.#request;
    for (const target of this.#meant()) {
      if (vacuum?.full && !isSystem(target.relation) && target.relation.relkind !== "p") {
        await this.#writeAnew(target, analyze);
        continue;
      }
      if (vacuum && !(await this.#vacuumOne(target))) continue;
      if (analyze) await inTurns(this.#analyzeOne(target));
    }
    if (!vacuum || !this.#isAll) return;
    await this.#vacuum.runRows(
      { storages: [], removesStorages: true, ...vacuum },
      this.#isCancelled,
    );
  }

  get #isAll(): boolean {
    return this.#request.targets.length === 0;
  }
  get #work(): Work {
    return this.#request.vacuum ? "vacuum" : "analyze";
  }

  /** With a partitioned table its partitions, which hold the rows. */
  #named({ relation: name, columns }: VacuumRequest["targets"][number]): readonly Target[] {
    const relation = getRelation(this.#ddl, name);
    if (this.#request.analyze && isSystem(relation) && KINDS.analyze.includes(relation.relkind)) {
      throw notSupported("ANALYZE of system catalogs");
    }
    if (!this.#request.vacuum) refuseForeign(this.#ddl.catalog, relation);
    if (relation.relkind !== "p") return [{ relation, columns }];
    const { catalog } = this.#ddl;
    return withDescendants(catalog, relation.oid).flatMap((oid) => {
      const row = catalog.find(pgClass, "key", [oid]);
      return row ? [{ relation: row, columns }] : [];
    });
  }

  #everything(): Target[] {
    const { catalog } = this.#ddl;
    const kinds = this.#request.analyze ? KINDS.analyze : "rmx";
    return [...catalog.all(pgClass)]
      .filter(({ relkind }) => kinds.includes(relkind))
      .filter((relation) => this.#request.vacuum || !isSystem(relation))
      .sort((a, b) => a.oid - b.oid)
      .map((relation) => ({ relation, columns: [] }));
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
    this.#tell(warning("01000", `skipping "${relname}" --- only ${who} can ${this.#work} it`));
    return false;
  }

  /** False: it was passed over. */
  async #vacuumOne({ relation }: Target): Promise<boolean> {
    if (relation.relkind === "p") return true;
    const { transaction } = this.#ddl;
    const mark = transaction.mark();
    const locked = await inTurns(this.#locked(relation, "vacuum"));
    if (locked !== undefined) await this.#relation(locked);
    transaction.rollbackTo(mark, false);
    return locked !== undefined;
  }

  /**
   * The rows follow when all relations have their new storages. What is known of the sizes stays,
   * or is measured before.
   */
  async #writeAnew(target: Target, analyze: boolean): Promise<void> {
    const { catalog } = this.#ddl;
    const locked = await inTurns(this.#locked(target.relation, "vacuum", "AccessExclusive"));
    if (locked === undefined || isOtherTemporary(catalog, locked)) return;
    checkNotInUse(this.#ddl, locked, "VACUUM");
    if (analyze) await inTurns(this.#analyzeOne(target));
    if (this.#request.verbose)
      this.#tell(info(`vacuuming "${this.#schemaOf(locked)}.${locked.relname}"`));
    const indexes = catalog.list(pgIndex, "indrelid", [locked.oid]).map((row) => row.indexrelid);
    for (const index of indexes) await inTurns(this.#lock(index, "AccessExclusive"));
    const sizes = [locked.oid, ...indexes].map((oid) => catalog.find(pgClass, "key", [oid]));
    rewriteRows(this.#ddl, locked.oid);
    for (const known of sizes) {
      const row = known && catalog.find(pgClass, "key", [known.oid]);
      if (!row) continue;
      const { relpages, reltuples, relallvisible } = known;
      catalog.update(pgClass, row, { relpages, reltuples, relallvisible });
    }
  }

  #schemaOf({ relnamespace }: ClassTuple): string {
    return this.#ddl.catalog.find(pgNamespace, "key", [relnamespace])?.nspname ?? "";
  }

  *#analyzeOne({ relation, columns }: Target): Steps<void> {
    const { catalog } = this.#ddl;
    if (isSystem(relation)) return;
    const locked = yield* this.#locked(relation, "analyze");
    if (locked === undefined || isOtherTemporary(catalog, locked)) return;
    const say = (message: string) => this.#tell(info(message));
    const session: AnalyzeSession = {
      say: this.#request.verbose ? say : undefined,
      lock: (oid, mode) => this.#lock(oid, mode),
    };
    yield* new Analyzing(this.#host, session).run(locked, columns);
  }

  /** As it is once it is locked; undefined: it is to be passed over. */
  *#locked(
    { oid, relname }: ClassTuple,
    work: Work,
    mode: LockMode = LOCK,
  ): Steps<ClassTuple | undefined> {
    const { catalog } = this.#ddl;
    if (!(yield* this.#lockUnlessHeld(oid, mode))) {
      this.#tell(warning("55P03", `skipping ${work} of "${relname}" --- lock not available`));
      return undefined;
    }
    const found = catalog.find(pgClass, "key", [oid]);
    if (found === undefined) {
      const message = `skipping ${work} of "${relname}" --- relation no longer exists`;
      if (!this.#isAll) this.#tell(warning("42P01", message));
      return undefined;
    }
    if (KINDS[work].includes(found.relkind)) return found;
    const why = `cannot ${work} non-tables or special system tables`;
    this.#tell(warning("01000", `skipping "${relname}" --- ${why}`));
    return undefined;
  }

  *#lockUnlessHeld(oid: Oid, mode: LockMode): Steps<boolean> {
    const { transaction, catalog } = this.#ddl;
    if (this.#request.skipLocked) {
      return transaction.tryLock(relationTag(catalog.database, oid), mode);
    }
    yield* this.#lock(oid, mode);
    return true;
  }

  /** At once: may throw a Wait. */
  *#lock(oid: Oid, mode: LockMode): Steps<void> {
    const { transaction, catalog } = this.#ddl;
    for (;;) {
      try {
        transaction.lock(relationTag(catalog.database, oid), mode);
        return;
      } catch (error) {
        if (!(error instanceof Wait)) throw error;
        yield this.#host.access.wait(error);
      }
    }
  }

  async #relation(relation: ClassTuple): Promise<void> {
    const name = `"${this.#ddl.databaseName}.${this.#schemaOf(relation)}.${relation.relname}"`;
    if (this.#request.verbose) this.#tell(info(`vacuuming ${name}`));
    const swept = isSystem(relation)
      ? await this.#stored(relation.oid)
      : await this.#rows(relation);
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
    const { withEntries = true, shrinks = true } = this.#request.vacuum ?? {};
    const [swept] = await this.#vacuum.runRows(
      {
        storages: [relfilenode as Oid],
        withEntries,
        removesStorages: false,
        shrinks: shrinks && !this.#isAll,
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
    this.#ddl.notice(said);
  }
}

const isSystem = ({ oid }: ClassTuple): boolean => oid < FIRST_USER_OID;
const info = (message: string): Notice => ({ ...notice(message), severity: "INFO" });
