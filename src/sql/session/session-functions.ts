/**
 * PostgreSQL's functions that only a session can compute, to be registered beside the others. They
 * need the StatementEffects of a session; a reader thread has none.
 */
import { notSupported } from "../../base/sql-error.ts";
import type {
  FunctionContext,
  FunctionDefinition,
  SetFunctionDefinition,
} from "../functions/registry.ts";
import { floatKey, floatOf } from "../types/floats.ts";
import type { StatementEffects } from "./engine.ts";

function effectsOf(context: FunctionContext, what: string): StatementEffects {
  if (context.effects === undefined) throw notSupported(`${what} on a reader thread`);
  return context.effects as StatementEffects;
}

export const liveFunctions: readonly SetFunctionDefinition[] = [
  {
    signature: "pg_show_all_settings()",
    rows: (context) => effectsOf(context, "pg_show_all_settings").live.settings(),
  },
  {
    signature: "pg_prepared_statement()",
    rows: (context) => effectsOf(context, "pg_prepared_statement").live.preparedStatements(),
  },
  {
    signature: "pg_cursor()",
    rows: (context) => effectsOf(context, "pg_cursor").live.cursors(),
  },
  {
    signature: "pg_lock_status()",
    rows: (context) => effectsOf(context, "pg_lock_status").live.locks(),
  },
  {
    signature: "pg_listening_channels()",
    rows: (context) => effectsOf(context, "pg_listening_channels").live.channels(),
  },
  {
    signature: "pg_stat_get_activity(int4)",
    rows: (context, processId) =>
      effectsOf(context, "pg_stat_get_activity").live.activity(
        processId === null ? undefined : Number(processId),
      ),
  },
];

/** void is stored as the empty text that it is shown as. */
export const statefulFunctions: readonly FunctionDefinition[] = [
  {
    signature: "pg_sleep(float8)",
    call: (context, seconds) => {
      effectsOf(context, "pg_sleep").sleep(floatOf(seconds as Uint8Array));
      return "";
    },
  },
  {
    signature: "pg_notify(text, text)",
    call: (context, channel, payload) => {
      const { notify } = effectsOf(context, "pg_notify");
      notify((channel ?? "") as string, (payload ?? "") as string);
      return "";
    },
  },
  {
    signature: "pg_notification_queue_usage()",
    call: (context) => floatKey(effectsOf(context, "pg_notification_queue_usage").live.notifyUsage),
  },
];
