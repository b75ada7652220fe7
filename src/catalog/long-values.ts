/**
 * WHICH TABLES HAVE A TOAST TABLE in PostgreSQL: those whose rows may become longer than a quarter
 * of a page. Here there is one only where it has parameters, but sizes and notices count it.
 * https://www.postgresql.org/docs/15/storage-toast.html
 */
import type { Tuple } from "./relation.ts";
import type { pgAttribute } from "./relations/pg-attribute.ts";

type AttributeTuple = Tuple<(typeof pgAttribute)["columns"]>;

const HEADER_BYTES = 23;
/** A row that may become longer has its long values moved out. */
const ROW_BYTES_MAX = 2032;
const ALIGNMENTS: Readonly<Record<string, number>> = { c: 1, s: 2, i: 4, d: 8 };
const aligned = (bytes: number, to: number): number => Math.ceil(bytes / to) * to;

/** `columns`: all of a table's, dropped ones too; a TOAST table stays when its column goes. */
export function needsToast(columns: readonly AttributeTuple[]): boolean {
  let bytes = 0;
  let toastable = false;
  let unlimited = false;
  for (const column of [...columns].sort((a, b) => a.attnum - b.attnum)) {
    // What type it had is forgotten, but not whether its length was limited.
    if (column.attisdropped && (column.attlen > 0 || column.atttypmod >= 0)) continue;
    bytes = aligned(bytes, ALIGNMENTS[column.attalign] ?? 1);
    const most = column.attlen > 0 ? column.attlen : bytesMax(column);
    if (column.attlen <= 0) toastable ||= column.attstorage !== "p";
    if (most === undefined) unlimited = true;
    else bytes += most;
  }
  if (!toastable) return false;
  if (unlimited) return true;
  const header = HEADER_BYTES + Math.ceil(columns.length / 8);
  return aligned(header, 8) + aligned(bytes, 8) > ROW_BYTES_MAX;
}

const VARHDRSZ = 4;
const CHARACTER_BYTES_MAX = 4;
const [BPCHAR, VARCHAR, NUMERIC, BIT, VARBIT] = [1042, 1043, 1700, 1560, 1562];

/** The most bytes that a value of a type with a length takes; undefined = there is no limit. */
function bytesMax({ atttypid, atttypmod }: AttributeTuple): number | undefined {
  if (atttypmod < 0) return undefined;
  switch (atttypid as number) {
    case BPCHAR:
    case VARCHAR:
      return (atttypmod - VARHDRSZ) * CHARACTER_BYTES_MAX + VARHDRSZ;
    case NUMERIC: {
      const precision = ((atttypmod - VARHDRSZ) >> 16) & 0xffff;
      return 8 + Math.trunc((precision + 6) / 4) * 2;
    }
    case BIT:
    case VARBIT:
      return Math.ceil(atttypmod / 8) + 2 * VARHDRSZ;
    default:
      return undefined;
  }
}
