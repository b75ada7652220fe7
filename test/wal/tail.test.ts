import { expect } from "chai";
import { judge, type Place, TAIL_RULES, type Verdict } from "../../src/wal/tail.ts";

/** header, crc, chain, further → verdict, for all of the 24 combinations. */
const EVERY_PLACE: readonly [string, Verdict][] = [
  ["zero bad bad false", "end"],
  ["zero bad bad true", "corrupt"],
  ["zero bad good false", "end"],
  ["zero bad good true", "corrupt"],
  ["zero good bad false", "end"],
  ["zero good bad true", "corrupt"],
  ["zero good good false", "end"],
  ["zero good good true", "corrupt"],
  ["bad bad bad false", "torn"],
  ["bad bad bad true", "corrupt"],
  ["bad bad good false", "torn"],
  ["bad bad good true", "corrupt"],
  ["bad good bad false", "torn"],
  ["bad good bad true", "corrupt"],
  ["bad good good false", "torn"],
  ["bad good good true", "corrupt"],
  ["good bad bad false", "torn"],
  ["good bad bad true", "corrupt"],
  ["good bad good false", "torn"],
  ["good bad good true", "corrupt"],
  ["good good bad false", "corrupt"],
  ["good good bad true", "corrupt"],
  ["good good good false", "entry"],
  ["good good good true", "entry"],
];

function* everyPlace(): Generator<Place> {
  for (const header of ["zero", "bad", "good"] as const) {
    for (const crc of ["bad", "good"] as const) {
      for (const chain of ["bad", "good"] as const) {
        for (const further of [false, true]) yield { header, crc, chain, further };
      }
    }
  }
}

describe("the tail of the log", () => {
  it("is judged for every combination", () => {
    const judged = [...everyPlace()].map((place) => [
      `${place.header} ${place.crc} ${place.chain} ${place.further}`,
      judge(place).verdict,
    ]);
    expect(judged).to.deep.equal(EVERY_PLACE);
  });

  it("needs each of its rules", () => {
    const reasons = new Set([...everyPlace()].map((place) => judge(place).reason));
    for (const rule of TAIL_RULES) expect(reasons).to.include(rule[5]);
  });
});
