/** CALL as the engine prepares it: the procedure, its arguments as a query, its body. */
import { notSupported } from "../../base/sql-error.ts";
import { kinds } from "../../catalog/acl.ts";
import { languageOf } from "../../catalog/languages.ts";
import { may } from "../../catalog/privileges.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { inBody } from "../bind/body-statement.ts";
import { bindCall, checkNoOutputs, outputPlaces } from "../bind/call.ts";
import { Names } from "../bind/names.ts";
import { bindingOf, parametersOf } from "../bind/query.ts";
import type { RoutineShape } from "../bind/routine-body.ts";
import type { ProcTuple } from "../bind/routine-facts.ts";

import { VOID } from "../bind/type-oids.ts";
import { typeText } from "../bind/type-text.ts";

import type { CallRequest, ProcedurePlan } from "../session/engine.ts";
import type { RoutineCode } from "../session/routine-code.ts";
import { typeFacts } from "../translate/type-facts.ts";
import type { Planner } from "./planner.ts";
import { codeOf } from "./routines.ts";

export function planProcedure(
  planner: Planner,
  catalog: CatalogReader,
  request: CallRequest,
): ProcedurePlan {
  const { call, context, parameterTypes, inferParameters, place } = request;
  const variables = request.variables?.open();
  const binding = {
    ...planner.bindContext(context),
    ...(variables ? { variables } : {}),
    ...{ parameterTypes, inferParameters },
  };
  const inside = place ? inBody(binding, place) : binding;
  const bound = bindCall(bindingOf(inside, parametersOf(inside)), call.node);
  if (place) checkNoOutputs(bound);
  const { procedure, shape } = bound;
  const { length } = typeFacts(catalog);
  const secured = { kind: kinds.function, owner: procedure.proowner, acl: procedure.proacl };
  const denied = may(catalog, context.user.oid, secured, "X")
    ? undefined
    : `permission denied for procedure ${shape.name}`;
  const columns = shape.outputs.map(({ name, type, typmod }) => ({
    ...{ name, type, typmod, typeLength: length(type) },
    ...{ table: 0 as never, attribute: 0 },
  }));
  return {
    arguments: { ...planner.planOf(bound.arguments, context), uses: variables?.uses },
    outputs: outputPlaces(call.node, bound),
    columns: shape.result === VOID ? undefined : columns,
    denied,
    code: () => {
      const names = new Names(binding.builtin, catalog, binding.searchPath);
      return procedureCode(catalog, procedure, shape, names);
    },
  };
}

/** Throws 0A000 for a routine in another language. */
function procedureCode(
  catalog: CatalogReader,
  row: ProcTuple,
  shape: RoutineShape,
  names: Names,
): RoutineCode {
  const language = languageOf(catalog, row.prolang);
  if (language !== "sql" && language !== "plpgsql") {
    const shown = shape.args.map((type) => typeText(names, type)).join(", ");
    const which = `calling procedure ${row.proname}(${shown}), which is in language ${language},`;
    throw notSupported(which);
  }
  return codeOf(row, shape, language === "plpgsql");
}
