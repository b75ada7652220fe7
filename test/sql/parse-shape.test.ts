/** Which texts have a shape, and what their literals are. */
import { expect } from "chai";
import { shapeOf } from "../../src/sql/parse/shape.ts";

describe("the shape of a text", () => {
  it("is the text with a mark for each literal", () => {
    const shape = shapeOf("SELECT oid FROM pg_class WHERE relname = 'it''s' AND relnatts > 10;");
    expect(shape).to.deep.equal({
      key: "SELECT oid FROM pg_class WHERE relname = '?' AND relnatts > ?;",
      literals: [
        { kind: "string", text: "it's", position: 42 },
        { kind: "integer", text: "10", position: 65 },
      ],
    });
  });

  it("is equal for texts that differ in literals alone, and for no others", () => {
    const key = (text: string) => shapeOf(text)?.key;
    expect(key("select 1")).to.equal(key("select 22"));
    expect(key("select 'a'")).to.equal(key("select 'b'"));
    expect(key("select 'a'")).to.not.equal(key("select 1"));
    expect(key("select 1")).to.not.equal(key("select  1"));
    expect(key("select 2147483647")).to.equal(key("select 1"));
    expect(key("select 2147483648")).to.not.equal(key("select 1"));
    expect(key("select 2147483648")).to.equal(key("select 9223372036854775807"));
    expect(key("insert into t values (1, 'a')")).to.equal(key("insert into t values (2, '')"));
    expect(key("update t set a = 1")).to.equal(key("update t set a = 2"));
    expect(key("delete from t where a = 1")).to.equal(key("delete from t where a = 2"));
    expect(key("select t1.a1 + 5")).to.equal(key("select t1.a1 + 6"));
  });

  for (const text of [
    "select a",
    "with a as (select 1) insert into t select 1",
    "create table t (a int default 1)",
    "select 1.5",
    "select 1e5",
    "select .5",
    "select 12345678901234567890",
    "select $1",
    "select $$a$$",
    "select E'a'",
    "select U&'a'",
    "select 'a\\b'",
    "select 'a'\n'b'",
    "select 1 -- 2",
    "select /* 1 */ 2",
    "select 1; select 2",
    "select 'ä'",
    "select 'open",
    'select 1 as "open',
  ]) {
    it(`is not there for ${JSON.stringify(text)}`, () => {
      expect(shapeOf(text)).to.equal(undefined);
    });
  }
});
