/** The two kinds of wrong that are not the client's: a mistake of ours, and damage on disk. */
import { inspect } from "node:util";

/** Our own mistake: XX000 to the client, logged with its stack. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** The default branch of an exhaustive switch. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${inspect(value)}`);
}

/**
 * Damage on disk. Start-up stops, a running server stops; nobody answers from what it cannot trust.
 */
export class DataCorrupted extends Error {
  override readonly name = "DataCorrupted";
}
