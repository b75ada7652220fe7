/** No password reaches the log. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { NodeDisk } from "../../src/base/disk.ts";
import { CatalogEngine } from "../../src/sql/engine/engine.ts";
import { loadGrammar } from "../../src/sql/parse/grammar.ts";
import { parse } from "../../src/sql/parse/parse.ts";
import { withoutPasswords } from "../../src/sql/parse/passwords.ts";
import { Sessions } from "../../src/sql/session/service.ts";
import { LocalSession } from "../support/local-session.ts";

const SECRET = "geheim";

/** Statements, and what the log may say of them. */
const cases: readonly (readonly [string, string])[] = [
  [`create role r password '${SECRET}' login`, "create role r password '***' login"],
  [`alter role r encrypted password '${SECRET}'`, "alter role r encrypted password '***'"],
  [`alter user r PASSWORD/* a */ -- b\n '${SECRET}'`, "alter user r PASSWORD/* a */ -- b\n '***'"],
  [`alter role r password E'${SECRET}\\''`, "alter role r password '***'"],
  [`alter role r password '${SECRET}'\n'${SECRET}' login`, "alter role r password '***'\n login"],
  [`alter role r password $$${SECRET}$$`, "alter role r password '***'"],
  [`alter role r password $a$${SECRET}$$$a$`, "alter role r password '***'"],
  [`alter role r password U&'${SECRET}' uescape '!'`, "alter role r password '***' uescape '!'"],
  [`alter role r password N'${SECRET}'`, "alter role r password '***'"],
  [
    `alter role "password" valid until '2030-01-01'`,
    `alter role "password" valid until '2030-01-01'`,
  ],
  [`alter role password password '${SECRET}''${SECRET}'`, "alter role password password '***'"],
  [
    "alter role r password null valid until 'infinity'",
    "alter role r password null valid until 'infinity'",
  ],
];

describe("a password in a statement", () => {
  before(loadGrammar);

  it("is blanked in the statement's text for the log", () => {
    for (const [text, wanted] of cases) {
      expect(withoutPasswords(text), text).to.equal(wanted);
      expect(wanted, text).not.to.contain(SECRET);
    }
  });

  it("is blanked in each statement of a text, and in nothing else", () => {
    const text = `create role a password '${SECRET}'; create table t (password text default 'x')`;
    const logged = parse(text).map(({ text: own, loggedText }) => loggedText ?? own.trim());
    expect(logged).to.deep.equal([
      "create role a password '***'",
      "create table t (password text default 'x')",
    ]);
  });

  it("is nowhere in the data directory", async () => {
    const directory = mkdtempSync(join(tmpdir(), "catalogd-passwords-"));
    try {
      const engine = await CatalogEngine.open({
        directory,
        disk: new NodeDisk(),
        database: "dev",
        onFatal: (error) => {
          throw error;
        },
      });
      const session = await LocalSession.open(new Sessions({ engine }), "dev");
      await session.run("create role r; set password_encryption = md5");
      for (const [text] of cases) {
        if (!text.includes('"password"'))
          await session.run(text.replace("role password", "role r"));
      }
      await session.run(`begin; alter role r password '${SECRET}'; create table t (); commit`);
      session.close();
      await engine.close();
      const files = readdirSync(directory, { recursive: true, withFileTypes: true });
      const contents = files
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
      expect(contents.some((bytes) => bytes.includes("password '***'"))).to.equal(true);
      expect(contents.filter((bytes) => bytes.includes(SECRET))).to.deep.equal([]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
