/** Which identifiers PostgreSQL's scanner says it cuts. */
import { expect } from "chai";
import { longIdentifiers } from "../../src/sql/parse/long-identifiers.ts";

const long = "x".repeat(64);
const cut = "x".repeat(63);

describe("identifiers that are too long", () => {
  const said = (text: string) => longIdentifiers(text).map(({ code, message }) => [code, message]);

  it("are told in lower case unless they are quoted", () => {
    const notice = ["42622", `identifier "${long}" will be truncated to "${cut}"`];
    expect(said(`create table ${long.toUpperCase()} (a int)`)).to.deep.equal([notice]);
    const quoted = `"${"X".repeat(62)}""YZ"`;
    expect(said(`create table ${quoted} (a int)`)).to.deep.equal([
      ["42622", `identifier "${"X".repeat(62)}"YZ" will be truncated to "${"X".repeat(62)}""`],
    ]);
  });

  it("are cut between characters", () => {
    const [first] = said(`select 1 as ${"é".repeat(32)}`);
    expect(first?.[1]).to.equal(
      `identifier "${"é".repeat(32)}" will be truncated to "${"é".repeat(31)}"`,
    );
  });

  it("are not looked for in strings and comments", () => {
    expect(said(`select '${long}', $$${long}$$ -- ${long}\n /* ${long} */`)).to.deep.equal([]);
    expect(said(`select ${cut}`)).to.deep.equal([]);
  });
});
