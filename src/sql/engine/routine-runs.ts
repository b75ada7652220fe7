/**
 * ROUTINES AS A TRANSACTION RUNS THEM: those that a session runs before a query, and functions in
 * PL/pgSQL that a query calls while it runs, for each row.
 */

import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { type Field, fieldsOfType } from "../bind/field.ts";
import { bindingOf } from "../bind/query.ts";
import { nullOf, shapeOf } from "../bind/routine-body.ts";
import { isProcedural, type ProcTuple } from "../bind/routine-facts.ts";
import { Parameters, Scope } from "../bind/scope.ts";
import { RECORD } from "../bind/type-oids.ts";
import type { TimeShare } from "../execute/query-runner.ts";
import type { Snapshot } from "../execute/snapshot-reader.ts";
import type { CallTypes, QueryRows } from "../functions/registry.ts";
import type { InlineCodeStatement } from "../parse/statement.ts";
import type { Told } from "../plpgsql/replay.ts";
import { Frame } from "../plpgsql/variables.ts";
import type { ResultRow, RoutineRuns, RowReceiver, StatementContext } from "../session/engine.ts";
import type { RoutineCode } from "../session/routine-code.ts";
import { typeSuffix } from "../translate/emitter.ts";
import { recordOf } from "../types/records.ts";
import type { Scalar } from "../types/scalar.ts";
import type { SessionAdvisoryLocks } from "./advisory-access.ts";
import { CALL_MS_MAX, readingPort, routinePort, runRoutine } from "./body-port.ts";
import type { BodySql } from "./body-sql.ts";
import { domainCheck } from "./copy-insert.ts";
import { codeInline } from "./inline-code.ts";
import { KnownResults, type Surroundings } from "./known-results.ts";
import { codeOf } from "./routines.ts";
import type { SessionSequences } from "./sequence-access.ts";
import type { Writing } from "./writing.ts";
import type { WritingHost } from "./writing-host.ts";

/** Of all that a query calls for its rows: while it runs, no other session does. */
const QUERY_MS_MAX = 2000;

/** What is done once when a statement begins to run, and what its query sees. */
interface Step {
  readonly snapshot?: Snapshot | undefined;
  readonly sequences: Pick<SessionSequences, "beginPass">;
  readonly advisory: Pick<SessionAdvisoryLocks, "beginPass">;
}

interface Called {
  readonly key: string;
  readonly code: RoutineCode;
  readonly strict: boolean;
  /** What is in a row that is to be one value; undefined: rows are as they come. */
  readonly whole: readonly Field[] | undefined;
  /** Of the last call, and where the transaction was then. */
  port?: { readonly of: BodySql; readonly share: TimeShare; readonly mark: number; epoch: number };
}

export class EngineRoutineRuns implements RoutineRuns {
  readonly #host: WritingHost;
  readonly #writing: Writing;
  readonly #step: Step;
  /** Of the call or the query that is running. */
  #share: TimeShare | undefined;
  #domains: { readonly statement: number; readonly check: RowReceiver["checkDomain"] } | undefined;
  readonly #called = new Map<string, Called>();
  readonly #results = new KnownResults();
  /** A body is running. */
  #isCalling = false;
  /** Queries of bodies that may give something else each time. */
  #volatileRuns = 0;
  #statement = -1;
  #changes = 0;

  constructor(host: WritingHost, writing: Writing, step: Step) {
    this.#host = host;
    this.#writing = writing;
    this.#step = step;
  }

  inlineCode(statement: InlineCodeStatement, { user }: StatementContext): RoutineCode {
    return codeInline(this.#host.catalog, user, statement);
  }

  run(
    code: RoutineCode,
    values: readonly Scalar[],
    context: StatementContext,
    told?: Told,
  ): readonly ResultRow[] {
    const { sequences, advisory } = this.#step;
    sequences.beginPass(context.statementNumber, context.user.oid);
    advisory.beginPass(context.statementNumber);
    const port = (share: TimeShare) => routinePort(this.#host, this.#writing, context, code, share);
    return this.#run(code, values, port, told);
  }

  call(
    called: Oid,
    types: CallTypes,
    values: readonly Scalar[],
    context: StatementContext,
  ): readonly ResultRow[] {
    const found = this.#find(called, types, context);
    const { code, key, strict, whole } = found;
    if (strict && values.includes(null)) return [];
    // Within another call it is the statements of that one that would have to be told apart.
    const query = code.readOnly && !this.#isCalling ? this.#share : undefined;
    const snapshot = query && this.#seen();
    const known = query && this.#results.find(key, values, this.#around(query, context));
    if (known) return known;
    const leave = context.effects.enterRoutine(code);
    let rows: readonly ResultRow[];
    try {
      rows = this.#run(code, values, (share) => this.#portOf(found, context, share, snapshot));
    } finally {
      leave();
    }
    if (whole) rows = rows.map((row) => [recordOf(whole, row)]);
    if (query) this.#results.add(key, values, rows, this.#around(query, context));
    return rows;
  }

  /** What the query that calls sees. Rows that became a bulk since would be there twice. */
  #seen(): Snapshot | undefined {
    const { snapshot } = this.#step;
    const { bulks, overlay, mark } = this.#host.transaction.rows;
    if (!snapshot || snapshot.bulks.length !== bulks.length) return undefined;
    if (this.#seenAt?.snapshot === snapshot && this.#seenAt.mark === mark) {
      return this.#seenAt.isWhole ? snapshot : undefined;
    }
    // A table that has got its first rows since cannot be read as it was: it was not there.
    const isThere = (storage: Oid) =>
      this.#host.storedWidth(storage) !== undefined ||
      snapshot.rows.some((each) => each.storage === storage);
    const isWhole = overlay.changes().every(({ storage }) => isThere(storage));
    this.#seenAt = { snapshot, mark, isWhole };
    return isWhole ? snapshot : undefined;
  }
  #seenAt:
    | { readonly snapshot: Snapshot; readonly mark: number; readonly isWhole: boolean }
    | undefined;

  #around(query: TimeShare, { settingsVersion, noticeCount }: StatementContext): Surroundings {
    const { mark } = this.#host.transaction.rows;
    const epoch = this.#host.epoch();
    const done = noticeCount + this.#volatileRuns;
    return { query, mark, epoch, settings: settingsVersion, done };
  }

  checkDomain(domain: Oid, value: Scalar, context: StatementContext): void {
    if (this.#domains?.statement !== context.statementNumber) {
      const check = domainCheck(this.#writing.access(context, []), (bound) =>
        this.#host.planner.translate(bound, context, this.#host.catalog, new Map()),
      );
      this.#domains = { statement: context.statementNumber, check };
    }
    this.#domains.check(domain, value);
  }

  query(text: string, context: StatementContext): QueryRows {
    const outer = this.#share;
    this.#share ??= { ms: CALL_MS_MAX, left: CALL_MS_MAX };
    try {
      const port = readingPort(this.#host, this.#writing, context, this.#share);
      const { columns, rows } = port.execute({ made: text, values: [] }, new Frame(""));
      return { columns: columns ?? [], rows };
    } finally {
      this.#share = outer;
    }
  }

  /** A query that calls functions for its rows. */
  within<T>(query: (share: TimeShare) => T): T {
    if (this.#share) return query(this.#share);
    this.#share = { ms: QUERY_MS_MAX, left: QUERY_MS_MAX };
    try {
      return query(this.#share);
    } finally {
      this.#share = undefined;
    }
  }

  #run(
    code: RoutineCode,
    values: readonly Scalar[],
    port: (share: TimeShare) => BodySql,
    told?: Told,
  ): readonly ResultRow[] {
    const outer = { share: this.#share, isCalling: this.#isCalling };
    this.#share ??= { ms: CALL_MS_MAX, left: CALL_MS_MAX };
    this.#isCalling = true;
    try {
      return runRoutine(port(this.#share), code, values, told);
    } finally {
      this.#share = outer.share;
      this.#isCalling = outer.isCalling;
    }
  }

  /** The same as for the last call, unless something has been written since. */
  #portOf(
    called: Called,
    context: StatementContext,
    share: TimeShare,
    snapshot: Snapshot | undefined,
  ): BodySql {
    const { mark } = this.#host.transaction.rows;
    const epoch = this.#host.epoch();
    const { port } = called;
    if (port && port.share === share && port.mark === mark && port.epoch === epoch) return port.of;
    const of = routinePort(this.#host, this.#writing, context, called.code, share, {
      snapshot,
      noteVolatile: () => {
        this.#volatileRuns++;
      },
    });
    called.port = { of, share, mark, epoch };
    return of;
  }

  /** Within a statement a function stays what it is, unless a body runs DDL. */
  #find(called: Oid, types: CallTypes, context: StatementContext): Called {
    const { statementNumber, catalogChanges } = context;
    const isKnown = this.#statement === statementNumber && this.#changes === catalogChanges;
    if (!isKnown) this.#called.clear();
    this.#statement = statementNumber;
    this.#changes = catalogChanges;
    const key = `${called}/${context.user.oid}/${typeSuffix(types)}`;
    const known = this.#called.get(key);
    if (known) return known;
    const row = context.catalog.find(pgProc, "key", [called]);
    if (!row) throw new SqlError("XX000", `cache lookup failed for function ${called}`);
    const made = { key, ...this.#make(row, types, context) };
    this.#called.set(key, made);
    return made;
  }

  #make(row: ProcTuple, types: CallTypes, context: StatementContext): Omit<Called, "key"> {
    const binding = this.#host.planner.bindContext(context);
    const scope = new Scope(bindingOf(binding, new Parameters([], false)), undefined);
    const args = types.args.map(nullOf);
    const declared = shapeOf(scope, row, { args, type: types.result });
    const collation = 0 as Oid;
    const outputs = types.columns?.map((each) => ({ ...each, collation })) ?? declared.outputs;
    const shape = { ...declared, outputs };
    const isColumns = outputs.length > 1 || types.columns !== undefined;
    const fields = isColumns ? outputs : fieldsOfType(scope, types.result);
    const isInSql = !isProcedural(context.catalog, row);
    const asRecord = isInSql && types.result === RECORD && !isColumns;
    return {
      code: { ...codeOf(row, shape, !isInSql), asRecord },
      strict: row.proisstrict,
      whole: row.proretset && isColumns ? undefined : fields?.filter(({ name }) => name !== ""),
    };
  }
}
