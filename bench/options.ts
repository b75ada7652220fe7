/** What a run of the benchmark can be told on its command line. */
import { tmpdir } from "node:os";
import { Argument, Command } from "commander";

export const SUITES = ["ddl", "queries", "rows", "jobs"] as const;
export type Suite = (typeof SUITES)[number];

export interface Options {
  readonly suites: readonly Suite[];
  /** Seconds of one measurement. */
  readonly seconds: number;
  /** How often each measurement is made, in turns with the other server. */
  readonly rounds: number;
  readonly clients: readonly number[];
  readonly scripts: readonly string[];
  /** Tables that a start after kill -9 finds, and that a cascade drops. */
  readonly tables: number;
  /** Tables that queries find: a measurement with each of these numbers. */
  readonly catalogs: readonly number[];
  /** Rows of the tables that are loaded and read. */
  readonly rows: number;
  /** Where both servers keep their data; must be a disk. */
  readonly directory: string;
  /** Folder with PostgreSQL's programs. */
  readonly postgres: string;
}

const numbers = (text: string): number[] => text.split(",").map(positive);

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new Error(`"${text}" is not a positive number`);
  return value;
}

export function readOptions(argv: readonly string[]): Options {
  const command = new Command("bench")
    .addArgument(new Argument("[suites...]", "what is measured").choices(SUITES).default(["ddl"]))
    .option("--seconds <n>", "seconds of one measurement", positive, 10)
    .option("--rounds <n>", "measurements of each kind, in turns", positive, 3)
    .option("--clients <list>", "numbers of clients", numbers, [1, 8, 32])
    .option(
      "--scripts <list>",
      "which of schema,table,rich,view,create-drop,lookup",
      (text) => text.split(","),
      ["schema", "table", "rich", "view", "create-drop", "lookup"],
    )
    .option("--tables <n>", "tables that a start after kill -9 finds", positive, 10_000)
    .option("--catalogs <list>", "numbers of tables that queries find", numbers, [10, 1_000])
    .option("--rows <n>", "rows that are loaded and read", positive, 1_000_000)
    .option("--directory <path>", "where both servers keep their data", tmpdir())
    .option("--postgres <path>", "PostgreSQL's programs", "/usr/lib/postgresql/15/bin");
  command.parse(argv, { from: "user" });
  return { ...command.opts<Options>(), suites: command.processedArgs[0] as Suite[] };
}
