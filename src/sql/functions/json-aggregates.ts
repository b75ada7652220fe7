/** json_agg, json_object_agg and their jsonb sisters. NULLs are collected too. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { toJsonb } from "../types/json-codec.ts";
import { quoteJson } from "../types/json-value.ts";
import type { Scalar } from "../types/scalar.ts";
import { isStructured, keyText, toJson } from "./json-text.ts";
import type { AggregateDefinition, AggregateSteps, CallTypes } from "./registry.ts";

const collect = (
  types: CallTypes,
  make: (values: readonly string[], structured: boolean) => Scalar,
): AggregateSteps => {
  const type = types.args[0] as Oid;
  return {
    start: (): string[] => [],
    step(context, state, value) {
      (state as string[]).push(toJson(type, value as Scalar, context));
      return state;
    },
    result(context, state) {
      const values = state as string[];
      return values.length === 0 ? null : make(values, isStructured(type, context));
    },
  };
};

const pairs = (types: CallTypes, make: (pairs: readonly string[]) => Scalar): AggregateSteps => {
  const [keyType, valueType] = types.args as readonly [Oid, Oid];
  return {
    start: (): string[] => [],
    step(context, state, key, value) {
      if (key === null || key === undefined) {
        throw new SqlError("22023", "field name must not be null");
      }
      const name = quoteJson(keyText(keyType, key, context));
      (state as string[]).push(`${name} : ${toJson(valueType, value as Scalar, context)}`);
      return state;
    },
    result: (_context, state) =>
      (state as string[]).length === 0 ? null : make(state as string[]),
  };
};

export const jsonAggregates: readonly AggregateDefinition[] = [
  {
    signature: "json_agg(anyelement)",
    // Values with an inside of their own start on a new line.
    specialize: (types) =>
      collect(types, (values, structured) => `[${values.join(structured ? ", \n " : ", ")}]`),
  },
  {
    signature: "jsonb_agg(anyelement)",
    specialize: (types) => collect(types, (values) => toJsonb(`[${values.join(",")}]`)),
  },
  {
    signature: "json_object_agg(any, any)",
    specialize: (types) => pairs(types, (parts) => `{ ${parts.join(", ")} }`),
  },
  {
    signature: "jsonb_object_agg(any, any)",
    specialize: (types) => pairs(types, (parts) => toJsonb(`{${parts.join(",")}}`)),
  },
];
