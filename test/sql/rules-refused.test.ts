/** What PostgreSQL keeps in rules and this server does not, by name. */
import { expect } from "chai";
import { psql } from "../support/psql.ts";
import { launch } from "../support/server.ts";

describe("rules refuse", () => {
  it("assignments to parts of columns", async () => {
    const address = await launch();
    const setUp = await psql(address, [
      ...["-q", "-c", "CREATE TABLE parts (a int[], j jsonb)"],
      ...["-c", "CREATE TABLE ruled (n int)"],
    ]);
    expect(setUp.code, setUp.err).to.equal(0);
    const actions = [
      "UPDATE parts SET a[1] = new.n",
      "UPDATE parts SET j['x'] = to_jsonb(new.n)",
      "INSERT INTO parts (a[1]) VALUES (new.n)",
    ];
    for (const action of actions) {
      const sql = `CREATE RULE r AS ON INSERT TO ruled DO ${action}`;
      const { err } = await psql(address, ["-v", "VERBOSITY=verbose", "-c", sql]);
      expect(err, action).to.contain(
        "0A000: assignment to a part of a column in a rule is not supported",
      );
    }
  });
});
