/** The body of a routine in SQL as CREATE looks at it. */
import { INVALID_OID } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { RoutineBody, RoutineSignature } from "../../catalog/ddl/context.ts";
import type { LiteralPlace } from "../../catalog/routine-statement.ts";
import type { BindContext } from "../bind/context.ts";
import { Names } from "../bind/names.ts";
import { bindBody, bindingOf } from "../bind/query.ts";
import { checkReturned } from "../bind/routine-body.ts";
import { Parameters, Scope } from "../bind/scope.ts";
import { targetsOf } from "../bind/stored-body.ts";
import { RECORD, VOID } from "../bind/type-oids.ts";
import { typeText } from "../bind/type-text.ts";

/** Throws what is wrong with it, with a position in the statement that has the body. */
export function checkBody(body: RoutineBody, context: BindContext): void {
  refusePseudoTypes(body, context);
  const shape = shapeOf(body);
  // Positions in the body are those of its own text, until they are known in the client's.
  const inside = {
    ...context,
    positionOf: (offset: number) => (offset < 0 ? undefined : offset + 1),
  };
  try {
    const { targets } = bindBody(context.parseBody(body.source), shape, inside);
    checkReturned(
      targets,
      shape,
      new Scope(bindingOf(inside, new Parameters([], false)), undefined),
    );
  } catch (error) {
    throw error instanceof SqlError ? placed(error, body) : error;
  }
}

/** Throws 42P13 unless a body that is no text gives what the routine returns. */
export function checkSqlBody(
  tree: string,
  signature: RoutineSignature,
  context: BindContext,
): void {
  refusePseudoTypes(signature, context);
  const scope = new Scope(bindingOf(context, new Parameters([], false)), undefined);
  try {
    checkReturned(targetsOf(tree), shapeOf(signature), scope);
  } catch (error) {
    throw error instanceof SqlError ? error.within(`SQL function "${signature.name}"`) : error;
  }
}

const shapeOf = (signature: RoutineSignature) => ({
  ...signature,
  outputs: signature.outputs.map(({ name, type }) => ({
    ...{ name, type },
    ...{ typmod: -1, collation: INVALID_OID },
  })),
});

const pseudo = (names: Names, type: RoutineBody["result"]): boolean =>
  names.type(type).kind === "p";

function refusePseudoTypes({ args, result }: RoutineSignature, context: BindContext): void {
  const names = new Names(context.builtin, context.catalog, context.searchPath);
  if (pseudo(names, result) && result !== RECORD && result !== VOID) {
    throw new SqlError("42P13", `SQL functions cannot return type ${typeText(names, result)}`);
  }
  const arg = args.find((type) => pseudo(names, type));
  if (arg === undefined) return;
  throw new SqlError(
    "42P13",
    `SQL functions cannot have arguments of type ${typeText(names, arg)}`,
  );
}

/** An error without a place says in which function it came about. */
function placed(error: SqlError, { name, place, source }: RoutineBody): SqlError {
  const { position, ...fields } = error.fields;
  const bare = new SqlError(error.code, error.message, fields);
  if (position === undefined || !place) return bare.within(`SQL function "${name}"`);
  return bare.at(positionIn(place, source, position));
}

/** Of a character of a body in the statement that has it. */
export function positionIn(
  { position, doubled }: LiteralPlace,
  source: string,
  at: number,
): number {
  const before = [...source].slice(0, at - 1);
  const quotes = doubled ? before.filter((character) => character === "'").length : 0;
  return position + before.length + quotes;
}
