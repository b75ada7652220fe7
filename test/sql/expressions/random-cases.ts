/** Expressions of chance in the places where tables and views keep them. */
import fc from "fast-check";
import { type Oid, oid } from "../../../src/base/ids.ts";
import { builtin } from "../bind-support.ts";
import { type Case, columnTypes } from "./cases.ts";
import { indexColumns } from "./columns.ts";
import { Grammar } from "./grammar.ts";
import { Vocabulary } from "./vocabulary.ts";

const DEPTH_MAX = 4;

export function randomCases(): fc.Arbitrary<Case> {
  indexColumns(builtin);
  const vocabulary = new Vocabulary(builtin);
  const overX = new Grammar(vocabulary, true);
  const alone = new Grammar(vocabulary, false);
  const depth = fc.integer({ min: 1, max: DEPTH_MAX });
  const ofType = (grammar: Grammar, type: Oid) =>
    depth.chain((levels) => grammar.operand(type, levels));
  const column = fc.constantFrom(...Object.keys(columnTypes));
  const ofColumn = (grammar: Grammar, place: Case["place"]) =>
    column.chain((type) =>
      ofType(grammar, typeOf(columnTypes[type] ?? "")).map((text) => ({ place, type, text })),
    );
  const views = depth.chain((levels) => overX.any(levels));
  const checks = ofType(overX, typeOf("bool"));
  return fc.oneof(
    { weight: 8, arbitrary: ofColumn(alone, "default") },
    { weight: 4, arbitrary: checks.map((text) => ({ place: "check", type: "", text }) as const) },
    { weight: 1, arbitrary: ofColumn(overX, "generated") },
    { weight: 8, arbitrary: views.map((text) => ({ place: "view", type: "", text }) as const) },
  );
}

const typeOf = (name: string): Oid => builtin.typesByName.get(name)?.oid ?? oid(0);
