/**
 * MOVING SQLITE'S LOG into its file takes a millisecond per megabyte and waits for the disk, so a
 * thread with a connection of its own does the bulk of it beside the running server. What is
 * committed meanwhile is left to the next checkpoint, which then has little to do.
 * https://www.sqlite.org/wal.html#ckpt
 */
import type { Worker } from "node:worker_threads";
import { startWorker } from "./worker.ts";

export class WalMover {
  readonly #path: string;
  #worker: Worker | undefined;
  #moved: (() => void) | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  get isMoving(): boolean {
    return this.#moved !== undefined;
  }

  /**
   * `then` is called when what was committed so far has been moved, as far as readers allowed it.
   */
  move(then: () => void): void {
    if (this.#moved) return;
    this.#moved = then;
    this.#worker ??= this.#start();
    this.#worker.postMessage("move");
  }

  async close(): Promise<void> {
    this.#moved = undefined;
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = startWorker("wal-mover-thread", this.#path);
    worker.unref();
    const finish = () => {
      const moved = this.#moved;
      this.#moved = undefined;
      moved?.();
    };
    worker.on("message", finish);
    // Without the thread the checkpoint moves everything itself.
    worker.on("error", () => {
      this.#worker = undefined;
      finish();
    });
    return worker;
  }
}
