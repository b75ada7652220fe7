/**
 * PostgreSQL's functions that only a session can compute, to be registered beside the others. They
 * need the StatementEffects of a session; a reader thread has none.
 */
import { clock } from "../functions/clocks.ts";
import { effectsOf } from "../functions/define.ts";
import type {
  FunctionContext,
  FunctionDefinition,
  SetFunctionDefinition,
} from "../functions/registry.ts";
import { floatKey, floatOf } from "../types/floats.ts";
import { intervalOf, intervalSpan } from "../types/intervals.ts";
import type { Scalar } from "../types/scalar.ts";
import type { StatementEffects } from "./engine.ts";
import { activityColumns } from "./live-rows.ts";

type Row = readonly Scalar[];
type LiveCall = (effects: StatementEffects, ...args: readonly Scalar[]) => Iterable<Row>;

const live = (signature: string, rows: LiveCall): SetFunctionDefinition => ({
  session: true,
  signature,
  rows: (context, ...args) => rows(effectsOf(context, signature) as StatementEffects, ...args),
});

export const liveFunctions: readonly SetFunctionDefinition[] = [
  live("pg_show_all_settings()", (effects) => effects.live.settings()),
  live("pg_prepared_statement()", (effects) => effects.live.preparedStatements()),
  live("pg_cursor()", (effects) => effects.live.cursors()),
  live("pg_lock_status()", (effects) => effects.live.locks()),
  live("pg_listening_channels()", (effects) => effects.live.channels()),
  live("pg_stat_get_activity(int4)", (effects, processId) =>
    effects.live.activity(processId === null ? undefined : Number(processId)),
  ),
  live("pg_stat_get_backend_idset()", (effects) =>
    sessions(effects).map((_row, at) => [BigInt(at + 1)]),
  ),
];

const sessions = ({ live: rows }: StatementEffects): readonly Row[] => [
  ...rows.activity(undefined),
];

/** By its number among the sessions, from 1; NULL of a session that is not there. */
const ofBackend = (name: string, column: keyof typeof activityColumns): FunctionDefinition => {
  const signature = `pg_stat_get_backend_${name}(int4)`;
  return {
    session: true,
    signature,
    call(context, number) {
      const effects = effectsOf(context, signature) as StatementEffects;
      return sessions(effects)[Number(number) - 1]?.[activityColumns[column]] ?? null;
    },
  };
};

export const backendFunctions: readonly FunctionDefinition[] = [
  ofBackend("pid", "pid"),
  ofBackend("dbid", "datid"),
  ofBackend("userid", "usesysid"),
  ofBackend("activity", "query"),
  ofBackend("wait_event_type", "wait_event_type"),
  ofBackend("wait_event", "wait_event"),
  ofBackend("activity_start", "query_start"),
  ofBackend("xact_start", "xact_start"),
  ofBackend("start", "backend_start"),
  ofBackend("client_addr", "client_addr"),
  ofBackend("client_port", "client_port"),
];

/** void is stored as the empty text that it is shown as. */
const sleeping = (
  signature: string,
  secondsOf: (value: Scalar, context: FunctionContext) => number,
): FunctionDefinition => ({
  session: true,
  signature,
  call(context, value) {
    const effects = effectsOf(context, signature) as StatementEffects;
    effects.sleep(secondsOf(value as Scalar, context));
    return "";
  },
});

export const statefulFunctions: readonly FunctionDefinition[] = [
  sleeping("pg_sleep(float8)", (seconds) => floatOf(seconds as Uint8Array)),
  sleeping(
    "pg_sleep_for(interval)",
    (interval) => Number(intervalSpan(intervalOf(interval as Uint8Array))) / 1e6,
  ),
  sleeping("pg_sleep_until(timestamptz)", (end) => Number((end as bigint) - clock()) / 1e6),
  {
    session: true,
    signature: "pg_notify(text, text)",
    call(context, channel, payload) {
      const { notify } = effectsOf(context, "pg_notify") as StatementEffects;
      notify((channel ?? "") as string, (payload ?? "") as string);
      return "";
    },
  },
  {
    session: true,
    signature: "pg_notification_queue_usage()",
    call(context) {
      const { live: rows } = effectsOf(context, "pg_notification_queue_usage") as StatementEffects;
      return floatKey(rows.notifyUsage);
    },
  },
];
