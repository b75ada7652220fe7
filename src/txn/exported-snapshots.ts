/**
 * EXPORTED SNAPSHOTS: epochs that other transactions may read as well, by name, as long as the
 * transaction runs that exported them.
 * https://www.postgresql.org/docs/15/functions-admin.html#FUNCTIONS-SNAPSHOT-SYNCHRONIZATION
 */
import type { Epoch, Oid } from "../base/ids.ts";

interface Exported {
  readonly epoch: Epoch;
  readonly database: Oid;
}

const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, "0");

export class ExportedSnapshots {
  readonly #byName = new Map<string, Exported>();
  #count = 0;

  /** A name that no other snapshot had before. */
  add(processId: number, exported: Exported): string {
    this.#count++;
    const name = `${hex(processId)}-${hex(this.#count)}-1`;
    this.#byName.set(name, exported);
    return name;
  }
  find(name: string): Exported | undefined {
    return this.#byName.get(name);
  }
  remove(name: string): void {
    this.#byName.delete(name);
  }
}
