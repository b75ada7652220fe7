/** pgjdbc's DatabaseMetaData: Metadata.java says what is asked. Part of the long run. */
import { join } from "node:path";
import { expect } from "chai";
import { runProgram } from "../support/client-program.ts";
import { folderOfPackage } from "../support/debian-packages.ts";
import { answersAsOnPostgres } from "../support/introspection.ts";

const FIRST_OWN_OID = 16384;

if (process.env["DEBIAN_CLIENTS"] === "1") {
  describe("pgjdbc", () => {
    answersAsOnPostgres("pgjdbc", async ({ host, port, user, database }) => {
      const jars = "usr/share/java";
      const folder = await folderOfPackage("libpostgresql-jdbc-java", jars, "postgresql.jar");
      const program = join(import.meta.dirname, "Metadata.java");
      const { code, out, err } = await runProgram("java", [
        ...["-cp", join(folder, "postgresql.jar"), program],
        `jdbc:postgresql://${host}:${port}/${database}?user=${user}`,
      ]);
      const needed = "A JDK compiles it: sudo apt-get install -y default-jdk-headless";
      expect(code, `${err}\n${needed}`).to.equal(0);
      return withoutOids(out).split("\n");
    });
  });
}

/** The oids that tell routines of one name apart. */
const withoutOids = (text: string): string =>
  text.replaceAll(/(?<=\w_)\d+$/gm, (oid) => (Number(oid) < FIRST_OWN_OID ? oid : "OID"));
