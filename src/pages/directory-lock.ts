/**
 * One process to a data directory: an operating-system lock that ends with the process, however it
 * ends. Node has no such call; SQLite's exclusive lock on a file of its own is one.
 */
import { join } from "node:path";
import Database from "better-sqlite3";

export interface DirectoryLock {
  release(): void;
}

/** undefined when another process holds it. */
export function lockDirectory(directory: string): DirectoryLock | undefined {
  const db = new Database(join(directory, "lock"), { timeout: 0 });
  try {
    db.pragma("locking_mode = EXCLUSIVE");
    db.exec("BEGIN EXCLUSIVE");
    return { release: () => db.close() };
  } catch (error) {
    db.close();
    if (error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY")) {
      return undefined;
    }
    throw error;
  }
}
