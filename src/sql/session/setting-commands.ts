/** SET, RESET, SHOW, DISCARD. */
import { SqlError, warning } from "../../base/sql-error.ts";
import type { IsolationLevel, SettingStatement } from "../parse/statement.ts";
import { settingKey, settingsByName } from "../settings/registry.ts";
import { findBool, formatSetting, parseSetting } from "../settings/value.ts";
import { joinValues } from "../settings/written-values.ts";
import { after } from "./after.ts";
import { textColumn } from "./columns.ts";
import { type Command, done, type Outcome, plainCommand, rowsOutcome } from "./command.ts";
import type { ResultRow } from "./engine.ts";
import type { SessionState } from "./state.ts";
import { discardTemporary } from "./temporary-commands.ts";
import { importSnapshot, setTransaction } from "./transaction-commands.ts";

export function settingCommand(state: SessionState, statement: SettingStatement): Command {
  switch (statement.kind) {
    case "set":
      return plainCommand(() => set(state, statement));
    case "importSnapshot":
      return plainCommand(() => importSnapshot(state, statement.snapshot));
    case "setTransaction":
      return plainCommand(() => setTransaction(state, statement.modes, statement.session));
    case "reset":
      return plainCommand(() => reset(state, statement.name));
    case "show":
      return statement.name.toLowerCase() === "all" ? showAll(state) : show(state, statement.name);
  }
}

function set(state: SessionState, statement: Extract<SettingStatement, { kind: "set" }>): Outcome {
  const { name, toDefault, local } = statement;
  if (local && isOutside(state)) {
    state.tell(warning("25P01", "SET LOCAL can only be used in transaction blocks"));
  }
  const value = toDefault ? undefined : joinValues(name, statement.values);
  if (!setTransactionMode(state, name, value)) state.setSetting(name, value, local);
  return done("SET");
}

/** transaction_isolation and its like are the block's state, not settings of their own. */
function setTransactionMode(state: SessionState, name: string, value: string | undefined): boolean {
  const key = settingKey(name);
  const definition = settingsByName.get(key);
  if (definition === undefined || !transactionModes.has(key)) return false;
  const kept = state.settings.kept(`default_${key}`);
  const mode = value === undefined ? kept : parseSetting(definition, name, value);
  const isOn = findBool(mode) === "on";
  if (key === "transaction_isolation") state.block.setModes({ isolation: mode as IsolationLevel });
  else if (key === "transaction_read_only") state.block.setModes({ readOnly: isOn });
  else state.block.setModes({ deferrable: isOn });
  return true;
}

/** What belongs to a transaction block is set where there is none. */
const isOutside = ({ block, routineDepth }: SessionState): boolean =>
  block.state !== "open" && routineDepth === 0;

const transactionModes = new Set([
  "transaction_isolation",
  "transaction_read_only",
  "transaction_deferrable",
]);

function reset(state: SessionState, name: string): Outcome {
  if (name === "all") state.settings.resetAll(state.roles.permitted);
  else if (name === "role" || name === "session_authorization") {
    state.setSetting(name, undefined, false);
  } else if (transactionModes.has(settingKey(name))) {
    if (settingKey(name) === "transaction_isolation" && isOutside(state)) {
      state.tell(warning("25P01", "RESET TRANSACTION can only be used in transaction blocks"));
    }
    setTransactionMode(state, name, undefined);
  } else {
    state.settings.reset(name, state.roles.permitted);
  }
  return done("RESET");
}

function show(state: SessionState, name: string): Command {
  // Unknown names fail when the columns are asked for, as in PostgreSQL.
  state.settings.show(name);
  return {
    columns: [textColumn(state.settings.canonicalName(name))],
    run: () => rowsOutcome([[state.settings.show(name)]], "SHOW", false),
  };
}

const showAllColumns = ["name", "setting", "description"].map(textColumn);

function showAll(state: SessionState): Command {
  return {
    columns: showAllColumns,
    run: () => {
      const rows: ResultRow[] = [];
      for (const { definition, value } of state.settings.rows()) {
        rows.push([definition.name, formatSetting(definition, value), definition.description]);
      }
      return rowsOutcome(rows, "SHOW", false);
    },
  };
}

export function discard(
  state: SessionState,
  what: "all" | "plans" | "sequences" | "temp",
): Outcome | Promise<Outcome> {
  switch (what) {
    case "all":
      if (state.block.state === "open") {
        throw new SqlError("25001", "DISCARD ALL cannot run inside a transaction block");
      }
      state.portals.clear();
      state.setSetting("session_authorization", undefined, false);
      state.settings.resetAll(state.roles.permitted);
      state.prepared.clear();
      state.notifications.unlisten(undefined);
      state.connection.advisory.unlockAll();
      return after(discardTemporary(state), () => {
        state.connection.sequences.discard();
        return done("DISCARD ALL");
      });
    case "sequences":
      state.connection.sequences.discard();
      return done("DISCARD SEQUENCES");
    case "plans":
      // Plans are kept by the engine for all sessions and hold nothing of this one.
      return done("DISCARD PLANS");
    case "temp":
      return after(discardTemporary(state), () => done("DISCARD TEMP"));
  }
}
