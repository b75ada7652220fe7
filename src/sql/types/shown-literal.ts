/**
 * LITERALS AS THEIR OUTPUT SHOWS THEM where the stored form has lost something: char's trailing
 * spaces, which do not count when values are compared, and the sign of zero, which does not either.
 */
import type { Oid } from "../../base/ids.ts";
import { oid } from "../../base/ids.ts";
import { arrayCodec } from "./array-codec.ts";
import type { Stored, TypeCodec, TypeContext } from "./codec.ts";
import { float4, float8 } from "./floats.ts";
import { cutBpchar, text } from "./texts.ts";
import { formatText } from "./type-io.ts";
import { T } from "./type-oids.ts";

const spaced: TypeCodec<string> = {
  ...text,
  parse: (value, typmod) => cutBpchar(value, typmod, false),
};

const signed = (codec: TypeCodec<Uint8Array>): TypeCodec<string> => ({
  ...text,
  parse(value, typmod, context) {
    const shown = codec.format(codec.parse(value, typmod, context), context, typmod);
    return shown === "0" && value.includes("-") ? "-0" : shown;
  },
});

const arrayOf = (element: Oid, codec: TypeCodec): TypeCodec =>
  arrayCodec({ oid: element, codec, delimiter: "," });

const codecs: ReadonlyMap<number, TypeCodec> = new Map<number, TypeCodec>([
  [T.bpchar, spaced],
  [T.float4, signed(float4)],
  [T.float8, signed(float8)],
  [1014, arrayOf(T.bpchar, spaced)],
  [1021, arrayOf(oid(700), signed(float4))],
  [1022, arrayOf(oid(701), signed(float8))],
]);

/** undefined where the stored value shows all of it. `value` is what `literal` was parsed to. */
export function shownLiteral(
  type: Oid,
  literal: string,
  typmod: number,
  value: Stored,
  context: TypeContext,
): string | undefined {
  const codec = codecs.get(type);
  if (!codec) return undefined;
  const shown = codec.format(codec.parse(literal, typmod, context), context, typmod);
  return shown === formatText(type, value, context, typmod) ? undefined : shown;
}
