/** COPY … TO: the rows of a query, streamed to the client or into a file. */
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { isRowSecured } from "../../catalog/privileges.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import { type CopyFormat, copyFormat } from "../copy/options.ts";
import { rowWriter } from "../copy/row-writer.ts";
import { copiedTag, queryOfRelation } from "../parse/copy.ts";
import type {
  CopyStatement,
  ModifyStatement,
  QueryStatement,
  Statement,
} from "../parse/statement.ts";
import { noBinaryOutput } from "../types/codec.ts";
import { typeLabel } from "../types/type-names.ts";
import { after } from "./after.ts";
import type { ResultColumn, ResultSink } from "./api.ts";
import { done, type Outcome, type RowSource } from "./command.ts";
import { type CopiedRelation, openCopied, optionColumns, refuseProgram } from "./copy-source.ts";
import { modify, planModify } from "./modify-commands.ts";
import { checkMayRead, planQuery } from "./query-plans.ts";
import { runQuery } from "./routine-commands.ts";
import { sendRows } from "./rows.ts";
import { FileOutput, withFile } from "./server-files.ts";
import type { SessionState } from "./state.ts";

export function copyTo(
  state: SessionState,
  statement: Statement,
  body: CopyStatement,
): Outcome | Promise<Outcome> {
  const { source } = body;
  const relation =
    source.kind === "relation"
      ? openCopied(state, source.name, source.columns, "SELECT")
      : undefined;
  if (relation !== undefined) checkReadable(state, relation);
  const format = copyFormat(body.options, false);
  const copied =
    source.kind === "modify"
      ? returned(state, statement, source)
      : queried(state, statement, queryOf(source, relation), relation);
  return after(copied, ({ columns, run }) => {
    const forced = forcedColumns(format, columns, relation);
    refuseProgram(body);
    const sendTo = (output: CopyOutput) =>
      after(run(), (rows) =>
        after(send(state, format, columns, forced, rows, output), (count) => done(`COPY ${count}`)),
      );
    const { file } = body;
    if (file !== undefined) return withFile(FileOutput.open(file), sendTo);
    return sendTo(state.sink as ResultSink);
  });
}

type CopyOutput = FileOutput | ResultSink;

/** What is copied, ready to run. */
interface Copied {
  readonly columns: readonly ResultColumn[];
  readonly run: () => RowSource | Promise<RowSource>;
}

function queried(
  state: SessionState,
  statement: Statement,
  query: QueryStatement,
  relation: CopiedRelation | undefined,
): Copied | Promise<Copied> {
  const text = relation === undefined ? statement.text : keyOf(relation);
  const asQuery: Statement = { ...statement, body: query, tag: "SELECT", text };
  return after(planQuery(state, asQuery, query, [], false), (plan) => ({
    columns: plan.columns,
    run: () => runQuery(state, plan, []),
  }));
}

/** A statement that writes. Throws 0A000 when it returns nothing. */
function returned(
  state: SessionState,
  statement: Statement,
  body: ModifyStatement,
): Copied | Promise<Copied> {
  const written: Statement = { ...statement, body, tag: copiedTag(body) };
  return after(planModify(state, written, body, [], false), (plan) => {
    const { columns } = plan;
    if (columns === undefined) {
      throw new SqlError("0A000", "COPY query must have a RETURNING clause");
    }
    const run = () => {
      checkMayRead(plan);
      return after(modify(state, written, plan, []), ({ rows }) => rows);
    };
    return { columns, run };
  });
}

/** A plan is kept by its text: what COPY's own means changes with the relation's columns. */
const keyOf = ({ schema, row, columns }: CopiedRelation): string =>
  `COPY ${JSON.stringify([schema, row.relname, ...columns.map(({ name }) => name)])}`;

const HINT = "Try the COPY (SELECT ...) TO variant.";

/** By relkind: in words, and whether a query would do. */
const unreadable: Readonly<Record<string, readonly [what: string, hint: boolean]>> = {
  v: ["view", true],
  m: ["materialized view", true],
  f: ["foreign table", true],
  S: ["sequence", false],
  x: ["source", true],
  p: ["partitioned table", true],
};

function checkReadable({ context }: SessionState, { row }: CopiedRelation): void {
  if (row.relkind === "r") return;
  // With row security it is a query, of the table alone.
  if (row.relkind === "p" && isRowSecured(context.catalog, context.user.oid, row)) return;
  const [what, hint] = unreadable[row.relkind] ?? ["non-table relation", false];
  throw new SqlError(
    "42809",
    `cannot copy from ${what} "${row.relname}"`,
    hint ? { hint: HINT } : {},
  );
}

function queryOf(
  source: Exclude<CopyStatement["source"], ModifyStatement>,
  relation: CopiedRelation | undefined,
): QueryStatement {
  switch (source.kind) {
    case "query":
      return source;
    case "refused":
      throw source.error;
    case "unsupported":
      throw notSupported(source.what);
    case "relation": {
      const { schema = "", row, columns = [] } = relation ?? {};
      const names = columns.map(({ name }) => name);
      return queryOfRelation(schema, row?.relname ?? "", names);
    }
  }
}

function forcedColumns(
  { forceQuote }: CopyFormat,
  columns: readonly ResultColumn[],
  relation: CopiedRelation | undefined,
): readonly boolean[] {
  if (forceQuote === "all") return columns.map(() => true);
  if (relation === undefined) {
    return optionColumns("FORCE_QUOTE", forceQuote, columns, columns, undefined);
  }
  const { all, columns: copied, row } = relation;
  return optionColumns("FORCE_QUOTE", forceQuote, all, copied, row.relname);
}

/** Throws 42883 for a type without a binary form, whether there are values of it or not. */
function checkBinary({ context }: SessionState, columns: readonly ResultColumn[]): void {
  for (const { type } of columns) {
    const row = context.catalog.find(pgType, "key", [type]);
    if (row?.typsend === 0) throw noBinaryOutput(typeLabel(type, context));
  }
}

function send(
  state: SessionState,
  format: CopyFormat,
  columns: readonly ResultColumn[],
  forced: readonly boolean[],
  rows: RowSource,
  output: CopyOutput,
): number | Promise<number> {
  const code = format.kind === "binary" ? 1 : 0;
  output.copyOut(code, columns.length);
  if (code === 1) checkBinary(state, columns);
  const formats = columns.map(() => code);
  const encode = state.block.transaction.encoder(columns, formats, state.context);
  const writer = rowWriter(format, forced);
  const first = writer.begin(columns.map(({ name }) => name));
  if (first !== undefined) output.copyData(first);
  const sent = sendRows(state, rows, (row) => output.copyData(writer.row(encode(row))), output);
  return after(sent, (count) => {
    const last = writer.end();
    if (last !== undefined) output.copyData(last);
    return after(output.copyDone(), () => count);
  });
}
