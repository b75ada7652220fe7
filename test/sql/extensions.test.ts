/** EXTENSIONS: functions of libraries are computed, stand for queries, or are known not to be. */
import { expect } from "chai";
import { extensions } from "../../src/catalog/extensions/extensions.ts";
import { numberInLibrary } from "../../src/sql/functions/library.ts";

/** Refused when they are called; docs/sql.md says so. */
const REFUSED = /^(pgp_|pg_armor|armor|pg_dearmor|dearmor)/;
/** What reads and writes values that nobody has, and what index methods would call. */
const WITHOUT_VALUES = /cstring|internal|gtrgm|gbtreekey/;

const FUNCTION = /^CREATE FUNCTION (.*) RETURNS (.*) AS '([^']*)', '(\w+)' LANGUAGE C/gm;

describe("extensions", () => {
  for (const { name, script, library, bodies = {} } of extensions) {
    it(`${name} has what its functions do`, () => {
      const missing: string[] = [];
      for (const [, signature = "", result = "", where, symbol = ""] of script.matchAll(FUNCTION)) {
        expect(where).to.equal(library);
        if (symbol in bodies || numberInLibrary(library, symbol) !== undefined) continue;
        if (REFUSED.test(symbol) || WITHOUT_VALUES.test(signature + result)) continue;
        missing.push(signature);
      }
      expect(missing).to.deep.equal([]);
    });
  }

  it("are listed by their names, with one library each", () => {
    const names = extensions.map(({ name }) => name);
    expect(names).to.deep.equal([...names].sort());
    expect(new Set(extensions.map(({ library }) => library)).size).to.equal(extensions.length);
  });
});
