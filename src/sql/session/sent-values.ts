/** Values as Bind and FunctionCall send them: one format for none, all or each, then bytes. */
import { type Oid, oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { Scalar } from "../types/scalar.ts";
import type { FormatCode } from "./api.ts";
import type { SessionState } from "./state.ts";

const UNSPECIFIED = oid(0);

/** Throws 22023. */
export function formatCode(code: number | undefined): FormatCode {
  if (code === undefined || code === 0) return 0;
  if (code === 1) return 1;
  throw new SqlError("22023", `unsupported format code: ${code}`);
}

export interface SentValues {
  readonly types: readonly Oid[];
  readonly formats: readonly number[];
  readonly values: readonly (Uint8Array | null)[];
}

/**
 * Reads the values; their number has been checked. `fault` makes the error that the client gets of
 * the one that the value at `index` raised; `shown` is what PostgreSQL shows of a value that is a
 * text.
 */
export function decodeValues(
  state: SessionState,
  { types, formats, values }: SentValues,
  fault: (error: SqlError, index: number, shown: string | undefined) => SqlError,
): readonly Scalar[] {
  if (values.length === 0) return NONE;
  const { context } = state;
  const { transaction } = state.block;
  return values.map((bytes, index) => {
    try {
      const format = formatCode(formats.length > 1 ? formats[index] : formats[0]);
      if (bytes === null) return null;
      return transaction.decode(types[index] ?? UNSPECIFIED, format, bytes, context);
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      const isText = (formats.length > 1 ? formats[index] : (formats[0] ?? 0)) === 0;
      throw fault(error, index, isText && error.code !== NOT_A_TEXT ? shown(bytes) : undefined);
    }
  });
}

const NONE: readonly Scalar[] = [];
const NOT_A_TEXT = "22021";

/** Values are secrets: no character of them is shown. */
const shown = (bytes: Uint8Array | null): string => (bytes?.length === 0 ? "''" : "'...'");

/** Bytes that a type's receive function left unread. `what` as in "bind parameter 1". */
export const leftOver = (error: SqlError, what: string): SqlError =>
  error.code === "22P03" && error.message === "incorrect binary data format"
    ? new SqlError("22P03", `incorrect binary data format in ${what}`, error.fields)
    : error;
