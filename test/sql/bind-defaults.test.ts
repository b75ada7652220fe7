import { readFileSync } from "node:fs";
import { expect } from "chai";
import { type Oid, oid } from "../../src/base/ids.ts";
import { SqlError } from "../../src/base/sql-error.ts";
import { decodeTree, encodeTree } from "../../src/sql/bind/codec.ts";
import { Names } from "../../src/sql/bind/names.ts";
import { bindExecuteParameters, bindExpression } from "../../src/sql/bind/query.ts";
import { collectReferences } from "../../src/sql/bind/references.ts";
import type { Expression } from "../../src/sql/bind/tree.ts";
import { printExpression } from "../../src/sql/print/print.ts";
import { bindContext, builtin, parseExpression } from "./bind-support.ts";
import { testCatalog } from "./bind-tables.ts";

/** A DEFAULT for a column of a type: how pg_get_expr printed it on PostgreSQL 15, or the error. */
interface Golden {
  readonly type: number;
  readonly typmod: number;
  readonly expression: string;
  readonly plain?: string;
  /** Where it differs from plain. */
  readonly pretty?: string;
  readonly error?: Readonly<Record<string, string>>;
}

const golden = JSON.parse(
  readFileSync(new URL("bind-golden/defaults.json", import.meta.url), "utf8"),
) as Golden[];
const catalog = testCatalog();
const context = bindContext(catalog);

function bindDefault(text: string, type: number, typmod = -1): Expression {
  const target = { type: oid(type), typmod };
  const use = { kind: "column default", column: "a", target } as const;
  return bindExpression(parseExpression(text), context, use);
}

function answer({ expression, type, typmod }: Golden): unknown {
  try {
    const tree = decodeTree(encodeTree(bindDefault(expression, type, typmod)));
    const plain = printExpression(tree, { builtin, types: context.types });
    const pretty = printExpression(tree, { builtin, types: context.types, pretty: true });
    return { plain, ...(pretty === plain ? {} : { pretty }) };
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    const { position: _, ...fields } = error.fields;
    return { error: { code: error.code, message: error.message, ...fields } };
  }
}

describe("column defaults", () => {
  for (const each of golden) {
    const { type, typmod, expression, ...wanted } = each;
    it(`stores and prints ${expression} for type ${type} (${typmod}) as PostgreSQL does`, () => {
      expect(answer(each)).to.deep.equal(wanted);
    });
  }

  it("points at what may not stand in a default", () => {
    const positions = (text: string) => {
      try {
        bindDefault(text, 23);
      } catch (error) {
        return error instanceof SqlError ? error.fields.position : undefined;
      }
      return undefined;
    };
    expect(positions("1 + a")).to.equal(12);
    expect(positions("1 + (SELECT 2)")).to.equal(12);
    expect(positions("1 + count(*)")).to.equal(12);
  });

  it("qualifies what the reader's search path does not find", () => {
    const tree = bindDefault("nextval('s1')", 20);
    const print = (searchPath: readonly Oid[]) =>
      printExpression(tree, { builtin, types: { ...context.types, searchPath } });
    expect(print([oid(11), oid(2200)])).to.equal("nextval('s1'::regclass)");
    expect(print([oid(11)])).to.equal("nextval('public.s1'::regclass)");
  });

  it("refers to the sequence that a regclass constant names, and to nothing pinned", () => {
    const names = new Names(builtin, context.catalog, context.searchPath);
    const references = collectReferences(bindDefault("nextval('s1') + 1", 20), names);
    expect(references).to.deep.equal([{ classOid: 1259, oid: 20101, subId: 0 }]);
    expect(collectReferences(bindDefault("lower('A') || now()", 25), names)).to.deep.equal([]);
  });

  it("keeps wide integers and bytes through the codec, and drops positions", () => {
    const wide = bindDefault("9223372036854775807", 20);
    expect(decodeTree(encodeTree(wide))).to.have.property("value", 9223372036854775807n);
    expect(encodeTree(wide)).not.to.contain("position");
    const bytes = decodeTree(encodeTree(bindDefault("1.5", 701)));
    expect(JSON.stringify(bytes)).to.equal(JSON.stringify(decodeTree(encodeTree(bytes))));
  });

  it("brings the arguments of EXECUTE to the types of the parameters", () => {
    const nodes = [parseExpression("1"), parseExpression("'x'")];
    const { query } = bindExecuteParameters(nodes, [oid(20), oid(25)], context);
    expect(query.targets.map((target) => target.expression.type)).to.deep.equal([20, 25]);
    const wrong = () => bindExecuteParameters([parseExpression("now()")], [oid(23)], context);
    expect(wrong).to.throw(
      SqlError,
      "parameter $1 of type timestamp with time zone cannot be coerced to the expected type integer",
    );
  });
});
