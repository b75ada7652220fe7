/** What a run of the benchmark can be told on its command line. */
import { tmpdir } from "node:os";
import { Command } from "commander";

export interface Options {
  /** Seconds of one measurement. */
  readonly seconds: number;
  /** How often each measurement is made, in turns with the other server. */
  readonly rounds: number;
  readonly clients: readonly number[];
  readonly scripts: readonly string[];
  /** Tables that exist when a start after kill -9 is measured. */
  readonly tables: number;
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
  const command = new Command("bench/ddl")
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
    .option("--directory <path>", "where both servers keep their data", tmpdir())
    .option("--postgres <path>", "PostgreSQL's programs", "/usr/lib/postgresql/15/bin");
  return command.parse(argv, { from: "user" }).opts<Options>();
}
