/**
 * The session, the server, settings and sequences.
 * https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-INFO-SESSION-TABLE
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { encodingName, encodingNumber } from "../../catalog/encodings.ts";
import { pgNamespace } from "../../catalog/relations/pg-namespace.ts";
import { findOwnTemporary, temporaryOwner } from "../../catalog/temporary-names.ts";
import { encodeList } from "../types/array-value.ts";
import type { Scalar } from "../types/scalar.ts";
import {
  asInteger,
  asNumber,
  asOid,
  asText,
  define,
  defineInSession,
  isTrue,
  truth,
} from "./define.ts";
import type { FunctionContext, FunctionDefinition, SessionEffects } from "./registry.ts";

/** Drivers parse the number; the rest says who answers. */
export const VERSION = "PostgreSQL 15.18 (catalogd 0.1.0)";

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

/** Of a NULL name or flag PostgreSQL says so; a NULL value is DEFAULT. */
function setConfig(
  effects: SessionEffects,
  ...[name, value, local]: readonly (Scalar | undefined)[]
): Scalar {
  if (name === null) throw new SqlError("22004", "SET requires parameter name");
  return effects.setConfig(asText(name), value === null ? undefined : asText(value), isTrue(local));
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
  define("pg_trigger_depth()", ({ triggerDepth = 0 }) => BigInt(triggerDepth)),
  define("pg_my_temp_schema()", ({ catalog }) => BigInt(findOwnTemporary(catalog)?.oid ?? 0)),
  define("pg_is_other_temp_schema(oid)", ({ catalog }, namespace) =>
    truth(temporaryOwner(catalog, asOid(namespace)) === "other"),
  ),
];

const settings: readonly FunctionDefinition[] = [
  define("current_setting(text)", (context, name) => setting(context, asText(name), false)),
  define("current_setting(text, bool)", (context, name, missingOk) =>
    setting(context, asText(name), isTrue(missingOk)),
  ),
  defineInSession("set_config(text, text, bool)", setConfig),
];

const encodings: readonly FunctionDefinition[] = [
  define("getdatabaseencoding()", () => "UTF8"),
  define("pg_client_encoding()", (context) => context.setting("client_encoding") ?? "UTF8"),
  define("pg_encoding_to_char(int4)", (_context, number) => encodingName(asNumber(number))),
  define("pg_char_to_encoding(name)", (_context, name) => BigInt(encodingNumber(asText(name)))),
];

const sequences: readonly FunctionDefinition[] = [
  defineInSession("nextval(regclass)", (effects, id) => effects.nextval(Number(id) as Oid)),
  defineInSession("currval(regclass)", (effects, id) => effects.currval(asOid(id))),
  defineInSession("lastval()", (effects) => effects.lastval()),
  defineInSession("setval(regclass, int8)", (effects, id, value) =>
    effects.setval(asOid(id), asInteger(value), true),
  ),
  defineInSession("setval(regclass, int8, bool)", (effects, id, value, called) =>
    effects.setval(asOid(id), asInteger(value), isTrue(called)),
  ),
  defineInSession(
    "pg_sequence_last_value(regclass)",
    (effects, id) => effects.lastValue(asOid(id)) ?? null,
  ),
];

const backends: readonly FunctionDefinition[] = [
  defineInSession("pg_cancel_backend(int4)", (effects, pid) =>
    truth(effects.cancelBackend(asNumber(pid))),
  ),
  defineInSession("pg_terminate_backend(int4, int8)", (effects, pid, timeout) =>
    truth(effects.terminateBackend(asNumber(pid), asNumber(timeout))),
  ),
];

export const sessionFunctions: readonly FunctionDefinition[] = [
  ...identity,
  ...settings,
  ...encodings,
  ...sequences,
  ...backends,
];
