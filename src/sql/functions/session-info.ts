/**
 * The session, the server, settings and sequences.
 * https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-INFO-SESSION-TABLE
 */
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { encodingName, encodingNumber } from "../../catalog/encodings.ts";
import { pgNamespace } from "../../catalog/relations/pg-namespace.ts";
import { encodeList } from "../types/array-value.ts";
import type { Scalar } from "../types/scalar.ts";
import { asInteger, asNumber, asOid, asText, define, isTrue, truth } from "./define.ts";
import type { FunctionContext, FunctionDefinition, SessionEffects } from "./registry.ts";

/** Drivers parse the number; the rest says who answers. */
const VERSION = "PostgreSQL 15.18 (catalogd 0.1.0)";

/** Without effects the query is on a thread that has no session: it must go back to one. */
function effectsOf(context: FunctionContext, what: string): SessionEffects {
  if (!context.effects) throw notSupported(`${what} on a reader thread`);
  return context.effects;
}

function schemas(context: FunctionContext, implicit: boolean): Scalar {
  const path = implicit ? context.searchPath : context.explicitSearchPath;
  return encodeList(path.flatMap((id) => nameOf(context, id) ?? []));
}

const nameOf = (context: FunctionContext, id: number): string | undefined =>
  context.catalog.find(pgNamespace, "key", [id])?.nspname;

function setting(context: FunctionContext, name: string, missingOk: boolean): Scalar {
  const value = context.setting(name.toLowerCase());
  if (value !== undefined) return value;
  if (missingOk) return null;
  throw new SqlError("42704", `unrecognized configuration parameter "${name}"`);
}

/** Of a NULL name or flag PostgreSQL says so; a NULL value resets to the empty string. */
function setConfig(context: FunctionContext, name: Scalar, value: Scalar, local: Scalar): Scalar {
  if (name === null) throw new SqlError("22004", "SET requires parameter name");
  const effects = effectsOf(context, "set_config");
  return effects.setConfig(asText(name), value === null ? "" : asText(value), isTrue(local));
}

const identity: readonly FunctionDefinition[] = [
  define("current_user()", (context) => context.user.name),
  define("session_user()", (context) => context.sessionUser.name),
  define("current_schema()", (context) => {
    const [first] = context.explicitSearchPath;
    return first === undefined ? null : (nameOf(context, first) ?? null);
  }),
  define("current_schemas(bool)", (context, implicit) => schemas(context, isTrue(implicit))),
  define("version()", () => VERSION),
  define("pg_backend_pid()", (context) => BigInt(context.processId)),
  define("pg_is_in_recovery()", () => 0n),
  define("pg_postmaster_start_time()", (context) => context.serverStartTime),
  define("pg_conf_load_time()", (context) => context.serverStartTime),
  define("pg_trigger_depth()", () => 0n),
  define("pg_my_temp_schema()", () => 0n),
  define("pg_is_other_temp_schema(oid)", () => 0n),
];

const settings: readonly FunctionDefinition[] = [
  define("current_setting(text)", (context, name) => setting(context, asText(name), false)),
  define("current_setting(text, bool)", (context, name, missingOk) =>
    setting(context, asText(name), isTrue(missingOk)),
  ),
  define("set_config(text, text, bool)", (context, name, value, local) =>
    setConfig(context, name as Scalar, value as Scalar, local as Scalar),
  ),
];

const encodings: readonly FunctionDefinition[] = [
  define("getdatabaseencoding()", () => "UTF8"),
  define("pg_client_encoding()", (context) => context.setting("client_encoding") ?? "UTF8"),
  define("pg_encoding_to_char(int4)", (_context, number) => encodingName(asNumber(number))),
  define("pg_char_to_encoding(name)", (_context, name) => BigInt(encodingNumber(asText(name)))),
];

const sequences: readonly FunctionDefinition[] = [
  define("nextval(regclass)", (context, id) => effectsOf(context, "nextval").nextval(asOid(id))),
  define("currval(regclass)", (context, id) => effectsOf(context, "currval").currval(asOid(id))),
  define("lastval()", (context) => effectsOf(context, "lastval").lastval()),
  define("setval(regclass, int8)", (context, id, value) =>
    effectsOf(context, "setval").setval(asOid(id), asInteger(value), true),
  ),
  define("setval(regclass, int8, bool)", (context, id, value, called) =>
    effectsOf(context, "setval").setval(asOid(id), asInteger(value), isTrue(called)),
  ),
];

const backends: readonly FunctionDefinition[] = [
  define("pg_cancel_backend(int4)", (context, pid) =>
    truth(effectsOf(context, "pg_cancel_backend").cancelBackend(asNumber(pid))),
  ),
  define("pg_terminate_backend(int4, int8)", (context, pid) =>
    truth(effectsOf(context, "pg_terminate_backend").terminateBackend(asNumber(pid))),
  ),
];

export const sessionFunctions: readonly FunctionDefinition[] = [
  ...identity,
  ...settings,
  ...encodings,
  ...sequences,
  ...backends,
];
