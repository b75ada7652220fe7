/** Rows that another thread reads. */
import type { Lease } from "../../txn/snapshot-leases.ts";

/** The epoch is read until the rows are through. */
export async function* leased<T>(batches: AsyncIterable<T>, lease: Lease): AsyncGenerator<T> {
  try {
    yield* batches;
  } finally {
    lease.release();
  }
}
