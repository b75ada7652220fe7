/** DO as the engine prepares it: a function without arguments that is stored nowhere. */
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { checkMayWriteIn, languageOf } from "../../catalog/languages.ts";
import type { Role } from "../../catalog/names.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgLanguage } from "../../catalog/relations/pg-language.ts";
import { VOID } from "../bind/type-oids.ts";
import type { InlineCodeStatement } from "../parse/statement.ts";
import { bodyOf, givenByCall, nothingOf } from "../plpgsql/bodies.ts";
import type { RoutineCode } from "../session/routine-code.ts";
import { checkProcedural } from "./procedural-check.ts";

/** As messages call it. */
const NAME = "inline_code_block";

/** Throws 42704, 42501, 0A000, and what is wrong with the text of the body. */
export function codeInline(
  catalog: CatalogReader,
  user: Pick<Role, "oid">,
  { source, language, place }: InlineCodeStatement,
): RoutineCode {
  checkLanguage(catalog, user, language);
  const shape = { name: NAME, args: [], argNames: [], result: VOID, outputs: [] };
  checkProcedural({
    ...{ ...shape, source, returnsSet: false, isProcedure: false, parameterCount: 0 },
    ...(place && { place }),
  });
  const given = givenByCall({
    ...{ name: NAME, parameters: [], count: 0, set: false, outputs: false },
    nothing: nothingOf(VOID, false),
  });
  const body = bodyOf(source, given);
  return {
    ...{ shape, source, statements: [], definer: undefined, settings: [], readOnly: false },
    procedural: { body, isProcedure: false, returnsSet: false, parameters: [] },
  };
}

function checkLanguage(catalog: CatalogReader, user: Pick<Role, "oid">, name: string): void {
  const row = catalog.find(pgLanguage, "name", [name]);
  if (!row) throw new SqlError("42704", `language "${name}" does not exist`);
  checkMayWriteIn(catalog, user.oid, row);
  if (row.laninline === 0) {
    throw new SqlError("0A000", `language "${name}" does not support inline code execution`);
  }
  if (languageOf(catalog, row.oid) !== "plpgsql") throw notSupported(`DO in language ${name}`);
}
