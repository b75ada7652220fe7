/** Rows on their way to the client. */
import type { ResultSink } from "./api.ts";
import type { RowSource } from "./command.ts";
import type { ResultRow } from "./engine.ts";
import { FileOutput } from "./server-files.ts";
import type { SessionState } from "./state.ts";

/** Where rows go, at its own pace. */
type Drain = Pick<ResultSink, "full" | "drained">;

/** Hands one row to the sink. */
type Send = (row: ResultRow) => void;

export const isAtHand = (source: RowSource): source is readonly ResultRow[] =>
  Array.isArray(source);

/** Takes batch after batch, under cancel and statement_timeout. */
export async function pull(
  state: SessionState,
  source: AsyncIterable<readonly ResultRow[]>,
  take: (batch: readonly ResultRow[]) => void | Promise<void>,
): Promise<void> {
  const iterator = source[Symbol.asyncIterator]();
  const stop = () => void iterator.return?.();
  for (;;) {
    const next = await state.interrupts.wait(iterator.next(), stop, state.statementTimeouts());
    if (next.done) return;
    try {
      await take(next.value);
    } catch (error) {
      stop();
      throw error;
    }
  }
}

/** Sends all rows and returns their number; waits whenever the client does not keep up. */
export function sendRows(
  state: SessionState,
  source: RowSource,
  send: Send,
  sink: Drain,
): number | Promise<number> {
  if (!isAtHand(source)) return sendBatches(state, source, send, sink);
  return sendFrom(state, source, 0, send, sink);
}

function sendFrom(
  state: SessionState,
  rows: readonly ResultRow[],
  from: number,
  send: Send,
  sink: Drain,
): number | Promise<number> {
  for (let at = from; at < rows.length; at++) {
    send(rows[at] as ResultRow);
    if (sink.full) {
      return whenDrained(state, sink).then(() => sendFrom(state, rows, at + 1, send, sink));
    }
  }
  return rows.length;
}

async function sendBatches(
  state: SessionState,
  source: AsyncIterable<readonly ResultRow[]>,
  send: Send,
  sink: Drain,
): Promise<number> {
  let count = 0;
  await pull(state, source, (batch) => {
    count += batch.length;
    const sent = sendFrom(state, batch, 0, send, sink);
    return sent instanceof Promise ? sent.then(() => undefined) : undefined;
  });
  return count;
}

async function whenDrained(state: SessionState, sink: Drain): Promise<void> {
  const isFile = sink instanceof FileOutput;
  state.waitingFor = isFile ? ["IO", "CopyFileWrite"] : ["Client", "ClientWrite"];
  try {
    await state.interrupts.wait(sink.drained(), () => {}, state.statementTimeouts());
  } finally {
    state.waitingFor = undefined;
  }
}

/** The one row of a result that has no more. */
export function firstRow(
  state: SessionState,
  source: RowSource,
): ResultRow | undefined | Promise<ResultRow | undefined> {
  return isAtHand(source) ? source[0] : pullFirst(state, source);
}

async function pullFirst(
  state: SessionState,
  source: AsyncIterable<readonly ResultRow[]>,
): Promise<ResultRow | undefined> {
  let found: ResultRow | undefined;
  await pull(state, source, ([row]) => {
    found ??= row;
  });
  return found;
}
