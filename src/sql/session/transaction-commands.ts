/**
 * BEGIN, COMMIT, ROLLBACK, savepoints, SET TRANSACTION.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/access/transam/xact.c
 */
import { SqlError, warning } from "../../base/sql-error.ts";
import type { TransactionModes, TransactionStatement } from "../parse/statement.ts";
import type { Ending } from "../plpgsql/port.ts";
import { after } from "./after.ts";
import { done, type Outcome } from "./command.ts";
import { flushBehind, flushesBehind } from "./implicit-flush.ts";
import { keepHeld } from "./portal-rows.ts";
import type { SessionState } from "./state.ts";
import { endTemporary } from "./temporary-commands.ts";

/** True for what a failed block still runs. */
export const endsFailedBlock = (kind: string): boolean =>
  ["commit", "rollback", "rollbackTo", "prepareTransaction"].includes(kind);

export const failedBlock = (): SqlError =>
  new SqlError(
    "25P02",
    "current transaction is aborted, commands ignored until end of transaction block",
  );

const noTransaction = () => warning("25P01", "there is no transaction in progress");
const blocksOnly = (what: string) =>
  new SqlError("25P01", `${what} can only be used in transaction blocks`);

export function runTransactionStatement(
  state: SessionState,
  statement: Exclude<TransactionStatement, { kind: "endPrepared" }>,
): Outcome | Promise<Outcome> {
  switch (statement.kind) {
    case "begin":
      return begin(state, statement.modes, statement.start ? "START TRANSACTION" : "BEGIN");
    case "commit":
      return commit(state, statement.chain);
    case "rollback":
      return rollback(state, statement.chain);
    case "savepoint":
      if (state.block.state !== "open") throw blocksOnly("SAVEPOINT");
      state.block.savepoint(statement.name);
      return done("SAVEPOINT");
    case "release":
      if (state.block.state !== "open") throw blocksOnly("RELEASE SAVEPOINT");
      state.portals.release(state.block.release(statement.name));
      return done("RELEASE");
    case "rollbackTo":
      if (state.block.state === "implicit") throw blocksOnly("ROLLBACK TO SAVEPOINT");
      state.portals.rollbackTo(state.block.rollbackTo(statement.name));
      return done("ROLLBACK");
    case "prepareTransaction":
      return prepareTransaction(state);
  }
}

function begin(state: SessionState, modes: TransactionModes, tag: string): Outcome {
  if (state.block.state === "open") {
    state.tell(warning("25001", "there is already a transaction in progress"));
    state.block.setModes(modes);
  } else state.block.begin(modes);
  return done(tag);
}

function commit(state: SessionState, chain: boolean): Outcome | Promise<Outcome> {
  const { block } = state;
  if (block.state === "failed") return rollback(state, chain);
  if (block.state === "implicit") {
    if (chain) throw blocksOnly("COMMIT AND CHAIN");
    state.tell(noTransaction());
  }
  const modes = block.modes;
  return after(commitBlock(state), () => {
    if (chain) block.chain(modes);
    return done("COMMIT");
  });
}

function rollback(state: SessionState, chain: boolean): Outcome {
  const { block } = state;
  if (block.state === "implicit") {
    if (chain) throw blocksOnly("ROLLBACK AND CHAIN");
    state.tell(noTransaction());
  }
  const modes = block.modes;
  abortBlock(state);
  if (chain) block.chain(modes);
  return done("ROLLBACK");
}

/** As in PostgreSQL with max_prepared_transactions = 0: nothing is kept of the transaction. */
function prepareTransaction(state: SessionState): Outcome {
  const { state: before } = state.block;
  if (before !== "open") return rollback(state, false);
  abortBlock(state);
  throw new SqlError("55000", "prepared transactions are disabled", {
    hint: "Set max_prepared_transactions to a nonzero value.",
  });
}

/** COMMIT or ROLLBACK in a procedure, which goes on in another transaction. */
export async function endWithin(state: SessionState, { commits, chain }: Ending): Promise<void> {
  const { block } = state;
  const modes = chain ? block.modes : undefined;
  try {
    if (commits) await commitBlock(state);
    else abortBlock(state);
  } finally {
    block.goOn(modes);
  }
}

/** Commits what runs, and ends its portals. */
export function commitBlock(state: SessionState): void | Promise<void> {
  const flushes = flushesBehind(state);
  const prepared = prepareCommit(state);
  const committed =
    prepared === undefined ? commitNow(state) : prepared.then(() => commitNow(state));
  return flushes ? after(committed, () => flushBehind(state)) : committed;
}

/** What may fail before there is a commit: constraints that were put off, cursors that stay. */
function prepareCommit(state: SessionState): void | Promise<void> {
  const failed = (error: unknown): never => {
    abortBlock(state);
    throw error;
  };
  try {
    const checked = checkDeferred(state);
    const held = checked === undefined ? keepHeld(state) : checked.then(() => keepHeld(state));
    const ended = held === undefined ? endTemporary(state) : held.then(() => endTemporary(state));
    return ended?.catch(failed);
  } catch (error) {
    return failed(error);
  }
}

function checkDeferred(state: SessionState): void | Promise<void> {
  const { deferred } = state.block.begun ?? {};
  if (deferred === undefined || deferred.isEmpty) return undefined;
  return state.attempt(() => deferred.checkAll());
}

function commitNow(state: SessionState): void | Promise<void> {
  const { block, portals } = state;
  try {
    const committed = block.commit({ user: state.user.name, session: state.processId });
    if (committed === undefined) return portals.endTransaction(true);
    return committed.then(
      () => portals.endTransaction(true),
      (error: unknown) => {
        portals.endTransaction(false);
        throw error;
      },
    );
  } catch (error) {
    portals.endTransaction(false);
    throw error;
  }
}

export function abortBlock(state: SessionState): void {
  state.block.abort();
  state.portals.endTransaction(false);
}

export function setTransaction(
  state: SessionState,
  modes: TransactionModes,
  session: boolean,
): Outcome {
  if (session) {
    const { isolation, readOnly, deferrable } = modes;
    const onOff = (value: boolean) => (value ? "on" : "off");
    const { settings } = state;
    if (isolation !== undefined) settings.assign("default_transaction_isolation", isolation, false);
    if (readOnly !== undefined) {
      settings.assign("default_transaction_read_only", onOff(readOnly), false);
    }
    if (deferrable !== undefined) {
      settings.assign("default_transaction_deferrable", onOff(deferrable), false);
    }
    return done("SET");
  }
  warnOutsideBlock(state);
  state.block.setModes(modes);
  return done("SET");
}

export function importSnapshot(state: SessionState, name: string): Outcome {
  warnOutsideBlock(state);
  state.block.importSnapshot(name);
  return done("SET");
}

function warnOutsideBlock(state: SessionState): void {
  if (state.block.state === "open" || state.routineDepth > 0) return;
  state.tell(warning("25P01", "SET TRANSACTION can only be used in transaction blocks"));
}
