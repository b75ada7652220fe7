/** SQLAlchemy's reflection: reflect.py says what is asked. Part of the long run. */
import { join } from "node:path";
import { expect } from "chai";
import { runProgram } from "../support/client-program.ts";
import { folderOfPackage } from "../support/debian-packages.ts";
import { answersAsOnPostgres } from "../support/introspection.ts";

const MODULES = "usr/lib/python3/dist-packages";

if (process.env["DEBIAN_CLIENTS"] === "1") {
  describe("SQLAlchemy", () => {
    answersAsOnPostgres("sqlalchemy", async ({ host, port, user, database }) => {
      const path = [
        await folderOfPackage("python3-sqlalchemy", MODULES, "sqlalchemy"),
        await folderOfPackage("python3-psycopg2", MODULES, "psycopg2"),
      ];
      const program = join(import.meta.dirname, "reflect.py");
      const url = `postgresql://${user}@${host}:${port}/${database}`;
      const { code, out, err } = await runProgram(
        "/usr/bin/python3",
        ["-W", "ignore", "-B", program, url],
        { environment: { PYTHONPATH: path.join(":") } },
      );
      expect(code, err).to.equal(0);
      return JSON.parse(out);
    });
  });
}
