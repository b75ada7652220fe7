/** The registry knows what pg_proc has, and says so when a signature is nobody's. */
import { expect } from "chai";
import { oid } from "../../src/base/ids.ts";
import { pgProc } from "../../src/catalog/relations/pg-proc.ts";
import { pgType } from "../../src/catalog/relations/pg-type.ts";
import { buildRegistry } from "../../src/sql/functions/registrations.ts";
import { memoryCatalog, registry } from "./functions-support.ts";

const build = (signatures: readonly string[]) =>
  buildRegistry(memoryCatalog.all(pgProc), memoryCatalog.all(pgType), {
    scalars: signatures.map((signature) => ({ signature, call: () => null })),
    sets: [],
    aggregates: [],
  });

describe("registry", () => {
  it("takes strictness and volatility from pg_proc", () => {
    const formatType = registry.scalar(oid(1081));
    expect(formatType).to.include({
      signature: "format_type(oid, int4)",
      strict: false,
      volatility: "s",
      polymorphic: false,
    });
    expect(registry.scalar(oid(65))).to.include({ native: "=", strict: true, volatility: "i" });
  });

  it("refuses a signature that no procedure has", () => {
    expect(() => build(["format_typ(oid, int4)"])).to.throw("no procedure format_typ(oid, int4)");
  });

  it("refuses a procedure implemented twice", () => {
    expect(() => build(["now()", "now()"])).to.throw("now() is implemented twice");
  });
});
