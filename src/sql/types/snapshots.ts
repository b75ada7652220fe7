/**
 * pg_snapshot and txid_snapshot: `xmin:xmax:xip,xip`, stored as that text.
 * https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-PG-SNAPSHOT-PARTS
 */
import { SqlError } from "../../base/sql-error.ts";
import { BinaryReader, binary } from "./binary.ts";
import { invalidSyntax, type TypeCodec } from "./codec.ts";
import { text } from "./texts.ts";

interface Snapshot {
  readonly xmin: bigint;
  readonly xmax: bigint;
  /** Transactions in progress, ascending. */
  readonly running: readonly bigint[];
}

const XID_BITS = 32;
const isXid = (value: bigint): boolean => BigInt.asUintN(XID_BITS, value) !== 0n;
const unsigned = (digits: string): bigint => BigInt.asUintN(64, BigInt(digits.replace("+", "")));

const isSane = ({ xmin, xmax, running }: Snapshot): boolean =>
  isXid(xmin) &&
  isXid(xmax) &&
  xmin <= xmax &&
  running.every((xid, at) => xid >= xmin && xid < xmax && xid >= (running[at - 1] ?? 0n));

function readSnapshot(source: string): Snapshot {
  const number = "[ \\t\\n\\v\\f\\r]*([+-]?\\d+)";
  const match = new RegExp(`^${number}:${number}:((?:${number},?)*)$`).exec(source);
  if (!match) throw invalidSyntax("pg_snapshot", source);
  const items = (match[3] ?? "").split(",").filter((item) => item !== "");
  const running = items.map((item) => unsigned(item.trim()));
  const snapshot = { xmin: unsigned(match[1] ?? ""), xmax: unsigned(match[2] ?? ""), running };
  if (!isSane(snapshot)) throw invalidSyntax("pg_snapshot", source);
  return { ...snapshot, running: [...new Set(running)] };
}

const formatSnapshot = ({ xmin, xmax, running }: Snapshot): string =>
  `${xmin}:${xmax}:${running.join(",")}`;

export const pgSnapshot: TypeCodec<string> = {
  ...text,
  parse: (source) => formatSnapshot(readSnapshot(source)),
  encode(value) {
    const { xmin, xmax, running } = readSnapshot(value);
    return binary(20 + 8 * running.length, (view) => {
      view.setInt32(0, running.length);
      [xmin, xmax, ...running].forEach((xid, at) => {
        view.setBigUint64(4 + 8 * at, xid);
      });
    });
  },
  decode(bytes) {
    const reader = new BinaryReader(bytes);
    const count = reader.int32();
    const wrong = () => new SqlError("22P03", "invalid external pg_snapshot data");
    if (count < 0) throw wrong();
    const [xmin, xmax] = [reader.int64(), reader.int64()];
    const running = Array.from({ length: count }, () => reader.int64());
    const snapshot = { xmin, xmax, running };
    if (!isSane(snapshot)) throw wrong();
    return formatSnapshot(reader.end({ ...snapshot, running: [...new Set(running)] }));
  },
};
