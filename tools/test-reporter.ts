/**
 * mocha's list of sentences, with the counts for tools/test.sh: one line, passed and failed, in the
 * file that TEST_COUNTS names.
 */
import { writeFileSync } from "node:fs";
import Mocha from "mocha";

export default class TestReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const file = process.env["TEST_COUNTS"];
    if (file === undefined) return;
    runner.once("end", () => {
      const { passes, failures } = runner.stats ?? { passes: 0, failures: 1 };
      writeFileSync(file, `${passes} ${failures}\n`);
    });
  }
}
