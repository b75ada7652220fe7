/**
 * THE LOG FOR PEOPLE: a frame as lines of text, and a whole directory entry by entry.
 *
 *   lsn 732 term 3 chain 01c5e4f0a7b3d962 payload 248 bytes
 *     commit epoch 12 xid 733 user ada session 4 at 2025-09-16 10:00:00.000000+00
 *       statement: create schema s
 *       insert pg_namespace db 5: oid=16390 nspname='s' nspowner=10 nspacl=null
 *     marks: next oid 16422, next xid 765
 *   end of log at lsn 1012: preallocated space: nothing was ever written here
 */
import { unreachable } from "../base/assert.ts";
import type { Disk } from "../base/disk.ts";
import type { Oid } from "../base/ids.ts";
import type { Row, Value } from "../base/value.ts";
import { scanLog } from "./directory.ts";
import type { Frame, Mark, Mutation, RowChange } from "./fragment.ts";
import { decodeEntry } from "./frame.ts";
import type { Entry } from "./log.ts";

/** What a relation is called, where its layout is known; a TableLayout is one. */
export interface RelationNames {
  readonly name: string;
  readonly columns: readonly { readonly name: string }[];
  /** Positions of the key's columns. */
  readonly key: readonly number[];
}
export type NameOf = (rel: Oid) => RelationNames | undefined;

export interface DumpOptions {
  readonly nameOf: NameOf;
  /** Also the payloads' bytes, in hex. */
  readonly raw?: boolean;
}

/**
 * Lines of text for every entry of the log in `directory`, and one that says where it ends and why.
 * Changes nothing. Throws DataCorrupted behind the lines of what could be read.
 */
export async function* dumpLog(
  disk: Disk,
  directory: string,
  options: DumpOptions,
): AsyncGenerator<string, void> {
  const scan = scanLog(disk, directory);
  let step = await scan.next();
  for (; !step.done; step = await scan.next()) yield* describeEntry(step.value, options);
  const end = step.value;
  if (end === undefined) yield "no log";
  else {
    const what = end.verdict === "torn" ? "torn tail" : "end of log";
    yield `${what} at lsn ${end.position.lsn}: ${end.reason}`;
  }
}

/** Throws DataCorrupted if the payload does not decode. */
function describeEntry(entry: Entry, options: DumpOptions): string[] {
  const { position, term, payload } = entry;
  const chain = position.chain.toString(16).padStart(16, "0");
  const lines = [`lsn ${position.lsn} term ${term} chain ${chain} payload ${payload.length} bytes`];
  if (options.raw) lines.push(...hexLines(payload));
  for (const frame of decodeEntry(entry)) {
    for (const line of describeFrame(frame, options.nameOf)) lines.push(`  ${line}`);
  }
  return lines;
}

function describeFrame(frame: Frame, nameOf: NameOf): string[] {
  switch (frame.kind) {
    case "commit": {
      const { user, session, time, statement } = frame.info;
      return [
        `commit epoch ${frame.epoch} xid ${frame.xid} user ${user} session ${session} ` +
          `at ${describeTime(time)}`,
        ...(statement === "" ? [] : [`  statement: ${statement.replaceAll("\n", "\n    ")}`]),
        ...frame.mutations.map((mutation) => `  ${describeMutation(mutation, nameOf)}`),
        ...frame.rows.map((change) => `  ${describeRowChange(change)}`),
        ...(frame.bulks.length === 0 ? [] : [`  bulks ${frame.bulks.join(", ")}`]),
      ];
    }
    case "marks":
      return [`marks: ${frame.marks.map(describeMark).join(", ")}`];
    case "part":
      return [
        `part of xid ${frame.xid}`,
        ...frame.mutations.map((mutation) => `  ${describeMutation(mutation, nameOf)}`),
      ];
    case "bulk":
      return [
        `bulk ${frame.bulk}`,
        ...frame.rows.map((change) => `  ${describeRowChange(change)}`),
      ];
    default:
      return unreachable(frame);
  }
}

function describeMutation(mutation: Mutation, nameOf: NameOf): string {
  const names = nameOf(mutation.rel);
  const where = `${names?.name ?? `relation ${mutation.rel}`} db ${mutation.db}`;
  switch (mutation.kind) {
    case "insert":
      return `insert ${where}: ${describeRow(mutation.row, names)}`;
    case "update":
      return `update ${where} key ${describeKey(mutation.key, names)}: ${describeRow(mutation.row, names)}`;
    case "delete":
      return `delete ${where} key ${describeKey(mutation.key, names)}`;
    default:
      return unreachable(mutation);
  }
}

function describeRowChange(change: RowChange): string {
  const { storage } = change;
  switch (change.kind) {
    case "add":
      return `add to storage ${storage} version ${change.version}: ${change.row.map(describeValue).join(" ")}`;
    case "end": {
      const by = change.next === 0 ? "" : `, replaced by ${change.next}`;
      return `end in storage ${storage} version ${change.version}${by}`;
    }
    case "index": {
      const columns = change.columns.length === 0 ? "logged" : change.columns.join(",");
      return `index ${change.index} of storage ${storage} keys ${change.keys} columns ${columns}`;
    }
    case "entry":
      return `entry in index ${storage} version ${change.version}: ${change.keys.map(describeValue).join(" ")}`;
    default:
      return unreachable(change);
  }
}

function describeRow(row: Row, names: RelationNames | undefined): string {
  const parts = row.map((value, at) => {
    const column = names?.columns[at]?.name ?? `${at + 1}`;
    return `${column}=${describeValue(value)}`;
  });
  return parts.join(" ");
}

function describeKey(key: readonly Value[], names: RelationNames | undefined): string {
  const parts = key.map((value, at) => {
    const column = names?.columns[names.key[at] ?? -1]?.name;
    return column === undefined ? describeValue(value) : `${column}=${describeValue(value)}`;
  });
  return `(${parts.join(" ")})`;
}

/** Strings quoted, bytes in hex, bigints with their n, so that no two values look alike. */
function describeValue(value: Value): string {
  if (typeof value === "string") return `'${value.replaceAll("'", "''").replaceAll("\n", "\\n")}'`;
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (value === null || typeof value === "boolean") return String(value);
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString("hex")}`;
  return `{${value.map(describeValue).join(",")}}`;
}

function describeMark(mark: Mark): string {
  switch (mark.kind) {
    case "oid":
    case "xid":
      return `next ${mark.kind} ${mark.next}`;
    case "sequence":
      return (
        `sequence storage ${mark.storage} db ${mark.db} last ${mark.last}` +
        (mark.called ? "" : " not called")
      );
    case "abandoned":
      return `abandoned bulk ${mark.bulk}`;
    default:
      return unreachable(mark);
  }
}

const EPOCH_2000_MS = Date.UTC(2000, 0, 1);
/** What a Date can hold, in microseconds from 2000. */
const TIME_MIN = -8_640_000_000_000_000_000n - BigInt(EPOCH_2000_MS) * 1000n;
const TIME_MAX = 8_640_000_000_000_000_000n - BigInt(EPOCH_2000_MS) * 1000n;

/** Microseconds since 2000-01-01 UTC as a timestamp in UTC. */
function describeTime(time: bigint): string {
  if (time <= TIME_MIN || time > TIME_MAX) return `${time} µs`;
  const micros = ((time % 1000n) + 1000n) % 1000n;
  const date = new Date(Number((time - micros) / 1000n) + EPOCH_2000_MS);
  const text = date.toISOString().replace("T", " ").replace("Z", "");
  return `${text}${String(micros).padStart(3, "0")}+00`;
}

function hexLines(bytes: Uint8Array): string[] {
  const hex = Buffer.from(bytes).toString("hex");
  return (hex.match(/.{1,64}/g) ?? []).map((line) => `  | ${line}`);
}
