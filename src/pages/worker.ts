/**
 * Worker threads run from sources and from what is compiled of them: the file has the extension of
 * its siblings.
 */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";

/** `name`: a file of this folder without its extension. */
export function startWorker(name: string, workerData: unknown): Worker {
  if (!import.meta.url.endsWith(".ts")) {
    return new Worker(new URL(`./${name}.js`, import.meta.url), { workerData });
  }
  // tsx registers itself on the main thread only, so the thread does it.
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx/esm/api"));
  const api = new URL("index.mjs", tsx).href;
  const registerTsx = `import { register } from ${JSON.stringify(api)}; register();`;
  const execArgv = ["--import", `data:text/javascript,${registerTsx}`];
  return new Worker(new URL(`./${name}.ts`, import.meta.url), { workerData, execArgv });
}
