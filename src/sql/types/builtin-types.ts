/** The built-in base types and their codecs, and which built-in type is the array of which. */
import { notSupported } from "../../base/sql-error.ts";
import { aclitem } from "./aclitems.ts";
import { bit, bytea, uuid, varbit } from "./blobs.ts";
import type { TypeCodec } from "./codec.ts";
import { date, time, timestamp, timestamptz, timetz } from "./datetimes.ts";
import { float4, float8 } from "./floats.ts";
import { box, circle, line, lseg, path, point, polygon } from "./geometry.ts";
import { cidr, inet } from "./inet.ts";
import { bool, int2, int4, int8, oidCodec, pgLsn, tid, xid, xid8 } from "./integers.ts";
import { interval } from "./intervals.ts";
import { json, jsonb } from "./json-codec.ts";
import { jsonpath } from "./jsonpath.ts";
import { macaddr, macaddr8 } from "./macaddrs.ts";
import { money } from "./money.ts";
import { numeric } from "./numerics.ts";
import {
  regclass,
  regcollation,
  regconfig,
  regdictionary,
  regnamespace,
  regoper,
  regoperator,
  regproc,
  regprocedure,
  regrole,
  regtype,
} from "./reg-types.ts";
import { pgSnapshot } from "./snapshots.ts";
import {
  bpchar,
  charCodec,
  name,
  nodeTree,
  outputOnly,
  text,
  varchar,
  voidCodec,
} from "./texts.ts";
import { tsquery } from "./tsqueries.ts";
import { gtsvector, tsvector } from "./tsvectors.ts";
import { T } from "./type-oids.ts";
import { xml } from "./xml.ts";

export const baseCodecs: ReadonlyMap<number, TypeCodec> = new Map<number, TypeCodec>([
  [T.bool, bool],
  [T.bytea, bytea],
  [T.char, charCodec],
  [T.name, name],
  [T.int8, int8],
  [T.int2, int2],
  [T.int4, int4],
  [T.text, text],
  [T.oid, oidCodec],
  [T.tid, tid],
  [T.xid, xid],
  [T.cid, xid],
  [T.xid8, xid8],
  [T.json, json],
  [T.jsonb, jsonb],
  [T.jsonpath, jsonpath],
  [T.xml, xml],
  [T.pgNodeTree, nodeTree],
  [T.pgNdistinct, outputOnly("pg_ndistinct")],
  [T.pgDependencies, outputOnly("pg_dependencies")],
  [T.pgMcvList, outputOnly("pg_mcv_list")],
  [T.brinBloomSummary, outputOnly("pg_brin_bloom_summary")],
  [T.brinMinmaxMultiSummary, outputOnly("brin_minmax_multi_summary")],
  [T.float4, float4],
  [T.float8, float8],
  [T.unknown, text],
  [T.macaddr, macaddr],
  [T.macaddr8, macaddr8],
  [T.money, money],
  [T.aclitem, aclitem],
  [T.bpchar, bpchar],
  [T.varchar, varchar],
  [T.bit, bit],
  [T.varbit, varbit],
  [T.numeric, numeric],
  [T.refcursor, text],
  [T.cstring, text],
  [T.void, voidCodec],
  [T.date, date],
  [T.time, time],
  [T.timetz, timetz],
  [T.timestamp, timestamp],
  [T.timestamptz, timestamptz],
  [T.interval, interval],
  [T.inet, inet],
  [T.cidr, cidr],
  [T.point, point],
  [T.lseg, lseg],
  [T.path, path],
  [T.box, box],
  [T.polygon, polygon],
  [T.line, line],
  [T.circle, circle],
  [T.uuid, uuid],
  [T.pgLsn, pgLsn],
  [T.txidSnapshot, pgSnapshot],
  [T.pgSnapshot, pgSnapshot],
  [T.tsvector, tsvector],
  [T.tsquery, tsquery],
  [T.gtsvector, gtsvector],
  [T.regproc, regproc],
  [T.regprocedure, regprocedure],
  [T.regoper, regoper],
  [T.regoperator, regoperator],
  [T.regclass, regclass],
  [T.regtype, regtype],
  [T.regrole, regrole],
  [T.regnamespace, regnamespace],
  [T.regcollation, regcollation],
  [T.regconfig, regconfig],
  [T.regdictionary, regdictionary],
]);

/** A type that PostgreSQL has and this server cannot hold values of. */
export function unsupportedCodec(typeName: string): TypeCodec<string> {
  const refuse = (): never => {
    throw notSupported(`type ${typeName}`);
  };
  return { storage: "text", parse: refuse, format: refuse, encode: refuse, decode: refuse };
}

/** Element type by array type. */
export const elementTypes: ReadonlyMap<number, number> = new Map([
  [1000, 16],
  [1001, 17],
  [1002, 18],
  [1003, 19],
  [1016, 20],
  [1005, 21],
  [1006, 22],
  [1007, 23],
  [1008, 24],
  [1009, 25],
  [1028, 26],
  [1010, 27],
  [1011, 28],
  [1012, 29],
  [1013, 30],
  [199, 114],
  [143, 142],
  [1017, 600],
  [1018, 601],
  [1019, 602],
  [1020, 603],
  [1027, 604],
  [629, 628],
  [651, 650],
  [1021, 700],
  [1022, 701],
  [719, 718],
  [775, 774],
  [791, 790],
  [1040, 829],
  [1041, 869],
  [1034, 1033],
  [1014, 1042],
  [1015, 1043],
  [1182, 1082],
  [1183, 1083],
  [1115, 1114],
  [1185, 1184],
  [1187, 1186],
  [1270, 1266],
  [1561, 1560],
  [1563, 1562],
  [1231, 1700],
  [2201, 1790],
  [2207, 2202],
  [2208, 2203],
  [2209, 2204],
  [2210, 2205],
  [2211, 2206],
  [2287, 2249],
  [1263, 2275],
  [2951, 2950],
  [2949, 2970],
  [3221, 3220],
  [3643, 3614],
  [3645, 3615],
  [3644, 3642],
  [3735, 3734],
  [3770, 3769],
  [3807, 3802],
  [4073, 4072],
  [4090, 4089],
  [4097, 4096],
  [4192, 4191],
  [5039, 5038],
  [271, 5069],
]);
