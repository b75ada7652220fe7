/**
 * BOUND QUERY → SQLITE. The text does what SQLite does exactly as PostgreSQL on stored forms
 * (comparing, joining, grouping, sorting, three-valued logic); everything else is a registered
 * function.
 */
import { unreachable } from "../../base/assert.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { BoundQuery, Query, Target } from "../bind/tree.ts";
import type { ResultColumn } from "../session/api.ts";
import { Emitter, type Translators } from "./emitter.ts";
import { emitCondition, emitExpression } from "./expression.ts";
import { LAST_BY_BYTES } from "./order-keys.ts";
import type { Scope } from "./scope.ts";
import { emitSelect } from "./select.ts";
import { emitSet, emitValues } from "./sets.ts";
import type { TranslateContext, Translation } from "./translation.ts";

/** SQLite's limit on the columns of a result. https://www.sqlite.org/limits.html */
const RESULT_COLUMNS_MAX = 1664;
const VARIABLES_MAX = 32_766;

function emitQuery(emitter: Emitter, scope: Scope | undefined, query: Query): string {
  switch (query.kind) {
    case "select":
      return emitSelect(emitter, scope, query);
    case "set":
      return emitSet(emitter, scope, query);
    case "values":
      return emitValues(emitter, scope, query);
    default:
      return unreachable(query);
  }
}

const translators: Translators = {
  expression: emitExpression,
  condition: emitCondition,
  query: emitQuery,
};

/** Throws SqlError: 0A000 for what has no translation, 54001 and 54011 beyond the limits. */
export function translate(bound: BoundQuery, context: TranslateContext): Translation {
  const emitter = new Emitter(context, translators, bound.query);
  const targets = bound.query.targets.filter(({ junk }) => !junk);
  if (targets.length > RESULT_COLUMNS_MAX) {
    throw new SqlError("54011", `target lists can have at most ${RESULT_COLUMNS_MAX} entries`);
  }
  const { sql, bindings } = emitter.finish(emitWhole(emitter, bound.query));
  if (bindings.length > VARIABLES_MAX) {
    throw new SqlError("54001", "statement too complex", {
      detail: `The query holds ${bindings.length} values; at most ${VARIABLES_MAX} are supported.`,
    });
  }
  return {
    sql,
    bindings,
    functions: emitter.functions(),
    columns: targets.map((target) => resultColumn(context, target)),
    flags: {
      effects: emitter.effects,
      routines: emitter.routines,
      volatile: emitter.volatile,
      catalogFunctions: emitter.catalogFunctions,
      constant: !emitter.readsRelations,
    },
    storages: emitter.storages,
    demands: emitter.demands,
    ...(emitter.planError ? { planError: emitter.planError } : {}),
  };
}

function emitWhole(emitter: Emitter, query: Query): string {
  try {
    return emitter.query(undefined, query);
  } catch (error) {
    if (error instanceof RangeError) {
      throw new SqlError("54001", "stack depth limit exceeded");
    }
    throw error;
  }
}

/** Clients see a domain's base type and what that is modified by. */
function resultColumn(context: TranslateContext, target: Target): ResultColumn {
  const { expression } = target;
  const { types } = context;
  const type = types.base(expression.type);
  return {
    name: target.name,
    table: target.originTable,
    attribute: target.originColumn,
    type,
    ...(expression.type !== type && { domain: expression.type }),
    typeLength: types.length(type),
    typmod: expression.typmod < 0 ? types.baseTypmod(expression.type) : expression.typmod,
    ...(expression.collation > LAST_BY_BYTES && { collation: expression.collation }),
  };
}
