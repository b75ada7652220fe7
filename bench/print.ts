/** What a benchmark prints: results to standard output, progress to standard error. */
export const print = (line = ""): void => {
  process.stdout.write(`${line}\n`);
};
export const note = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
};
export const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
