/** Two servers measured in turns, as rows of a table. */
import type { Options } from "./options.ts";
import type { Measured } from "./pgbench.ts";
import { mebibytes, median, note, print } from "./print.ts";
import type { Catalogd, Postgres, Server } from "./server.ts";

export interface Pair {
  readonly ours: Catalogd;
  readonly theirs: Postgres;
}

/** Whoever goes first meets a disk that has rested, so they take turns in that too. */
export async function inTurns<T>(
  { ours, theirs }: Pair,
  rounds: number,
  what: string,
  measure: (server: Server) => Promise<T>,
): Promise<readonly (readonly [ours: T, theirs: T])[]> {
  const results: (readonly [T, T])[] = [];
  for (let round = 0; round < rounds; round++) {
    const oursFirst = round % 2 === 0;
    const early = await measure(oursFirst ? ours : theirs);
    const late = await measure(oursFirst ? theirs : ours);
    results.push(oursFirst ? [early, late] : [late, early]);
    note(`${what}, round ${round + 1} of ${rounds}`);
  }
  return results;
}

export function printThroughputHead(): void {
  print("| script | clients | catalogd tps | PostgreSQL tps | ratio | p50 ms | p99 ms |");
  print("| --- | ---: | ---: | ---: | ---: | --- | --- |");
}

/** Returns the memory of both, in words. */
export async function compareThroughput(
  options: Options,
  pair: Pair,
  script: string,
  clients: number,
  measure: (server: Server) => Promise<Measured>,
): Promise<string> {
  const what = `${script}, ${clients} clients`;
  const results = await inTurns(pair, options.rounds, what, measure);
  const both = (value: (measured: Measured) => number) =>
    [0, 1].map((at) => median(results.map((each) => value(at === 0 ? each[0] : each[1]))));
  const [oursTps = 0, theirsTps = 0] = both(({ tps }) => tps);
  const ratio = median(results.map(([a, b]) => a.tps / b.tps)).toFixed(2);
  const p50 = both((measured) => measured.p50).map((ms) => ms.toFixed(2));
  const p99 = both((measured) => measured.p99).map((ms) => ms.toFixed(2));
  print(
    `| ${script} | ${clients} | ${oursTps.toFixed(0)} | ${theirsTps.toFixed(0)} | ${ratio} ` +
      `| ${p50.join(" / ")} | ${p99.join(" / ")} |`,
  );
  return both((measured) => measured.memoryBytes)
    .map(mebibytes)
    .join(" / ");
}

/** What takes one long step, in milliseconds. */
export async function compareTimes(
  options: Options,
  pair: Pair,
  what: string,
  measure: (server: Server) => Promise<number>,
): Promise<void> {
  const results = await inTurns(pair, options.rounds, what, measure);
  const [ours, theirs] = [0, 1].map((at) => median(results.map((each) => each[at] ?? 0)));
  const ratio = median(results.map(([a, b]) => b / a)).toFixed(2);
  print(`| ${what} | ${ours?.toFixed(0)} | ${theirs?.toFixed(0)} | ${ratio} |`);
}

/** Milliseconds that the work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

export function printTimesHead(what: string): void {
  print();
  print(`| ${what}, ms | catalogd | PostgreSQL | PostgreSQL / catalogd |`);
  print("| --- | ---: | ---: | ---: |");
}
