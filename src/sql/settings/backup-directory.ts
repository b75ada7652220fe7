/** Where backups go, as two parameters say. */
import { join } from "node:path";
import type { Parameters } from "./parameters.ts";

/** undefined: nowhere. */
export function backupDirectory(parameters: Parameters): string | undefined {
  const url = parameters.get("backup_storage_url");
  if (url === "") return undefined;
  return join(url.slice("fs://".length), parameters.get("backup_storage_directory"));
}
