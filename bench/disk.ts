/**
 * How long the disk takes to make a small write durable: what every commit on either side waits
 * for.
 */
import { closeSync, constants, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

const WRITES = 500;
const BYTES = 600;

/**
 * Microseconds of a durable write of 600 bytes into space that is there: the median, and the 99th
 * percentile.
 */
export function measureFlush(directory: string): { readonly p50: number; readonly p99: number } {
  const file = join(directory, "flush");
  const made = openSync(file, "w");
  writeSync(made, Buffer.alloc(WRITES * BYTES));
  closeSync(made);
  const durable = openSync(file, constants.O_WRONLY | constants.O_DSYNC);
  const block = Buffer.alloc(BYTES, 1);
  const times: number[] = [];
  for (let at = 0; at < WRITES; at++) {
    const started = performance.now();
    writeSync(durable, block, 0, BYTES, at * BYTES);
    times.push((performance.now() - started) * 1000);
  }
  closeSync(durable);
  rmSync(file);
  times.sort((a, b) => a - b);
  const share = (part: number) => Math.round(times[Math.floor(WRITES * part)] ?? 0);
  return { p50: share(0.5), p99: share(0.99) };
}
