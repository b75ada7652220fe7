/**
 * The thread of wal-mover.ts: moves what SQLite's log holds into the file whenever it is asked to.
 */
import { parentPort, workerData } from "node:worker_threads";
import Database from "better-sqlite3";

const db = new Database(workerData as string, { fileMustExist: true });
db.pragma("synchronous = NORMAL");

parentPort?.on("message", () => {
  db.pragma("wal_checkpoint(PASSIVE)");
  parentPort?.postMessage("moved");
});
