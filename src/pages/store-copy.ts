/**
 * A COPY OF THE STORE'S FILES while the server goes on. A thread of its own reads both in read
 * transactions, so that each is copied as it was at one moment: nobody waits for it, but SQLite's
 * log grows until it is done. The log that they come from brings both to any later position.
 * https://www.sqlite.org/backup.html
 */
import { startWorker } from "./worker.ts";

/**
 * The files keep their names; they are durable when it resolves. Rejects when it fails, and with
 * the signal's reason.
 */
export function copyStore(path: string, directory: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const worker = startWorker("store-copy-thread", { path, directory });
    const stop = () => void worker.terminate();
    signal.addEventListener("abort", stop);
    worker.on("error", reject);
    worker.on("exit", (code) => {
      signal.removeEventListener("abort", stop);
      if (signal.aborted) reject(signal.reason);
      else if (code === 0) resolve();
      else reject(new Error(`the thread that copies the pages ended with ${code}`));
    });
  });
}
