/**
 * postgres.js in a thread of its own: when its socket is closed while it has something to write, it
 * throws where nobody can catch it, which here ends no more than the thread.
 */
import { parentPort, workerData } from "node:worker_threads";
import postgres from "postgres";
import type { Outcome, Work } from "./clients.ts";

export type Reply =
  | { readonly kind: "outcome"; readonly outcome: Outcome }
  | { readonly kind: "value"; readonly label: string; readonly value: number }
  | { readonly kind: "error"; readonly code: string; readonly message: string };

class WantRollback extends Error {}

const port = parentPort;
if (port === null) throw new Error("this runs as a thread");
const reply = (message: Reply): void => port.postMessage(message);

const sql = postgres({
  ...{ host: workerData.host, port: workerData.port, user: "root", database: "dev", max: 1 },
  ...{ fetch_types: false, onnotice: () => {} },
});

async function run(work: Work): Promise<Outcome> {
  try {
    if (work.form === "block") await runBlock(work);
    else if (work.form === "single") {
      note(await sql.unsafe(work.statements.join(), [], { prepare: true }));
    } else {
      const results: unknown = await sql.unsafe(work.statements.join("; "));
      for (const rows of results as unknown[]) if (Array.isArray(rows)) note(rows);
    }
    return "committed";
  } catch (error) {
    if (error instanceof WantRollback) return "rolled back";
    const { code, message } = error as { code?: unknown; message: string };
    if (typeof code !== "string" || !/^[0-9A-Z]{5}$/.test(code) || code === "EPIPE") {
      return "unknown";
    }
    reply({ kind: "error", code, message });
    return "rolled back";
  }
}

/** The statements are sent without waiting for their answers. */
async function runBlock({ statements, end }: Work): Promise<void> {
  await sql.begin(async (block) => {
    const results = await Promise.all(statements.map((statement) => block.unsafe(statement)));
    for (const rows of results) note(rows);
    if (end === "rollback") throw new WantRollback();
  });
}

function note(rows: readonly unknown[]): void {
  for (const row of rows) {
    if (typeof row !== "object" || row === null) continue;
    const [label, value] = Object.values(row) as unknown[];
    if (value !== undefined) reply({ kind: "value", label: String(label), value: Number(value) });
  }
}

port.on("message", (work: Work) => {
  void run(work).then((outcome) => reply({ kind: "outcome", outcome }));
});
