/** Storage parameters: what is kept of SET and RESET, and what a value must be. */
import { expect } from "chai";
import { SqlError } from "../../src/base/sql-error.ts";
import type { OptionKind } from "../../src/catalog/option-definitions.ts";
import {
  checkOptions,
  lockModeOf,
  resetOptions,
  setOptions,
} from "../../src/catalog/relation-options.ts";

const NAMESPACES = ["toast"];

function messageOf(step: () => unknown): string {
  try {
    step();
  } catch (error) {
    if (error instanceof SqlError) return `${error.code} ${error.message}`;
    throw error;
  }
  return "";
}

describe("storage parameters", () => {
  it("keep their order; one that is set again goes to the end", () => {
    const old = ["fillfactor=70", "parallel_workers=2"];
    const given = [{ name: "fillfactor", value: "80" }, { name: "autovacuum_enabled" }];
    const set = setOptions(old, given);
    expect(set).to.deep.equal(["parallel_workers=2", "fillfactor=80", "autovacuum_enabled=true"]);
    expect(resetOptions(set, [{ name: "fillfactor" }, { name: "nosuch" }])).to.deep.equal([
      "parallel_workers=2",
      "autovacuum_enabled=true",
    ]);
    expect(resetOptions(["fillfactor=70"], [{ name: "fillfactor" }])).to.equal(null);
    expect(setOptions(null, [])).to.equal(null);
  });

  it("of a TOAST table are those of its namespace", () => {
    const given = [
      { namespace: "toast", name: "fillfactor", value: "1" },
      { name: "fillfactor", value: "70" },
    ];
    const both = { namespaces: NAMESPACES };
    expect(setOptions(null, given, both)).to.deep.equal(["fillfactor=70"]);
    const toast = { namespace: "toast", ...both };
    expect(setOptions(null, given, toast)).to.deep.equal(["fillfactor=1"]);
    expect(messageOf(() => setOptions(null, given))).to.equal(
      '22023 unrecognized parameter namespace "toast"',
    );
  });

  it("are refused where they are not one of their kind, or have no value of theirs", () => {
    for (const [kind, option, message] of [
      ["heap", "fillfactor=10", ""],
      ["heap", "fillfactor=0x64", ""],
      ["heap", "fillfactor=9", '22023 value 9 out of bounds for option "fillfactor"'],
      ["heap", "fillfactor=x", '22023 invalid value for integer option "fillfactor": x'],
      ["heap", "fillfactor=99.5", ""],
      ["heap", "fillfactor=100.5", ""],
      ["heap", "fillfactor=100.6", '22023 value 100.6 out of bounds for option "fillfactor"'],
      ["heap", "autovacuum_enabled=of", ""],
      [
        "heap",
        "autovacuum_enabled=o",
        '22023 invalid value for boolean option "autovacuum_enabled": o',
      ],
      ["heap", "autovacuum_vacuum_scale_factor=1e2", ""],
      [
        "heap",
        "autovacuum_vacuum_scale_factor=1e3",
        '22023 value 1e3 out of bounds for option "autovacuum_vacuum_scale_factor"',
      ],
      ["heap", "fastupdate=on", '22023 unrecognized parameter "fastupdate"'],
      ["gin", "fastupdate=on", ""],
      ["gist", "buffering=auto", ""],
      ["gist", "buffering=yes", '22023 invalid value for enum option "buffering": yes'],
      ["attribute", "n_distinct=-0.5", ""],
      ["attribute", "n_distinct=-2", '22023 value -2 out of bounds for option "n_distinct"'],
    ] as const satisfies readonly (readonly [OptionKind, string, string])[]) {
      expect(
        messageOf(() => checkOptions([option], kind)),
        `${kind} ${option}`,
      ).to.equal(message);
    }
    expect(messageOf(() => checkOptions(["fillfactor=70", "fillfactor=80"], "heap"))).to.equal(
      '22023 parameter "fillfactor" specified more than once',
    );
  });

  it("lock as the strongest of them needs", () => {
    expect(lockModeOf([{ name: "fillfactor" }])).to.equal("ShareUpdateExclusive");
    expect(lockModeOf([{ name: "fillfactor" }, { name: "user_catalog_table" }])).to.equal(
      "AccessExclusive",
    );
    expect(lockModeOf([{ name: "nosuch" }])).to.equal("AccessExclusive");
  });
});
