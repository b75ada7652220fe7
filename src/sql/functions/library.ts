/**
 * FUNCTIONS OF LIBRARIES: what an extension's functions in C do. A function of pg_proc says the
 * library and the symbol; here each symbol has a number of its own, as the oid of a built-in
 * function is for what the server computes, so that readers know it in every database.
 */
import { type Oid, oid } from "../../base/ids.ts";
import { citextFunctions } from "./citext.ts";
import { pgTrgmFunctions } from "./pg-trgm.ts";
import { pgcryptoFunctions } from "./pgcrypto.ts";
import type { RegisteredFunction, ScalarCall } from "./registry.ts";
import { uuidFunctions } from "./uuid-ossp.ts";

/** The same for all functions of its symbol, whatever types they take. */
export interface LibraryFunction {
  readonly symbol: string;
  readonly call: ScalarCall;
  readonly volatility: "i" | "s" | "v";
  /** It changes what only the session's own thread has. */
  readonly session?: true;
  readonly equatesKeys?: true;
}

/** Behind all oids. */
export const FIRST_IN_LIBRARY = 2 ** 32;

const libraries: ReadonlyMap<string, readonly LibraryFunction[]> = new Map([
  ["$libdir/citext", citextFunctions],
  ["$libdir/pg_trgm", pgTrgmFunctions],
  ["$libdir/pgcrypto", pgcryptoFunctions],
  ["$libdir/uuid-ossp", uuidFunctions],
]);

const numbers = new Map<string, Oid>();
export const libraryFunctions: readonly RegisteredFunction<ScalarCall>[] = [...libraries].flatMap(
  ([library, functions]) =>
    functions.map(({ symbol, call, volatility, equatesKeys = false, session = false }) => {
      const number = oid(FIRST_IN_LIBRARY + numbers.size);
      numbers.set(`${library} ${symbol}`, number);
      return {
        ...{ oid: number, signature: symbol, strict: true, returnsSet: false, volatility },
        ...{ polymorphic: false, session, equatesKeys, callFor: () => call },
      };
    }),
);

/** undefined: there is no such thing. */
export const numberInLibrary = (library: string | null, symbol: string): Oid | undefined =>
  numbers.get(`${library} ${symbol}`);
