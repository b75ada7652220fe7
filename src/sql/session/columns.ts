/** Columns of what the session itself answers: texts. */
import { type Oid, oid } from "../../base/ids.ts";
import type { FormatCode, ResultColumn } from "./api.ts";

const TEXT = oid(25);

export const textColumn = (name: string): ResultColumn => ({
  name,
  table: 0 as Oid,
  attribute: 0,
  type: TEXT,
  typeLength: -1,
  typmod: -1,
});

const textFormats: FormatCode[][] = [];

/** Text for every column. */
export function allText(columns: number): readonly FormatCode[] {
  textFormats[columns] ??= new Array<FormatCode>(columns).fill(0);
  return textFormats[columns];
}
