/** A text whose shape is known is answered as one that is planned anew. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { NodeDisk } from "../../src/base/disk.ts";
import { SqlError } from "../../src/base/sql-error.ts";
import { CatalogEngine } from "../../src/sql/engine/engine.ts";
import { Sessions } from "../../src/sql/session/service.ts";
import { LocalSession } from "../support/local-session.ts";

/** Each with the literals of several texts; what the first one teaches must fit the others. */
const families: readonly (readonly [template: string, ...literals: readonly string[]])[] = [
  ["SELECT oid, relkind FROM pg_class WHERE relname = %", "'pg_class'", "'pg_type'", "'no such'"],
  ["SELECT relname FROM pg_class WHERE oid = %", "1259", "1247", "1"],
  ["SELECT relname FROM pg_class WHERE oid = %", "'1259'", "'1247'", "'x'"],
  ["SELECT %::regclass::oid", "'pg_class'", "'pg_type'", "'nosuch'"],
  ["SELECT %::int4 + 1", "'1'", "'22'", "'zwei'"],
  ["SELECT % + 1", "1", "2147483", "999999999"],
  ["SELECT %::int2", "1", "40000"],
  ["SELECT 1 / %", "1", "0"],
  ["SELECT typname FROM pg_type ORDER BY oid LIMIT %", "1", "2"],
  ["SELECT typname, oid FROM pg_type WHERE oid < 20 ORDER BY %", "1", "2"],
  ["SELECT relname FROM pg_class WHERE relname ~ % ORDER BY 1", "'^(pg_class)$'", "'^pg_t'", "'('"],
  ["SELECT relname FROM pg_class WHERE relname LIKE % ORDER BY 1", "'pg_ty%'", "'pg\\_d%'"],
  [
    "SELECT oid FROM pg_type WHERE typname = ANY(%)  ORDER BY 1",
    "'{int4,text}'",
    "'{bool}'",
    "'x'",
  ],
  ["SELECT oid FROM pg_type WHERE typname IN (%, 'bool') ORDER BY 1", "'int4'", "'text'"],
  ["SELECT CASE WHEN % = 'a' THEN 'yes' ELSE 'no' END", "'a'", "'b'"],
  ["SELECT %::varchar(3)", "'abcd'", "'x'"],
  ["SELECT 'abcdef'::varchar(%)", "3", "4"],
  ["SELECT %::date + 1", "'2020-01-01'", "'2021-02-03'", "'no date'"],
  ["SELECT date %", "'2020-01-01'", "'2021-02-03'"],
  ["SELECT -%", "5", "6"],
  ["SELECT %", "'it''s'", "'plain'"],
  ["SELECT % AS a, 'k' AS b UNION ALL SELECT 2, 'm'", "1", "7"],
  ["SELECT substring('abcdef' FROM %)", "2", "3"],
  ["SELECT relname FROM pg_class WHERE relkind = % AND oid = 1259", "'r'", "'v'"],
  ["SELECT %::numeric * 2", "'1.50'", "'2'", "'NaN'"],
  ["SELECT interval '1 day' * %", "2", "3"],
  ["SELECT %::int4::regclass", "'5'", "'-5'"],
  ["SELECT %::int4[]::numeric[]", "'{5,6}'", "'[0:1]={5,6}'"],
  ["SELECT 6 = ANY (%::int4[])", "'{5,6}'", "'{{5},{6}}'", "'[0:1]={5,6}'"],
];

/** With two literals each, of which one may decide more than a value. */
const pairs: readonly (readonly [template: string, ...literals: readonly string[]])[] = [
  ["SELECT relname FROM pg_class WHERE relkind = ? ORDER BY 1 LIMIT ?", "'r' 2", "'v' 2", "'v' 3"],
  [
    "SELECT relname || ? FROM pg_am c(oid, relname) GROUP BY relname || ? ORDER BY 1",
    "'a' 'a'",
    "'a' 'b'",
  ],
  [
    "SELECT relname || ? FROM pg_am c(oid, relname) GROUP BY relname || ?",
    "'b' 'b'",
    "'c' 'c'",
    "'b' 'c'",
  ],
  [
    "SELECT DISTINCT relname || ? FROM pg_am c(oid, relname) ORDER BY relname || ?",
    "'a' 'a'",
    "'a' 'b'",
  ],
  ["SELECT oid % 7 % ? FROM pg_type ORDER BY oid % 7 % ?, oid LIMIT 9", "3 3", "3 2", "4 4"],
  ["SELECT oid FROM pg_type WHERE typname = ? ORDER BY oid % ?", "'int4' 3", "'int8' 3"],
  ["SELECT ?::varchar(?)", "'abcdef' 3", "'ghijkl' 3", "'ghijkl' 4"],
  ["SELECT oid FROM pg_class WHERE relname LIKE ? AND oid = ?", "'pg_cl%' 1259", "'pg_type' 1247"],
  [
    "SELECT count(*) FILTER (WHERE relkind = ?) FROM pg_class WHERE relkind < ?",
    "'i' 'r'",
    "'r' 's'",
  ],
  ["SELECT CASE oid WHEN ? THEN ? END FROM pg_type WHERE oid IN (16, 23)", "16 'a'", "23 'b'"],
  ["SELECT ? UNION SELECT ? ORDER BY 1", "'a' 'a'", "'a' 'b'", "'b' 'a'"],
  ["SELECT sum(oid::int % ?) OVER (PARTITION BY oid::int % ?) FROM pg_am", "3 3", "3 2"],
];

/** The same of what changes rows. */
const changes: typeof families = [
  ["INSERT INTO shaped (id, name) VALUES (%, 'a') RETURNING *", "1", "22", "3000000000"],
  ["INSERT INTO shaped (id, name) VALUES (3000000000, %) RETURNING *", "'a'", "'abcd'", "'abcde'"],
  ["INSERT INTO shaped VALUES (5, 'x', %) RETURNING n", "1", "2", "0", "'7'"],
  ["INSERT INTO shaped VALUES (5, 'x', %) RETURNING n", "'1'", "'0'", "'no number'"],
  ["INSERT INTO shaped (id, amount) VALUES (6, %) RETURNING amount", "1", "12345", "'1.005'"],
  ["INSERT INTO shaped (id, made) VALUES (6, %) RETURNING made", "'2020-01-01'", "'today'", "'x'"],
  ["INSERT INTO shaped (id, name) VALUES (%, 'a') RETURNING id + 1", "1", "9"],
  ["INSERT INTO shaped (id) VALUES (7) RETURNING %", "1", "2"],
  ["INSERT INTO shaped (id, tags) VALUES (8, %) RETURNING tags", "'{a,b}'", "'{}'", "'{'"],
  ["INSERT INTO shaped (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET n = %", "4", "0"],
  ["INSERT INTO shaped (id) SELECT oid FROM pg_type WHERE typname = %", "'int4'", "'text'"],
  ["INSERT INTO shaped (id, n) VALUES (-%, 1) RETURNING id", "4", "5"],
  ["UPDATE shaped SET n = n + % WHERE id = 1 RETURNING n", "1", "2", "2147483647"],
  ["UPDATE shaped SET name = 'b' WHERE id = % RETURNING *", "1", "2", "99"],
  ["UPDATE shaped SET name = 'b' WHERE name = % RETURNING *", "'one'", "'two'"],
  ["UPDATE shaped SET flag = % WHERE id = 1 RETURNING flag", "'t'", "'no'", "'perhaps'"],
  ["DELETE FROM shaped WHERE id = % RETURNING *", "1", "2", "99", "3000000000"],
  ["DELETE FROM shaped WHERE id = %", "1", "2", "99"],
  ["DELETE FROM nowhere WHERE id = %", "1", "2"],
];

describe("texts of a known shape", () => {
  let directory: string;
  let engine: CatalogEngine;
  let session: LocalSession;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "catalogd-shapes-"));
    engine = await CatalogEngine.open({
      directory,
      disk: new NodeDisk(),
      database: "dev",
      onFatal: (error) => {
        throw error;
      },
    });
    session = await LocalSession.open(new Sessions({ engine }), "dev");
    await answersOf(
      `CREATE TABLE shaped (id bigint PRIMARY KEY, name varchar(4) NOT NULL DEFAULT 'none',
         n integer CHECK (n > 0), amount numeric(6, 2), made date, flag boolean, tags text[])`,
    );
    await answersOf("INSERT INTO shaped VALUES (1, 'one', 1), (2, 'two', 2)");
  });
  after(async () => {
    session.close();
    await engine.close();
    rmSync(directory, { recursive: true });
  });

  async function answersOf(text: string): Promise<unknown[]> {
    session.start(text);
    await session.answered();
    return session.take().map((answer) => {
      if (answer.kind !== "error" || !(answer.error instanceof SqlError)) return answer;
      const { code, message, fields } = answer.error;
      return { code, message, fields };
    });
  }

  for (const [template, ...literals] of families) {
    it(`answer ${template} for ${literals.join(", ")}`, async () => {
      for (const round of [...literals, ...literals.toReversed()]) {
        const text = template.replace("%", () => round);
        // A comment at the end leaves a text without a shape, and every position where it was.
        expect(await answersOf(text), text).to.deep.equal(await answersOf(`${text} /* anew */`));
      }
    });
  }

  for (const [template, ...literals] of pairs) {
    it(`answer ${template} for ${literals.join(", ")}`, async () => {
      for (const round of [...literals, ...literals.toReversed(), ...literals]) {
        const two = round.split(" ");
        const text = template.replace(/\?/g, () => two.shift() ?? "");
        expect(await answersOf(text), text).to.deep.equal(await answersOf(`${text} /* anew */`));
      }
    });
  }

  for (const [template, ...literals] of changes) {
    it(`do what ${template} does for ${literals.join(", ")}`, async () => {
      const undone = async (text: string): Promise<unknown[]> => {
        await answersOf("BEGIN");
        const answers = await answersOf(text);
        await answersOf("ROLLBACK");
        return answers;
      };
      for (const round of [...literals, ...literals.toReversed()]) {
        const text = template.replace("%", () => round);
        expect(await undone(text), text).to.deep.equal(await undone(`${text} /* anew */`));
      }
    });
  }
});
