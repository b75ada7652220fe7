/**
 * `catalogd waldump`: the log of a data directory as text. Changes nothing, so a server may be
 * running.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { NodeDisk } from "../base/disk.ts";
import { relationByOid } from "../catalog/all-relations.ts";
import { ConfigError } from "../config.ts";
import { dumpLog } from "../wal/waldump.ts";

/** `from`: the LSN before which entries are left out. Throws ConfigError, DataCorrupted. */
export async function waldump(directory: string, from?: string): Promise<void> {
  const first = parseLsn(from ?? "0");
  statSync(directory);
  const lines = dumpLog(new NodeDisk(), join(directory, "wal"), {
    nameOf: (relation) => relationByOid(relation)?.layout,
  });
  await pipeline(Readable.from(textFrom(lines, first)), process.stdout, { end: false });
}

function parseLsn(text: string): bigint {
  if (/^\d+$/.test(text)) return BigInt(text);
  throw new ConfigError(`--from: "${text}" is not an LSN, which is a number of bytes`);
}

/** The entries from LSN `first` on, and the line that says where the log ends: it is no entry's. */
async function* textFrom(lines: AsyncIterable<string>, first: bigint): AsyncGenerator<string> {
  let shown = true;
  for await (const line of lines) {
    if (!line.startsWith(" ")) {
      const at = /^lsn (\d+) /.exec(line)?.[1];
      shown = at === undefined || BigInt(at) >= first;
    }
    if (shown) yield `${line}\n`;
  }
}
