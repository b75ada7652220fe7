/** typsend: what a value is in the binary format, as a bytea. */
import type { Oid } from "../../base/ids.ts";
import { codecOf } from "../types/type-io.ts";
import { T } from "../types/type-oids.ts";
import { define, defineFor } from "./define.ts";
import type { FunctionDefinition, ScalarCall } from "./registry.ts";

const sendOf =
  (type: Oid): ScalarCall =>
  (context, value = null) =>
    value === null ? null : codecOf(type, context).encode(value, context, -1);

/** With the declared type's name; the function's is it with `send` at the end. */
const joined: readonly (readonly [type: string, oid: Oid])[] = [
  ["bool", T.bool],
  ["bytea", T.bytea],
  ["char", T.char],
  ["name", T.name],
  ["int8", T.int8],
  ["int2", T.int2],
  ["int2vector", T.int2vector],
  ["int4", T.int4],
  ["regproc", T.regproc],
  ["text", T.text],
  ["oid", T.oid],
  ["tid", T.tid],
  ["xid", T.xid],
  ["cid", T.cid],
  ["oidvector", T.oidvector],
  ["float4", T.float4],
  ["float8", T.float8],
  ["unknown", T.unknown],
  ["bpchar", T.bpchar],
  ["varchar", T.varchar],
  ["regprocedure", T.regprocedure],
  ["regoperator", T.regoperator],
  ["regclass", T.regclass],
  ["regtype", T.regtype],
  ["regconfig", T.regconfig],
  ["regdictionary", T.regdictionary],
  ["regnamespace", T.regnamespace],
  ["regrole", T.regrole],
  ["regcollation", T.regcollation],
  ["xid8", T.xid8],
  ["tsvector", T.tsvector],
  ["tsquery", T.tsquery],
];
const underscored: readonly (readonly [type: string, oid: Oid])[] = [
  ["json", T.json],
  ["cidr", T.cidr],
  ["macaddr8", T.macaddr8],
  ["macaddr", T.macaddr],
  ["inet", T.inet],
  ["date", T.date],
  ["time", T.time],
  ["timestamp", T.timestamp],
  ["timestamptz", T.timestamptz],
  ["interval", T.interval],
  ["timetz", T.timetz],
  ["bit", T.bit],
  ["varbit", T.varbit],
  ["numeric", T.numeric],
  ["void", T.void],
  ["uuid", T.uuid],
  ["pg_lsn", T.pgLsn],
  ["jsonb", T.jsonb],
  ["jsonpath", T.jsonpath],
  ["point", T.point],
  ["lseg", T.lseg],
  ["line", T.line],
  ["box", T.box],
  ["path", T.path],
  ["circle", T.circle],
  ["xml", T.xml],
  ["pg_node_tree", T.pgNodeTree],
  ["pg_ndistinct", T.pgNdistinct],
  ["pg_dependencies", T.pgDependencies],
  ["pg_mcv_list", T.pgMcvList],
  ["pg_snapshot", T.pgSnapshot],
  ["txid_snapshot", T.txidSnapshot],
];

const polymorphic = [
  "array_send(anyarray)",
  "anyarray_send(anyarray)",
  "anycompatiblearray_send(anycompatiblearray)",
  "range_send(anyrange)",
  "multirange_send(anymultirange)",
  "record_send(record)",
  "enum_send(anyenum)",
];

export const sendingFunctions: readonly FunctionDefinition[] = [
  ...joined.map(([type, oid]) => define(`${type}send(${type})`, sendOf(oid))),
  ...underscored.map(([type, oid]) => define(`${type}_send(${type})`, sendOf(oid))),
  define("cash_send(money)", sendOf(T.money)),
  define("poly_send(polygon)", sendOf(T.polygon)),
  define("regopersend(regoper)", sendOf(T.regoper)),
  ...polymorphic.map((signature) =>
    defineFor(signature, ({ args }) => sendOf(args[0] ?? T.record)),
  ),
];
