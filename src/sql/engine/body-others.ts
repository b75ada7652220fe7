/**
 * STATEMENTS OF BODIES THAT ARE NO QUERIES: DDL within the transaction of the call, done at once
 * with all its work on rows; what is about the session; EXPLAIN.
 */
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { isOwnTemporary } from "../../catalog/names.ts";
import type { DdlStatement } from "../../catalog/statement.ts";
import type { Variables } from "../bind/context.ts";
import type { InlineCodeStatement, Statement } from "../parse/statement.ts";
import type { Rows } from "../plpgsql/port.ts";
import type { Told } from "../plpgsql/replay.ts";
import { placesOf } from "../session/body-effects.ts";
import type {
  ModifyQueryPlan,
  QueryPlan,
  RowsDone,
  StatementContext,
  VacuumRequest,
} from "../session/engine.ts";
import type { RoutineCode } from "../session/routine-code.ts";
import type { Scalar } from "../types/scalar.ts";
import { fieldOf } from "./body-fields.ts";

export interface OthersHost {
  readonly context: StatementContext;
  /** The body is that of a routine that is not volatile. */
  readonly readOnly: boolean;
  runDdl(statement: DdlStatement, tag: string, variables?: Variables): RowsDone | undefined;
  inlineCode(statement: InlineCodeStatement): RoutineCode;
  runProcedure(code: RoutineCode, values: readonly Scalar[], told?: Told): Rows["rows"];
  analyze(request: VacuumRequest): void;
}

const ENDING: ReadonlySet<string> = new Set([
  ...["begin", "commit", "rollback", "savepoint", "release", "rollbackTo"],
  ...["prepareTransaction", "endPrepared"],
]);

export const NOTHING = {
  ...{ columns: undefined, rows: [], count: 0, writes: false, relations: [] },
} as const;

/** What plpgsql itself says of a statement that it cannot run: 0A000. */
export function checkMayStand({ body, tag }: Statement, isMade: boolean): void {
  if (ENDING.has(body.kind)) {
    const message = isMade
      ? "EXECUTE of transaction commands is not implemented"
      : "unsupported transaction command in PL/pgSQL";
    throw new SqlError("0A000", message);
  }
  if (body.kind === "copy" && body.file === undefined) {
    throw new SqlError("0A000", "cannot COPY to/from client in PL/pgSQL");
  }
  if (body.kind === "createTableAs" && tag === "SELECT") {
    throw new SqlError("0A000", "EXECUTE of SELECT ... INTO is not implemented", {
      hint: "You might want to use EXECUTE ... INTO or EXECUTE CREATE TABLE ... AS instead.",
    });
  }
}

export const cannotOpen = (tag: string): SqlError =>
  new SqlError("42P11", `cannot open ${tag} query as cursor`);

/** Throws 0A000. */
export function checkMayWrite({ readOnly }: Pick<OthersHost, "readOnly">, tag: string): void {
  if (readOnly) throw new SqlError("0A000", `${tag} is not allowed in a non-volatile function`);
}

/** Of a plan that writes or locks rows. Throws 0A000 and 25006. */
export function checkWrites(
  host: Pick<OthersHost, "readOnly" | "context">,
  tag: string,
  plan: QueryPlan | ModifyQueryPlan,
): void {
  checkMayWrite(host, tag);
  const { catalog, readOnly } = host.context;
  if (!readOnly) return;
  const relations =
    "targets" in plan
      ? [...plan.targets]
      : plan.relations.flatMap(([relation, mode]) => (mode === "RowShare" ? relation : []));
  if (relations.every((each) => isOwnTemporary(catalog, each))) return;
  throw new SqlError("25006", `cannot execute ${tag} in a read-only transaction`);
}

/** Throws 0A000 for what no body runs. */
export function runOther(
  host: OthersHost,
  statement: Statement,
  variables: () => Variables,
): Omit<Rows, "text" | "tag"> {
  const { body, tag } = statement;
  const { statements } = host.context.effects;
  if (body.kind === "refused") throw body.error;
  if (body.kind === "unsupported") throw notSupported(body.what);
  if (body.kind !== "show") checkMayWrite(host, tag);
  if (body.kind === "inlineCode") {
    host.runProcedure(host.inlineCode(body), []);
    return NOTHING;
  }
  const ddl = statements.beginDdl(statement);
  if (ddl) {
    const seen = ddl.kind === "createTableAs" ? variables() : undefined;
    const done = host.runDdl(ddl, tag, seen);
    return { ...NOTHING, count: done?.kind === "filled" ? done.rows : 0 };
  }
  if (body.kind === "vacuum" && tag === "VACUUM") {
    throw new SqlError("25001", "VACUUM cannot be executed from a function");
  }
  if (body.kind === "vacuum") {
    host.analyze(statements.beginAnalyze(statement, body));
    return NOTHING;
  }
  // Functions are called in messages what they were before search_path changed.
  placesOf(host.context);
  const answer = statements.runOfSession(statement);
  if (!answer) throw notSupported(`${tag} in PL/pgSQL`);
  const { columns, rows } = answer;
  return { ...NOTHING, columns: columns?.map(fieldOf), rows, count: rows.length };
}
