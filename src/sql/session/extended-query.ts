/**
 * Parse, Bind, Describe, Execute.
 * https://www.postgresql.org/docs/15/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
 */
import { type Oid, oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { Statement } from "../parse/statement.ts";
import type { Scalar } from "../types/scalar.ts";
import { after } from "./after.ts";
import type {
  BindRequest,
  FormatCode,
  PortalDescription,
  ResultColumn,
  ResultSink,
  StatementDescription,
} from "./api.ts";
import { allText } from "./columns.ts";
import type { Command } from "./command.ts";
import { checkBlock } from "./commands.ts";
import { portalTables } from "./current-of.ts";
import type { ResultRow } from "./engine.ts";
import { modifyTag, planModify } from "./modify-commands.ts";
import { cannotBeRun, failing, keepOutcome } from "./portal-rows.ts";
import type { Portal, PortalState } from "./portals.ts";
import { describeStatement, planPrepared, preparedStatementCommand } from "./prepared-commands.ts";
import type { PreparedStatement } from "./prepared-statements.ts";
import { sendRows } from "./rows.ts";
import { decodeValues, formatCode, leftOver } from "./sent-values.ts";
import type { SessionState } from "./state.ts";
import { commitBlock, endsFailedBlock, failedBlock } from "./transaction-commands.ts";

const UNKNOWN = oid(705);
const UNSPECIFIED = oid(0);

type Done = void | Promise<void>;
type Rows = Extract<PortalState, { state: "rows" }>;

/** `statements` are those of the text. Throws 42601 for more than one. */
export function parseMessage(
  state: SessionState,
  name: string,
  text: string,
  statements: readonly Statement[],
  types: readonly Oid[],
): Done {
  if (name === "") state.prepared.delete("");
  const [statement, ...more] = statements;
  if (more.length > 0) {
    throw new SqlError("42601", "cannot insert multiple commands into a prepared statement");
  }
  const preparedAt = state.messageTime;
  const add = (found: Pick<PreparedStatement, "parameterTypes" | "columns">) =>
    state.prepared.add({ name, statement, text, fromSql: false, preparedAt, uses: 0, ...found });
  if (statement === undefined) return add({ parameterTypes: [], columns: undefined });
  checkBlock(state, statement.body);
  const given = types.map((type) => (type === UNKNOWN ? UNSPECIFIED : type));
  if (state.block.state === "failed") return add({ parameterTypes: given, columns: undefined });
  return after(describeStatement(state, statement, given), add);
}

export function bindMessage(state: SessionState, request: BindRequest): Done {
  const prepared = state.prepared.get(request.statement);
  checkCounts(request, prepared);
  if (prepared.statement !== undefined) checkBlock(state, prepared.statement.body);
  if (request.portal === "") state.portals.delete("");
  if (state.portals.find(request.portal) !== undefined) {
    throw new SqlError("42P03", `cursor "${request.portal}" already exists`);
  }
  const parameters = decodeParameters(state, request, prepared);
  const kind = request.portal === "" ? "portal" : "cursor";
  return after(bindCommand(state, prepared, parameters, kind), (command) => {
    const columns = command?.columns;
    state.portals.add({
      relations: kind === "cursor" ? (command?.relations ?? []) : [],
      name: request.portal,
      statement: prepared.statement,
      text: prepared.text,
      columns,
      formats: columns === undefined ? [] : resultFormats(request.resultFormats, columns),
      cursor: undefined,
      createdAt: state.messageTime,
      tag: prepared.statement?.tag ?? "",
      level: state.block.depth,
      hold: false,
      tables: command && portalTables(state, command),
      answer: command === undefined ? { state: "finished" } : { state: "ready", command },
    });
  });
}

/** undefined for an empty text. */
function bindCommand(
  state: SessionState,
  prepared: PreparedStatement,
  parameters: readonly Scalar[],
  kind: "portal" | "cursor",
): Command | undefined | Promise<Command> {
  if (prepared.statement === undefined) return undefined;
  return preparedStatementCommand(state, prepared, parameters, kind);
}

function checkCounts(request: BindRequest, prepared: PreparedStatement): void {
  const { parameters, parameterFormats: formats } = request;
  if (formats.length > 1 && formats.length !== parameters.length) {
    throw new SqlError(
      "08P01",
      `bind message has ${formats.length} parameter formats but ${parameters.length} parameters`,
    );
  }
  const needed = prepared.parameterTypes.length;
  if (parameters.length !== needed) {
    throw new SqlError(
      "08P01",
      `bind message supplies ${parameters.length} parameters, but prepared statement ` +
        `"${prepared.name}" requires ${needed}`,
    );
  }
}

function decodeParameters(
  state: SessionState,
  request: BindRequest,
  prepared: PreparedStatement,
): readonly Scalar[] {
  const { parameters, parameterFormats: formats, portal } = request;
  if (parameters.length === 0) return [];
  if (state.block.state === "failed") throw failedBlock();
  const sent = { types: prepared.parameterTypes, formats, values: parameters };
  return decodeValues(state, sent, (error, index, shown) => {
    const name = portal === "" ? "unnamed portal" : `portal "${portal}"`;
    const value = shown === undefined ? "" : ` = ${shown}`;
    const where = `${name} parameter $${index + 1}${value}`;
    return leftOver(error, `bind parameter ${index + 1}`).within(where);
  });
}

function resultFormats(
  asked: readonly number[],
  columns: readonly ResultColumn[],
): readonly FormatCode[] {
  if (asked.length > 1 && asked.length !== columns.length) {
    throw new SqlError(
      "08P01",
      `bind message has ${asked.length} result formats but query has ${columns.length} columns`,
    );
  }
  if (asked.length === 0) return allText(columns.length);
  return columns.map((_, at) => formatCode(asked.length > 1 ? asked[at] : asked[0]));
}

/** A query is bound again: what it answers may have changed since Parse. */
export function describePrepared(
  state: SessionState,
  name: string,
): StatementDescription | Promise<StatementDescription> {
  const prepared = state.prepared.get(name);
  const { statement, parameterTypes: parameters } = prepared;
  if (statement === undefined || !answersRows(statement)) return { parameters, columns: undefined };
  if (state.block.state === "failed") throw failedBlock();
  const failed = (failure: unknown): StatementDescription => {
    if (failure instanceof SqlError) return { parameters, columns: undefined, failure };
    throw failure;
  };
  try {
    const found = columnsOf(state, prepared, statement);
    if (!(found instanceof Promise)) return { parameters, columns: found };
    return found.then((columns) => ({ parameters, columns }), failed);
  } catch (error) {
    return failed(error);
  }
}

function columnsOf(state: SessionState, prepared: PreparedStatement, statement: Statement) {
  if (statement.body.kind === "modify") {
    const { parameterTypes } = prepared;
    const planned = planModify(state, statement, statement.body, parameterTypes, true);
    return after(planned, (plan) => plan.columns);
  }
  if (statement.body.kind === "call") return prepared.columns;
  if (statement.body.kind !== "query") {
    return after(state.commandOf(statement), (command) => command.columns);
  }
  return after(planPrepared(state, prepared, statement, statement.body), (plan) => plan.columns);
}

const answersRows = ({ body }: Statement): boolean =>
  body.kind === "query" ||
  (body.kind === "modify" && body.returns) ||
  body.kind === "call" ||
  body.kind === "show" ||
  body.kind === "explain" ||
  body.kind === "execute" ||
  (body.kind === "fetch" && !body.move);

export function describePortal(state: SessionState, name: string): PortalDescription {
  const { columns, formats } = state.portals.getPortal(name);
  if (columns !== undefined && state.block.state === "failed") throw failedBlock();
  return { columns, formats };
}

export function executeMessage(
  state: SessionState,
  name: string,
  maxRows: number,
  sink: ResultSink,
): Done {
  const portal = state.portals.getPortal(name);
  const { statement, answer } = portal;
  if (statement === undefined) return sink.emptyQuery();
  checkBlock(state, statement.body);
  switch (answer.state) {
    case "failed":
      throw cannotBeRun(portal);
    case "finished":
      if (portal.columns === undefined) throw cannotBeRun(portal);
      return sink.commandComplete(finalTag(portal, 0));
    case "rows":
      return failing(portal, () => sendPart(state, portal, answer, maxRows, sink));
    case "ready":
      return failing(portal, () => executeFirst(state, portal, statement, answer, maxRows, sink));
  }
}

function executeFirst(
  state: SessionState,
  portal: Portal,
  statement: Statement,
  { command }: Extract<PortalState, { state: "ready" }>,
  maxRows: number,
  sink: ResultSink,
): Done {
  const isPart = maxRows > 0 && portal.columns !== undefined;
  if (!isPart && portal.cursor === undefined) portal.answer = { state: "finished" };
  return after(command.run(isPart), (outcome): Done => {
    if (outcome.kind === "done") return finish(state, statement, outcome.tag, sink);
    state.inPipeline = true;
    if (isPart || portal.cursor !== undefined) {
      return after(keepOutcome(state, portal, outcome), (rows) =>
        sendPart(state, portal, rows, maxRows, sink),
      );
    }
    return after(sendRows(state, outcome.source, senderOf(state, portal, sink), sink), (count) =>
      sink.commandComplete(finalTag(portal, count)),
    );
  });
}

/** What runs alone is committed at once; the rest waits for Sync. */
function finish(state: SessionState, statement: Statement, tag: string, sink: ResultSink): Done {
  const { kind } = statement.body;
  if (kind !== "begin" && !endsFailedBlock(kind)) state.inPipeline = true;
  if (!state.commitNow || state.block.state !== "implicit") return sink.commandComplete(tag);
  return after(commitBlock(state), () => sink.commandComplete(tag));
}

function sendPart(
  state: SessionState,
  portal: Portal,
  answer: Rows,
  maxRows: number,
  sink: ResultSink,
): Done {
  const { rows, position: from } = answer;
  const most = maxRows > 0 ? from + maxRows : Number.POSITIVE_INFINITY;
  const end = Math.max(Math.min(most, rows.length), from);
  answer.position = end;
  const part = rows.rows(from, end, false);
  return after(sendRows(state, part, senderOf(state, portal, sink), sink), (count) => {
    if (maxRows > 0 && count === maxRows) return sink.portalSuspended();
    if (rows.failure !== undefined) throw rows.failure;
    answer.position = rows.length + 1;
    return sink.commandComplete(finalTag(portal, count));
  });
}

function senderOf(state: SessionState, portal: Portal, sink: ResultSink) {
  const { columns = [], formats } = portal;
  const encode = state.block.transaction.encoder(columns, formats, state.context);
  return (row: ResultRow) => sink.row(encode(row));
}

/** EXECUTE answers as what it executes. */
function finalTag(portal: Portal, count: number): string {
  const { statement } = portal;
  const kind = statement?.body.kind;
  if (statement && kind === "modify") return `${modifyTag(statement)} ${count}`;
  if (statement?.body.kind === "query" && statement.body.tag) return statement.body.tag;
  if (kind === "call") return "CALL";
  if (kind === "show") return "SHOW";
  if (kind === "explain") return "EXPLAIN";
  return kind === "fetch" ? `FETCH ${count}` : `SELECT ${count}`;
}
