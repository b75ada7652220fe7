/**
 * Whether PostgreSQL would give a table a second one for its long values. There is none here, but
 * sizes count it.
 * https://www.postgresql.org/docs/15/storage-toast.html
 */
import type { ClassTuple } from "../../catalog/names.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { T } from "../types/type-oids.ts";
import type { FunctionContext } from "./registry.ts";

/** A row that may be longer is cut. */
const ROW_BYTES_MAX = 2032;
const HEADER_BYTES = 23;
const ALIGNMENTS: Readonly<Record<string, number>> = { c: 1, s: 2, i: 4, d: 8 };
const UTF8_BYTES_MAX = 4;
const VARHDRSZ = 4;

const aligned = (length: number, to: number): number => Math.ceil(length / to) * to;

export function needsToast(table: ClassTuple, { catalog }: FunctionContext): boolean {
  const columns = catalog.list(pgAttribute, "key", [table.oid]);
  let length = 0;
  let isLong = false;
  let mayBeCut = false;
  // A column that was dropped has left the second table behind.
  for (const { attlen, attalign, attstorage, atttypid, atttypmod } of columns) {
    length = aligned(length, ALIGNMENTS[attalign] ?? 1);
    if (attlen > 0) length += attlen;
    else {
      const most = mostBytes(atttypid, atttypmod);
      if (most === undefined) isLong = true;
      else length += most;
      mayBeCut ||= attstorage !== "p";
    }
  }
  const header = aligned(HEADER_BYTES + Math.ceil(table.relnatts / 8), 8);
  return mayBeCut && (isLong || header + aligned(length, 8) > ROW_BYTES_MAX);
}

/** undefined: no limit. */
function mostBytes(type: number, typmod: number): number | undefined {
  if (typmod < 0) return undefined;
  switch (type) {
    case T.bpchar:
    case T.varchar:
      return (typmod - VARHDRSZ) * UTF8_BYTES_MAX + VARHDRSZ;
    case T.numeric: {
      const precision = ((typmod - VARHDRSZ) >> 16) & 0xffff;
      return 8 + Math.floor((precision + 6) / 4) * 2;
    }
    case T.bit:
    case T.varbit:
      return Math.ceil(typmod / 8) + 2 * VARHDRSZ;
    default:
      return undefined;
  }
}
