/** How messages call a function: as it is named when it is asked for first in a call. */
import type { Oid } from "../../base/ids.ts";
import type { TypeContext } from "../types/codec.ts";
import { formatText } from "../types/type-io.ts";

const REGPROCEDURE = 2202 as Oid;

export function signatureOf(called: Oid, types: TypeContext): () => string {
  let known: string | undefined;
  return () => {
    known ??= formatText(REGPROCEDURE, BigInt(called), types);
    return known;
  };
}
