/** The functions that the tests' reader threads register. */
import { epoch, type Oid } from "../../src/base/ids.ts";
import { SqlError } from "../../src/base/sql-error.ts";
import type { BeginQuery, ReaderThread } from "../../src/pages/reader-protocol.ts";
import type { Mutation } from "../../src/wal/fragment.ts";
import { things } from "./fixture.ts";

export function register({ queries, tuples }: ReaderThread, initial: unknown): BeginQuery {
  let context: unknown;
  let overlay: readonly Mutation[] = [];
  queries.registerFunction("initial", { deterministic: true }, () => initial as string);
  queries.registerFunction("context", { deterministic: true }, () => context as string);
  queries.registerFunction("overlay_size", { deterministic: true }, () => BigInt(overlay.length));
  queries.registerFunction("fails", { deterministic: true }, () => {
    throw new SqlError("22012", "division by zero", { detail: "By design." });
  });
  queries.registerFunction("sleep_ms", { deterministic: false }, (ms) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(ms));
    return 1n;
  });
  queries.registerFunction("name_of", { deterministic: true }, (db, id) => {
    const row = tuples.get(things, Number(db) as Oid, [Number(id)], epoch(1e9));
    return (row?.[1] ?? null) as string | null;
  });
  return (given, mutations) => {
    context = given;
    overlay = mutations;
  };
}
