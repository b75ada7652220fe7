import { readFileSync } from "node:fs";
import { expect } from "chai";
import { decodeQuery, encodeTree } from "../../src/sql/bind/codec.ts";
import { bindQuery } from "../../src/sql/bind/query.ts";
import { printViewQuery } from "../../src/sql/print/print.ts";
import { bindContext, builtin, parseSelect } from "./bind-support.ts";
import { testCatalog } from "./bind-tables.ts";

/** A query as pg_get_viewdef printed a view of it on PostgreSQL 15; `pretty` where that differs. */
interface Golden {
  readonly text: string;
  readonly plain: string;
  readonly pretty?: string;
}

const golden = JSON.parse(
  readFileSync(new URL("print-golden/queries.json", import.meta.url), "utf8"),
) as Golden[];

describe("printing queries", () => {
  const context = bindContext(testCatalog());
  for (const { text, plain, pretty = plain } of golden) {
    it(`stores and prints ${text} as PostgreSQL does`, () => {
      const query = decodeQuery(encodeTree(bindQuery(parseSelect(text), context).query));
      const print = (isPretty: boolean) =>
        `${printViewQuery(query, { builtin, types: context.types, pretty: isPretty })};`;
      expect(print(false)).to.equal(plain);
      expect(print(true)).to.equal(pretty);
    });
  }
});
