/**
 * concat, concat_ws, format and || with values of any type.
 * https://www.postgresql.org/docs/15/functions-string.html#FUNCTIONS-STRING-FORMAT
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { Stored } from "../types/codec.ts";
import { int4 } from "../types/integers.ts";
import { quoteIdentifier } from "../types/keywords.ts";
import type { Scalar } from "../types/scalar.ts";
import { characterLength } from "../types/texts.ts";
import { castToText, codecOf } from "../types/type-io.ts";
import { asText, define, defineFor } from "./define.ts";
import type { FunctionContext, FunctionDefinition } from "./registry.ts";
import { quoteLiteral } from "./strings.ts";
import { type TypedValue, variadicValues } from "./variadic.ts";

const show = ({ type, value }: TypedValue, context: FunctionContext): string | null =>
  value === null ? null : codecOf(type, context).format(value, context, -1);

const joined = (
  values: readonly TypedValue[],
  separator: string,
  context: FunctionContext,
): string => values.flatMap((value) => show(value, context) ?? []).join(separator);

/** %[position$][-][width|*|*position$]type */
const specifier = /%(?:(%)|(?:(\d+)\$)?(-*)(?:(\d+)|\*(?:(\d+)\$)?|)([\s\S])?)/g;

class Formatter {
  readonly #values: readonly TypedValue[];
  readonly #context: FunctionContext;
  #next = 0;

  constructor(values: readonly TypedValue[], context: FunctionContext) {
    this.#values = values;
    this.#context = context;
  }

  #take(position: string | undefined): TypedValue {
    if (position === "0") {
      throw new SqlError("22023", "format specifies argument 0, but arguments are numbered from 1");
    }
    const at = position === undefined ? this.#next : Number(position) - 1;
    this.#next = at + 1;
    const value = this.#values[at];
    if (!value) throw new SqlError("22023", "too few arguments for format()");
    return value;
  }

  apply(template: string): string {
    return template.replace(specifier, (whole, percent, position, flags, width, widthAt, type) => {
      if (percent) return "%";
      if (type === undefined) {
        throw new SqlError("22023", "unterminated format() type specifier", {
          hint: 'For a single "%" use "%%".',
        });
      }
      const asked = whole.includes("*") ? this.#width(widthAt) : Number(width ?? 0);
      if (!"sIL".includes(type)) {
        throw new SqlError("22023", `unrecognized format() type specifier "${type}"`, {
          hint: 'For a single "%" use "%%".',
        });
      }
      const text = this.#convert(type, this.#take(position));
      return pad(text, Math.abs(asked), flags !== "" || asked < 0);
    });
  }

  #width(position: string | undefined): number {
    const text = show(this.#take(position), this.#context);
    return text === null ? 0 : Number(int4.parse(text, -1, this.#context));
  }

  #convert(type: string, value: TypedValue): string {
    const text = show(value, this.#context);
    if (type === "s") return text ?? "";
    if (type === "L") return text === null ? "NULL" : quoteLiteral(text);
    if (text === null)
      throw new SqlError("22004", "null values cannot be formatted as an SQL identifier");
    return quoteIdentifier(text);
  }
}

function pad(text: string, width: number, leftAligned: boolean): string {
  const filler = " ".repeat(Math.max(0, width - characterLength(text)));
  return leftAligned ? text + filler : filler + text;
}

export const formattingFunctions: readonly FunctionDefinition[] = [
  defineFor(
    "concat(any)",
    (types) =>
      (context, ...args) =>
        types.variadic && args[0] === null
          ? null
          : joined(variadicValues(types, args, context), "", context),
  ),
  defineFor("concat_ws(text, any)", (types) => (context, ...args) => {
    const separator = args[0] as Scalar;
    if (separator === null || (types.variadic && args[1] === null)) return null;
    return joined(variadicValues(types, args, context, 1), asText(separator), context);
  }),
  define("format(text)", (context, template) =>
    template === null ? null : new Formatter([], context).apply(asText(template)),
  ),
  defineFor(
    "format(text, any)",
    (types) =>
      (context, ...args) =>
        args[0] === null
          ? null
          : new Formatter(variadicValues(types, args, context, 1), context).apply(asText(args[0])),
  ),
  defineFor("textanycat(text, anynonarray)", ({ args }) => {
    const type = args[1] as Oid;
    return (context, text, value) => asText(text) + castToText(type, value as Stored, context);
  }),
  defineFor("anytextcat(anynonarray, text)", ({ args }) => {
    const type = args[0] as Oid;
    return (context, value, text) => castToText(type, value as Stored, context) + asText(text);
  }),
];
