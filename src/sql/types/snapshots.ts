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

const unsigned = (digits: string): bigint => BigInt.asUintN(64, BigInt(digits));

/** Undefined where the order is not kept; repeated ones count once. */
function checked(xmin: bigint, xmax: bigint, listed: readonly bigint[]): SnapshotValue | undefined {
  if (xmin === 0n || xmax === 0n || xmin > xmax) return undefined;
  const running: bigint[] = [];
  let last = 0n;
  for (const xid of listed) {
    if (xid < xmin || xid >= xmax || xid < last) return undefined;
    if (xid !== last) running.push(xid);
    last = xid;
  }
  return { xmin, xmax, running };
}

/** txid_snapshot is its older name. */
export const pgSnapshot: TypeCodec<string> = {
  storage: "text",
  parse(text) {
    const match = /^\s*(\d+):\s*(\d+):((?:\s*\d+,)*(?:\s*\d+)?)$/.exec(text);
    const listed = (match?.[3] ?? "").split(",").filter((part) => part.trim() !== "");
    const snapshot =
      match &&
      checked(
        unsigned(match[1] as string),
        unsigned(match[2] as string),
        listed.map((part) => unsigned(part.trim())),
      );
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
