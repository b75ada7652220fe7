/** Views by hand, and views of chance by their seeds. */
import { readFileSync } from "node:fs";
import { Random } from "../../support/random.ts";
import { ViewGenerator } from "./generator.ts";

/** The statements of cases.sql. */
export const writtenViews: readonly string[] = readFileSync(
  new URL("cases.sql", import.meta.url),
  "utf8",
)
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("--"));

export const viewOfSeed = (seed: number): string => new ViewGenerator(new Random(seed)).view("v");
