/** How much of the disk one session's kept rows take, and may take. */
import { SqlError } from "../../base/sql-error.ts";
import type { SessionSettings } from "../settings/session-settings.ts";
import { SPILL_BYTES_MAX } from "./limits.ts";

export class SpillSpace {
  readonly #settings: SessionSettings;
  #used = 0;

  constructor(settings: SessionSettings) {
    this.#settings = settings;
  }

  /**
   * Throws 53400 when temp_file_limit, or what any session may have, does not allow it.
   * https://www.postgresql.org/docs/15/runtime-config-resource.html#GUC-TEMP-FILE-LIMIT
   */
  take(bytes: number): void {
    const limit = this.#settings.number("temp_file_limit");
    const most = limit < 0 ? SPILL_BYTES_MAX : Math.min(limit * 1024, SPILL_BYTES_MAX);
    if (this.#used + bytes > most) {
      throw new SqlError(
        "53400",
        `temporary file size exceeds temp_file_limit (${Math.floor(most / 1024)}kB)`,
      );
    }
    this.#used += bytes;
  }

  release(bytes: number): void {
    this.#used -= bytes;
  }
}
