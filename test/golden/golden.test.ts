/** Each .txt file of this directory is one test; see test/support/golden.ts. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runGoldenScript } from "../support/golden.ts";

describe("golden scripts", () => {
  const directory = import.meta.dirname;
  const scripts = readdirSync(directory).filter((name) => name.endsWith(".txt"));
  for (const name of scripts) {
    const file = join(directory, name);
    const title = readFileSync(file, "utf8").split("\n")[0]?.replace(/^# */, "");
    it(`${name}: ${title}`, () => runGoldenScript(file));
  }
});
