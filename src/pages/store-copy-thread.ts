/** The thread of store-copy.ts. */
import { basename, join } from "node:path";
import { workerData } from "node:worker_threads";
import Database from "better-sqlite3";
import { rowPathOf } from "./row-file.ts";
import { syncPath } from "./store-file.ts";

/** Between two looks at whether it is to end. */
const PAGES = 1_000;

const { path, directory } = workerData as { readonly path: string; readonly directory: string };

for (const file of [path, rowPathOf(path)]) {
  const source = new Database(file, { fileMustExist: true });
  // SQLite begins a copy anew when its file changes, unless a transaction holds what is copied.
  source.exec("BEGIN");
  source.prepare("SELECT count(*) FROM sqlite_schema").get();
  const target = join(directory, basename(file));
  await source.backup(target, { progress: () => PAGES });
  source.exec("COMMIT");
  source.close();
  syncPath(target);
}
syncPath(directory);
