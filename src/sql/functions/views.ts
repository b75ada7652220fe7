/**
 * Views and rules as the SQL that would make them, and what can be changed through views.
 * https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-INFO-CATALOG-TABLE
 */
import type { Oid } from "../../base/ids.ts";
import { relationNamed } from "../types/reg-types.ts";
import type { Scalar } from "../types/scalar.ts";
import { asNumber, asOid, asText, define, isTrue, truth } from "./define.ts";
import type { Printers } from "./printers.ts";
import type { FunctionContext, FunctionDefinition } from "./registry.ts";

/** Every column on a line of its own. */
const NO_WRAP = 0;

const definitions = (printers: Printers): readonly FunctionDefinition[] => {
  const view = (id: Oid, pretty: boolean, wrapColumn: number, context: FunctionContext): Scalar =>
    printers.view(id, pretty, wrapColumn, context) ?? null;
  const named = (name: unknown, context: FunctionContext): Oid =>
    relationNamed(asText(name as Scalar), context).oid;
  const rule = (id: unknown, pretty: boolean, context: FunctionContext): Scalar =>
    printers.rule(asOid(id as Scalar), pretty, context) ?? null;
  return [
    define("pg_get_viewdef(oid)", (context, id) => view(asOid(id), false, NO_WRAP, context)),
    define("pg_get_viewdef(oid, bool)", (context, id, pretty) =>
      view(asOid(id), isTrue(pretty), NO_WRAP, context),
    ),
    define("pg_get_viewdef(oid, int4)", (context, id, wrap) =>
      view(asOid(id), true, asNumber(wrap), context),
    ),
    define("pg_get_viewdef(text)", (context, name) =>
      view(named(name, context), false, NO_WRAP, context),
    ),
    define("pg_get_viewdef(text, bool)", (context, name, pretty) =>
      view(named(name, context), isTrue(pretty), NO_WRAP, context),
    ),
    define("pg_get_ruledef(oid)", (context, id) => rule(id, false, context)),
    define("pg_get_ruledef(oid, bool)", (context, id, pretty) => rule(id, isTrue(pretty), context)),
  ];
};

const UPDATE_AND_DELETE = 20;

const updatability = (printers: Printers): readonly FunctionDefinition[] => [
  define("pg_relation_is_updatable(regclass, bool)", (context, id, withTriggers) =>
    BigInt(printers.updatable(asOid(id), undefined, isTrue(withTriggers), context)),
  ),
  define("pg_column_is_updatable(regclass, int2, bool)", (context, id, attnum, triggers) => {
    const column = asNumber(attnum);
    if (column <= 0) return truth(false);
    const events = printers.updatable(asOid(id), column, isTrue(triggers), context);
    return truth((events & UPDATE_AND_DELETE) === UPDATE_AND_DELETE);
  }),
];

export const viewFunctions = (printers: Printers): readonly FunctionDefinition[] => [
  ...definitions(printers),
  ...updatability(printers),
];
