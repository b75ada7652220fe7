/** Values and patterns that would stall the session's thread. */

import { expect } from "chai";
import { SqlError } from "../../src/base/sql-error.ts";
import { Chance } from "../../src/sql/functions/chance.ts";
import { compileLike } from "../../src/sql/functions/like.ts";
import { mayTakeLong, regexCost } from "../../src/sql/functions/regex-cost.ts";
import type { FunctionContext, SessionEffects } from "../../src/sql/functions/registry.ts";
import { loadGrammar } from "../../src/sql/parse/grammar.ts";
import type { Scalar } from "../../src/sql/types/scalar.ts";
import { context } from "./functions-support.ts";
import { QueryBench } from "./translate-support.ts";

const EXPLODING = "SELECT (repeat('a', 40) || 'b') ~ '^(a+)+$'";

/** LIKE by definition: every way to share out the text. */
function likeByDefinition(text: readonly string[], pattern: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text.length === 0;
  if (first === "%") {
    for (let at = 0; at <= text.length; at++) {
      if (likeByDefinition(text.slice(at), rest)) return true;
    }
    return false;
  }
  if (text.length === 0) return false;
  if (first === "_") return likeByDefinition(text.slice(1), rest);
  const literal = first === "\\" ? rest.shift() : first;
  return literal === text[0] && likeByDefinition(text.slice(1), rest);
}

function* words(alphabet: readonly string[], lengthMax: number): Generator<string[]> {
  yield [];
  if (lengthMax === 0) return;
  for (const word of words(alphabet, lengthMax - 1)) {
    for (const letter of alphabet) yield [...word, letter];
  }
}

describe("LIKE", () => {
  it("answers by definition for every short pattern and text", () => {
    const texts = [...words(["a", "b", "😀"], 4)];
    for (const pattern of words(["a", "😀", "%", "_", "\\%", "\\_"], 4)) {
      const matches = compileLike(pattern.join(""));
      const pieces = pattern.flatMap((piece) => [...piece]);
      for (const text of [...texts, ["%"], ["_"], ["a", "%"]]) {
        const said = `${text.join("")} LIKE ${pattern.join("")}`;
        expect(matches(text.join("")), said).to.equal(likeByDefinition(text, pieces));
      }
    }
  }).timeout(20_000);

  it("takes no time for a pattern of many percent signs", () => {
    const matches = compileLike(`${"%a".repeat(200)}%b`);
    expect(matches("a".repeat(100_000))).to.equal(false);
  });
});

describe("the cost of regular expressions", () => {
  const session = { ...context, effects: {} as SessionEffects } as FunctionContext;
  const watched = (pattern: string, length: number): boolean =>
    mayTakeLong({ ...session }, regexCost(pattern), "a".repeat(length));

  const cases: readonly (readonly [pattern: string, free: number, costly: number])[] = [
    ["(?<![^])(a+)+(?![^])", 20, 28],
    ["(?<![^])(?:a|aa)*(?![^])", 12, 40],
    ["a*a*a*b", 40, 400],
    ["foo.*bar", 2_000, 10_000],
    ["foo", 1_000_000, 20_000_000],
    ["(?<![^])(?:(?:a*){10}){10}", 3, 30],
    ["a?".repeat(30), 0, 30],
    ["(?<![^])[(+*]+(?![^])", 1_000_000, 20_000_000],
  ];
  for (const [pattern, short, long] of cases) {
    it(`watches /${pattern}/ for ${long} characters, not for ${short}`, () => {
      expect([watched(pattern, short), watched(pattern, long)]).to.deep.equal([false, true]);
    });
  }

  it("adds up what the matches of one query may cost", () => {
    const cost = regexCost("foo.*bar");
    const rows = Array.from({ length: 100 }, () => "a".repeat(2_000));
    expect(rows.some((row) => mayTakeLong(session, cost, row))).to.equal(true);
    expect(mayTakeLong({ ...session }, cost, "a".repeat(2_000))).to.equal(false);
  });
});

describe("values that take long to compute", () => {
  let bench: QueryBench;
  before(async () => {
    await loadGrammar();
    bench = new QueryBench();
    Object.assign(bench.environment, { effects: { setConfig: () => "c", chance: new Chance() } });
  });
  after(() => bench.close());

  async function run(text: string, signal?: AbortSignal): Promise<[string, unknown]> {
    const { result } = bench.run(text, [], signal ? { signal } : {});
    if (result.kind === "rows") return ["here", result.rows[0]?.[0]];
    const rows: (readonly Scalar[])[] = [];
    for await (const batch of result.batches) rows.push(...batch);
    return ["elsewhere", rows[0]?.[0]];
  }
  const errorOf = async (text: string): Promise<string> => {
    try {
      await run(text);
    } catch (error) {
      if (error instanceof SqlError) return `${error.code} ${error.message}`;
      throw error;
    }
    return "none";
  };

  it("computes them on a reader thread", async () => {
    const where: readonly (readonly [string, string, bigint])[] = [
      ["SELECT length(repeat('ab', 10))", "here", 20n],
      ["SELECT length(repeat('ab', 1000000))", "elsewhere", 2_000_000n],
      ["SELECT length(lpad('x', 3000000, 'ab'))", "elsewhere", 3_000_000n],
      ["SELECT length(rpad('x', 30, 'é'))", "here", 30n],
      [
        "SELECT length(replace(repeat('a', 1000), 'a', repeat('b', 2000)))",
        "elsewhere",
        2_000_000n,
      ],
      ["SELECT cardinality(array_fill(1, ARRAY[100, 1000]))", "elsewhere", 100_000n],
      ["SELECT cardinality(array_fill(1, ARRAY[10, 10]))", "here", 100n],
      ["SELECT length(lpad('abc', 8, 'xyz'))", "here", 8n],
    ];
    for (const [text, place, value] of where) {
      expect(await run(text), text).to.deep.equal([place, value]);
    }
    expect(await run("SELECT lpad('abc', 8, 'x😀')")).to.deep.equal(["here", "x😀x😀xabc"]);
    const many = "SELECT sum(length(repeat('x', 1000000 + n))) FROM generate_series(0, 29) n";
    expect(await run(many)).to.deep.equal(["elsewhere", 30_000_435n]);
    expect(await run("SELECT rpad('abc', 2, '')")).to.deep.equal(["here", "ab"]);
  });

  it("refuses what is too large", async () => {
    const tooLong = "54000 requested length too large";
    const size = (max: number) => `54000 array size exceeds the maximum allowed (${max})`;
    const refused: readonly (readonly [string, string])[] = [
      ["SELECT repeat('x', 200000000)", tooLong],
      ["SELECT repeat('x', 2000000000)", tooLong],
      ["SELECT lpad('x', 1000000000)", tooLong],
      ["SELECT rpad('x', 1000000000, 'ab')", tooLong],
      ["SELECT replace(repeat('a', 100000), 'a', repeat('b', 100000))", tooLong],
      ["SELECT array_fill(1, ARRAY[100000000])", size(1_000_000)],
      ["SELECT array_fill(1, ARRAY[100000, 100000])", size(134_217_727)],
      ["SELECT array_fill(1, ARRAY[-1])", size(134_217_727)],
      ["SELECT string_to_array(repeat('a,', 1500000), ',')", size(1_000_000)],
      ["SELECT array_fill(1, ARRAY[700000]) || array_fill(1, ARRAY[700000])", size(1_000_000)],
    ];
    for (const [text, error] of refused) expect(await errorOf(text), text).to.equal(error);
  }).timeout(20_000);

  it("is an error in a query that may not leave the session", async () => {
    const changing = `${EXPLODING}, set_config('a.b', 'c', false)`;
    expect(await errorOf(changing)).to.equal("54001 regular expression is too complex");
  });

  it("is that error for functions that match more than once, too", async () => {
    const text = "repeat('a', 40) || 'b', '^(a+)+$'";
    for (const call of [
      `regexp_replace(${text}, 'x', 'g')`,
      `regexp_replace(${text}, 'x')`,
      `regexp_count(${text})`,
      `regexp_split_to_array(${text})`,
      `regexp_match(${text})`,
    ]) {
      const changing = `SELECT ${call}, set_config('a.b', 'c', false)`;
      const error = await errorOf(changing);
      expect(error, call).to.equal("54001 regular expression is too complex");
    }
  });

  it("answers a pattern there that only looks as if it exploded", async () => {
    const pattern = "'^a+(b+)*[^;]*$'";
    const changing = "set_config('a.b', 'c', false)";
    for (const call of [
      `repeat('a', 900) ~ ${pattern}`,
      `regexp_replace(repeat('a', 900), ${pattern}, '') = ''`,
      `regexp_count(repeat('a', 900), ${pattern}) = 1`,
    ]) {
      expect(await run(`SELECT ${call}, ${changing}`), call).to.deep.equal(["here", 1n]);
    }
  });

  it("ends an exploding regular expression when it is cancelled", async () => {
    const controller = new AbortController();
    const reason = new SqlError("57014", "canceling statement due to user request");
    let ticks = 0;
    const clock = setInterval(() => ticks++, 10);
    setTimeout(() => controller.abort(reason), 200);
    try {
      await run(EXPLODING, controller.signal);
      expect.fail("it ended by itself");
    } catch (error) {
      expect(error).to.equal(reason);
    } finally {
      clearInterval(clock);
    }
    expect(ticks).to.be.greaterThan(10);
    expect(await run("SELECT length(repeat('ab', 1000000))")).to.deep.equal([
      "elsewhere",
      2_000_000n,
    ]);
  }).timeout(20_000);
});
