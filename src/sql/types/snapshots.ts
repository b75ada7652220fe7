/**
 * pg_snapshot and txid_snapshot: which transactions had not ended. Stored as the text that
 * PostgreSQL shows.
 * https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-PG-SNAPSHOT-PARTS
 */
import { SqlError } from "../../base/sql-error.ts";
import { BinaryReader, binary } from "./binary.ts";
import { invalidSyntax, type TypeCodec } from "./codec.ts";

export interface SnapshotValue {
  /** The first transaction that was running. */
  readonly xmin: bigint;
  /** The first that had not begun. */
  readonly xmax: bigint;
  /** Those between that were running, in order. */
  readonly running: readonly bigint[];
}

export const formatSnapshot = ({ xmin, xmax, running }: SnapshotValue): string =>
  `${xmin}:${xmax}:${running.join(",")}`;

/** Takes a stored value apart. */
export function snapshotOf(stored: string): SnapshotValue {
  const [xmin = "", xmax = "", running = ""] = stored.split(":");
  return {
    xmin: BigInt(xmin),
    xmax: BigInt(xmax),
    running: running === "" ? [] : running.split(",").map(BigInt),
  };
}

const XID_BITS = 32;
/** The epoch above the lower bits does not make one. */
const isXid = (value: bigint): boolean => BigInt.asUintN(XID_BITS, value) !== 0n;
const unsigned = (digits: string): bigint =>
  BigInt.asUintN(64, BigInt(digits.trim().replace("+", "")));

/** Undefined where the order is not kept; repeated ones count once. */
function checked(xmin: bigint, xmax: bigint, listed: readonly bigint[]): SnapshotValue | undefined {
  if (!isXid(xmin) || !isXid(xmax) || xmin > xmax) return undefined;
  const running: bigint[] = [];
  let last = 0n;
  for (const xid of listed) {
    if (xid < xmin || xid >= xmax || xid < last) return undefined;
    if (xid !== last) running.push(xid);
    last = xid;
  }
  return { xmin, xmax, running };
}

const NUMBER = "[ \\t\\n\\v\\f\\r]*([+-]?\\d+)";
const form = new RegExp(`^${NUMBER}:${NUMBER}:((?:${NUMBER},?)*)$`);

/** txid_snapshot is its older name. */
export const pgSnapshot: TypeCodec<string> = {
  storage: "text",
  parse(text) {
    const [, xmin = "", xmax = "", listed = ""] = form.exec(text) ?? [];
    if (xmin === "") throw invalidSyntax("pg_snapshot", text);
    const running = listed.split(",").filter((item) => item !== "");
    const snapshot = checked(unsigned(xmin), unsigned(xmax), running.map(unsigned));
    if (!snapshot) throw invalidSyntax("pg_snapshot", text);
    return formatSnapshot(snapshot);
  },
  format: (value) => value,
  encode(value) {
    const { xmin, xmax, running } = snapshotOf(value);
    return binary(20 + 8 * running.length, (view) => {
      view.setInt32(0, running.length);
      for (const [at, xid] of [xmin, xmax, ...running].entries()) {
        view.setBigUint64(4 + 8 * at, xid);
      }
    });
  },
  decode(bytes) {
    const reader = new BinaryReader(bytes);
    const count = reader.int32();
    const invalid = () => new SqlError("22P03", "invalid external pg_snapshot data");
    if (count < 0 || count * 8 > reader.remaining) throw invalid();
    const [xmin, xmax] = [reader.int64(), reader.int64()];
    const listed = Array.from({ length: count }, () => reader.int64());
    const snapshot = xmin < 0n || xmax < 0n ? undefined : checked(xmin, xmax, listed);
    if (!snapshot) throw invalid();
    return reader.end(formatSnapshot(snapshot));
  },
};
