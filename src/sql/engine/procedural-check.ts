/** A body in PL/pgSQL as CREATE looks at it: its syntax, and that of the SQL in it. */
import { SqlError } from "../../base/sql-error.ts";
import type { RoutineBody } from "../../catalog/ddl/context.ts";
import { parse } from "../parse/parse.ts";
import { charactersBefore } from "../parse/tokens.ts";
import { type FiredBy, GIVEN_BY, givenByCall, nothingOf } from "../plpgsql/bodies.ts";
import { type Given, parseBody } from "../plpgsql/parse-body.ts";
import type { CheckSql } from "../plpgsql/reader.ts";
import { positionIn } from "./body-check.ts";

/** What calls functions with these results. */
const FIRED: ReadonlyMap<number, FiredBy> = new Map([
  [2279, "trigger"],
  [3838, "event trigger"],
]);

/** Throws 42601 and its like, with a position in the statement that has the body. */
export function checkProcedural(body: RoutineBody): void {
  const { name, source, place } = body;
  const firedBy = FIRED.get(body.result);
  if (firedBy && body.args.length > 0) {
    const message = `${firedBy} functions cannot have declared arguments`;
    const hint =
      "The arguments of the trigger can be accessed through TG_NARGS and TG_ARGV instead.";
    const where = `compilation of PL/pgSQL function "${name}" near line 1`;
    throw new SqlError("42P13", message, firedBy === "trigger" ? { hint } : {}).within(where);
  }
  const given = firedBy ? { ...GIVEN_BY[firedBy], function: name } : givenByBody(body);
  try {
    parseBody(source, given, checkSql(source));
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    const { position, ...fields } = error.fields;
    const bare = new SqlError(error.code, error.message, fields);
    if (position === undefined || !place) {
      const line = source.slice(0, position ?? 0).split("\n").length;
      throw bare.within(`compilation of PL/pgSQL function "${name}" near line ${line}`);
    }
    throw bare.at(positionIn(place, source, position));
  }
}

function givenByBody(body: RoutineBody): Given {
  const { name, argNames, outputs, parameterCount: count, returnsSet: set, isProcedure } = body;
  const parameters = [...argNames, ...outputs.map((each) => each.name)];
  const nothing = nothingOf(body.result, isProcedure);
  return givenByCall({ name, parameters, count, set, nothing, outputs: outputs.length > 0 });
}

const SELECT = "SELECT ";

const checkSql =
  (source: string): CheckSql =>
  ({ text, start }, kind) => {
    const skipped = kind === "expression" ? SELECT.length : 0;
    try {
      parse(kind === "expression" ? SELECT + text : text);
    } catch (error) {
      if (!(error instanceof SqlError) || error.fields.position === undefined) throw error;
      const { position, ...fields } = error.fields;
      const at = charactersBefore(source, start) + position - skipped;
      throw new SqlError(error.code, error.message, fields).at(at);
    }
  };
