/**
 * COPY … FROM: the client's data, or a file's, row by row, into a receiver.
 *
 *   the receiver is opened ──▶ CopyInResponse ──▶ pieces … ──▶ CopyDone ──▶ finish
 *                                                   │ CopyFail, an error
 *                                                   ▼
 *                                        the statement fails, with where it was as CONTEXT
 *
 * Options, columns and privileges are looked at before the client is asked for data; as in
 * PostgreSQL, the kind of the relation is not.
 */

import { SqlError } from "../../base/sql-error.ts";
import { isOwnTemporary } from "../../catalog/names.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { hasInsteadTrigger } from "../../catalog/view-triggers.ts";
import { type CopyFormat, copyFormat } from "../copy/options.ts";
import { type CopyTarget, placed, type RowReader, rowReader } from "../copy/row-reader.ts";
import type { CopyStatement } from "../parse/statement.ts";
import { after } from "./after.ts";
import type { CopyInput, ResultSink } from "./api.ts";
import { done, type Outcome } from "./command.ts";
import { type CopiedRelation, openCopied, optionColumns, refuseProgram } from "./copy-source.ts";
import type { RowReceiver } from "./engine.ts";
import { FileInput, withFile } from "./server-files.ts";
import type { SessionState } from "./state.ts";

/** How long rows are taken before other sessions have their turn. */
const TURN_MS = 10;

export function copyFrom(state: SessionState, body: CopyStatement): Outcome | Promise<Outcome> {
  const { source } = body;
  if (source.kind !== "relation") throw new SqlError("42601", "COPY query must not be FROM");
  const relation = openCopied(state, source.name, source.columns, "INSERT");
  if (state.block.modes.readOnly && !isOwnTemporary(state.context.catalog, relation.row.oid)) {
    throw new SqlError("25006", "cannot execute COPY FROM in a read-only transaction");
  }
  const format = copyFormat(body.options, true);
  checkColumns(format, relation);
  refuseProgram(body);
  const { row, columns } = relation;
  const error = whyNotWritable(relation, state.context.catalog);
  if (error) {
    return withInput(state, body, format, columns.length, () => {
      throw error;
    });
  }
  const target: CopyTarget = { relation: row.relname, columns };
  state.block.noteQuery();
  state.block.noteRows();
  const opened = state.attempt(() =>
    state.block.transaction.openReceiver(
      {
        relation: row.oid,
        schema: relation.schema,
        name: row.relname,
        columns,
        where: body.where,
        marks: state.block.marks,
      },
      state.context,
    ),
  );
  return after(opened, (receiver) =>
    withInput(state, body, format, columns.length, async (input) => {
      const count = await receive(state, target, format, receiver, input);
      return done(`COPY ${count}`);
    }),
  );
}

/** Runs with what the data come from. */
function withInput<T>(
  state: SessionState,
  { file }: CopyStatement,
  format: CopyFormat,
  columns: number,
  work: (input: CopyInput) => Promise<T>,
): Promise<T> {
  if (file !== undefined) {
    const directory = state.context.setting("data_directory") ?? ".";
    return withFile(FileInput.open(file, directory), work);
  }
  return work((state.sink as ResultSink).copyIn(format.kind === "binary" ? 1 : 0, columns));
}

function checkColumns(format: CopyFormat, { all, columns, row }: CopiedRelation): void {
  optionColumns("FORCE_NOT_NULL", format.forceNotNull, all, columns, row.relname);
  optionColumns("FORCE_NULL", format.forceNull, all, columns, row.relname);
}

const unwritable: Readonly<Record<string, string>> = {
  v: "view",
  m: "materialized view",
  S: "sequence",
  x: "source",
};

function whyNotWritable({ row }: CopiedRelation, catalog: CatalogReader): SqlError | undefined {
  if (row.relkind === "r" || row.relkind === "p" || row.relkind === "f") return undefined;
  if (row.relkind === "v" && hasInsteadTrigger(catalog, row.oid, "insert")) return undefined;
  const hint = "To enable copying to a view, provide an INSTEAD OF INSERT trigger.";
  return new SqlError(
    "42809",
    `cannot copy to ${unwritable[row.relkind] ?? "non-table relation"} "${row.relname}"`,
    row.relkind === "v" ? { hint } : {},
  );
}

async function receive(
  state: SessionState,
  target: CopyTarget,
  format: CopyFormat,
  receiver: RowReceiver,
  input: CopyInput,
): Promise<number> {
  const { catalog, user, searchPath, setting, transactionTime } = state.context;
  const { checkDomain } = receiver;
  const types = { catalog, user, searchPath, setting, transactionTime, checkDomain };
  const reader = rowReader(target, format, types);
  try {
    await takeAll(state, input, reader, receiver).catch((error: unknown) => {
      throw placed(error, reader, receiver.isBatched);
    });
    return await receiver.finish();
  } finally {
    state.tellAll();
  }
}

async function takeAll(
  state: SessionState,
  input: CopyInput,
  reader: RowReader,
  receiver: RowReceiver,
): Promise<void> {
  let turnEnd = performance.now() + TURN_MS;
  for (let isMore = true; isMore; ) {
    for (let row = reader.next(); row !== undefined; row = reader.next()) {
      const received = receiver.receive(row);
      if (received !== undefined) await received;
      if (performance.now() < turnEnd) continue;
      await new Promise((resolve) => setImmediate(resolve));
      state.interrupts.check();
      turnEnd = performance.now() + TURN_MS;
    }
    const piece = await nextPiece(state, input);
    isMore = piece !== undefined;
    if (piece === undefined) reader.end();
    else reader.push(piece);
  }
  for (let row = reader.next(); row !== undefined; row = reader.next()) {
    await receiver.receive(row);
  }
}

async function nextPiece(state: SessionState, input: CopyInput): Promise<Buffer | undefined> {
  const piece = input.next();
  if (!(piece instanceof Promise)) return piece;
  const isFile = input instanceof FileInput;
  state.waitingFor = isFile ? ["IO", "CopyFileRead"] : ["Client", "ClientRead"];
  try {
    return await state.interrupts.wait(piece, () => {}, state.statementTimeouts());
  } finally {
    state.waitingFor = undefined;
  }
}
