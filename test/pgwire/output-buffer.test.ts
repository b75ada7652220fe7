import { expect } from "chai";
import { oid } from "../../src/base/ids.ts";
import { SqlError } from "../../src/base/sql-error.ts";
import { writeDataRow, writeError, writeRowDescription } from "../../src/pgwire/encode.ts";
import { OutputBuffer } from "../../src/pgwire/output-buffer.ts";
import { describeMessage } from "../support/wire-client.ts";
import { textColumn } from "./fake-service.ts";

const lines = (out: OutputBuffer): string[] => {
  const bytes = out.view();
  const found: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    found.push(describeMessage(String.fromCharCode(bytes[at] ?? 0), bytes.subarray(at + 5, end)));
    at = end;
  }
  return found;
};

describe("the output buffer", () => {
  it("writes text of every length and alphabet", () => {
    const out = new OutputBuffer();
    const texts = ["", "a", "é", "日本", "x".repeat(48), "x".repeat(49), "é".repeat(70_000), "😀"];
    for (const text of texts) writeDataRow(out, [text, null, Buffer.from([1, 2])]);
    expect(lines(out)).to.deep.equal(
      texts.map((text) => `DataRow ${JSON.stringify(text)} null 0x0102`),
    );
  });

  it("forgets a message that was not ended", () => {
    const out = new OutputBuffer();
    writeDataRow(out, ["a"]);
    expect(() => writeDataRow(out, ["b", undefined as unknown as string])).to.throw(TypeError);
    expect(lines(out)).to.deep.equal(['DataRow "a"']);
    writeDataRow(out, ["c"]);
    expect(lines(out)).to.deep.equal(['DataRow "a"', 'DataRow "c"']);
  });

  it("lets no message grow past the limit and no count past int16", () => {
    const out = new OutputBuffer(10_000);
    writeDataRow(out, ["a"]);
    for (const value of ["x".repeat(10_000), Buffer.alloc(9_990)]) {
      expect(() => writeDataRow(out, [value]))
        .to.throw(SqlError, "out of memory")
        .with.property("code", "54000");
    }
    expect(() => writeDataRow(out, new Array(65_536).fill(null))).to.throw("65536");
    expect(lines(out)).to.deep.equal(['DataRow "a"']);
  });

  it("sends every field of an error, without NULs", () => {
    const out = new OutputBuffer();
    const fields = {
      detail: "D.",
      hint: "H.",
      position: 7,
      where: "w",
      schema: "s",
      table: "t",
      column: "c",
      dataType: "d",
      constraint: "n",
    };
    const cause = new Error("made elsewhere");
    cause.stack = "Error: made elsewhere\n    at f (file:///y/x.ts:3:5)\n    at g (z.ts:1:1)";
    writeError(out, new SqlError("23505", "a\0Mb", fields), cause);
    expect(lines(out)).to.deep.equal([
      'ErrorResponse ERROR 23505 "aMb" detail="D." hint="H." position=7 where="w" ' +
        'schema="s" table="t" column="c" type="d" constraint="n"',
    ]);
    expect(out.view().toString("latin1")).to.include("\0Fx.ts\0L3\0Rf\0\0");
  });

  it("describes columns with no format, one for all, or one each", () => {
    const out = new OutputBuffer();
    const column = { ...textColumn, table: oid(4294967295), attribute: -1, typmod: 5 };
    writeRowDescription(out, [], []);
    writeRowDescription(out, [column, textColumn], [1]);
    writeRowDescription(out, [textColumn, textColumn], [0, 1]);
    expect(lines(out)).to.deep.equal([
      "RowDescription",
      'RowDescription ("t" 25/-1 mod 5 of #.-1 format 1) ("t" 25/-1 format 1)',
      'RowDescription ("t" 25/-1) ("t" 25/-1 format 1)',
    ]);
  });
});
