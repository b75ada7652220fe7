/** Arrays as rows. https://www.postgresql.org/docs/15/functions-array.html */
import type { Oid } from "../../base/ids.ts";
import type { ArrayValue } from "../types/array-value.ts";
import type { Scalar } from "../types/scalar.ts";
import { dimension, readArray, splitFields, upperBound } from "./arrays.ts";
import { asText, defineSet, defineSetFor } from "./define.ts";
import type { SetFunctionDefinition } from "./registry.ts";

function* subscripts(array: ArrayValue, number: Scalar, reverse: boolean) {
  const at = dimension(array, number);
  if (at === undefined) return;
  const low = array.lowerBounds[at] as number;
  const high = upperBound(array, at);
  for (let index = low; index <= high; index++) {
    yield [BigInt(reverse ? high + low - index : index)] as const;
  }
}

export const arraySetFunctions: readonly SetFunctionDefinition[] = [
  defineSetFor("unnest(anyarray)", ({ args }) => {
    const type = args[0] as Oid;
    return (context, array) => {
      const { elements } = readArray(type, array as Scalar, context);
      return elements.map((element) => [element]);
    };
  }),
  ...["generate_subscripts(anyarray, int4)", "generate_subscripts(anyarray, int4, bool)"].map(
    (signature) =>
      defineSetFor(signature, ({ args }) => {
        const type = args[0] as Oid;
        return (context, array, number, reverse) =>
          subscripts(readArray(type, array as Scalar, context), number as Scalar, reverse === 1n);
      }),
  ),
  defineSetFor("_pg_expandarray(anyarray)", ({ args }) => {
    const type = args[0] as Oid;
    return (context, array) =>
      readArray(type, array as Scalar, context).elements.map((element, at) => [
        element,
        BigInt(at + 1),
      ]);
  }),
  defineSet("string_to_table(text, text)", (_c, text, delimiter) =>
    text === null ? [] : splitFields(asText(text), delimiter as Scalar, null).map((part) => [part]),
  ),
  defineSet("string_to_table(text, text, text)", (_c, text, delimiter, nullText) =>
    text === null
      ? []
      : splitFields(asText(text), delimiter as Scalar, nullText as Scalar).map((part) => [part]),
  ),
];
