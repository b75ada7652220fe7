/**
 * FUNCTIONS OF TYPES: those that pg_type names as a type's input, output and binary output, and for
 * its modifiers. Which they are, pg_type says; what they do, the type's codec.
 * https://www.postgresql.org/docs/15/catalog-pg-type.html
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import { reducedPrecision, typmodOfNumbers } from "../../catalog/type-name.ts";
import { arrayCodec } from "../types/array-codec.ts";
import { decodeArray } from "../types/array-value.ts";
import type { TypeCodec, TypeContext } from "../types/codec.ts";
import { int4 } from "../types/integers.ts";
import type { Scalar } from "../types/scalar.ts";
import { codecOf } from "../types/type-io.ts";
import { formatTypmod, typeLabel } from "../types/type-names.ts";
import { T } from "../types/type-oids.ts";
import { always, asNumber, asOid, asText, define, defineFor } from "./define.ts";
import type { FunctionContext, FunctionDefinition, ScalarCall } from "./registry.ts";

/** The columns of pg_type that matter here. */
export interface TypeRow {
  readonly oid: Oid;
  readonly typname: string;
  readonly typelem: Oid;
  readonly typinput: Oid;
  readonly typoutput: Oid;
  readonly typsend: Oid;
  readonly typmodin: Oid;
  readonly typmodout: Oid;
}

/** Of pg_proc. */
export interface TypedRow {
  readonly oid: Oid;
  readonly proargtypes: readonly Oid[];
  readonly prorettype: Oid;
}

/** A function for one type, or for all that are declared with it. */
type Make = (signature: string, row: TypedRow, types: readonly TypeRow[]) => FunctionDefinition;

/** Of which the types of a call say what they are. */
const families: ReadonlySet<Oid> = new Set([
  T.record,
  T.anyarray,
  T.anyenum,
  T.anyrange,
  T.anymultirange,
  T.anycompatiblearray,
  T.anycompatiblerange,
  T.anycompatiblemultirange,
]);

const ofValue =
  (
    compute: (
      codec: TypeCodec,
      value: bigint | string | Uint8Array,
      context: TypeContext,
    ) => Scalar,
  ) =>
  (signature: string, declared: Oid): FunctionDefinition => {
    const callFor =
      (type: Oid): ScalarCall =>
      (context, value = null) =>
        value === null ? null : compute(codecOf(type, context), value, context);
    if (!families.has(declared)) return define(signature, callFor(declared));
    return defineFor(signature, ({ args }) => callFor(args[0] ?? declared));
  };
const outputOf = ofValue((codec, value, context) => codec.format(value, context, -1));
const sentOf = ofValue((codec, value, context) => codec.encode(value, context, -1));

const typmodOf = (given: Scalar | undefined): number =>
  typeof given === "bigint" ? Number(given) : -1;

function parsed(
  codec: TypeCodec,
  text: Scalar | undefined,
  typmod: Scalar | undefined,
  context: FunctionContext,
): Scalar {
  if (typeof text === "string") return codec.parse(text, typmodOf(typmod), context);
  codec.parseNull?.(context);
  return null;
}

/** What the second argument of an input function of many types must be, by what it returns. */
const demands: ReadonlyMap<Oid, readonly [kind: string, code: string, fault: string]> = new Map([
  [T.any, ["d", "42804", "type % is not a domain"]],
  [T.record, ["c", "42809", "type % is not composite"]],
  [T.anyenum, ["e", "", ""]],
  [T.anyrange, ["r", "XX000", "type # is not a range type"]],
  [T.anymultirange, ["m", "XX000", "type # is not a multirange type"]],
]);

/** That of `type`, or of arrays of it. */
function codecFor(result: Oid, type: Oid, text: Scalar, context: FunctionContext): TypeCodec {
  const row = context.catalog.find(pgType, "key", [type]);
  if (!row && result !== T.anyarray && result !== T.anyenum) {
    throw new SqlError("42704", `type with OID ${type} does not exist`);
  }
  if (!row) throw new SqlError("XX000", `cache lookup failed for type ${type}`);
  const codec = codecOf(type, context);
  if (result === T.anyarray) return arrayCodec({ oid: type, codec, delimiter: row.typdelim });
  const [kind = "", code = "", fault = ""] = demands.get(result) ?? [];
  if (row.typtype === kind || type === T.record) return codec;
  const label = typeLabel(type, context);
  if (code === "") throw new SqlError("22P02", `invalid input value for enum ${label}: "${text}"`);
  throw new SqlError(code, fault.replace("%", label).replace("#", String(type)));
}

/** Values of pseudo-types are their texts, but for records. */
const inputOfMany = (signature: string, result: Oid): FunctionDefinition => ({
  signature,
  runsQueries: always,
  call: (context, text = null, type = null, typmod = null) => {
    if (type === null) return null;
    const codec = codecFor(result, asOid(type), text, context);
    const value = parsed(codec, text, typmod, context);
    if (value === null || result === T.record) return value;
    return codec.format(value, context, typmodOf(typmod));
  },
});

const input: Make = (signature, { proargtypes, prorettype }, types) =>
  proargtypes.length > 1 && types.some(({ oid }) => oid !== prorettype)
    ? inputOfMany(signature, prorettype)
    : define(signature, (context, text, _type, typmod) =>
        parsed(codecOf(prorettype, context), text, typmod, context),
      );

const output: Make = (signature, { proargtypes: [type] }) => outputOf(signature, type ?? T.any);
const send: Make = (signature, { proargtypes: [type] }) => sentOf(signature, type ?? T.any);

const wrong = (code: string, what: string) => new SqlError(code, `typmod array must ${what}`);

/** Arrays have the modifiers of their elements. */
const plain = (types: readonly TypeRow[]) => types.find(({ typelem }) => typelem === 0);

const modifierInput: Make = (signature, _row, types) => {
  const name = plain(types)?.typname ?? "";
  return define(signature, (context, list) => {
    const { dimensions, elements } = decodeArray(asText(list), "text");
    if (dimensions.length !== 1) throw wrong("2202E", "be one-dimensional");
    if (elements.includes(null)) throw wrong("22004", "not contain nulls");
    const modifiers = elements.map((each) => Number(int4.parse(asText(each), -1, context)));
    const typmod = typmodOfNumbers(name, modifiers);
    const said = reducedPrecision({ name, modifiers });
    if (said !== undefined) context.effects?.warning("22023", said);
    return BigInt(typmod);
  });
};

const modifierOutput: Make = (signature, _row, types) => {
  const type = plain(types)?.oid ?? T.any;
  return define(signature, (_context, typmod) => formatTypmod(type, asNumber(typmod)));
};

const roles = {
  typinput: input,
  typoutput: output,
  typsend: send,
  typmodin: modifierInput,
  typmodout: modifierOutput,
} as const;

/** `procedures`: by their signatures. */
export function typeFunctions(
  procedures: ReadonlyMap<string, TypedRow>,
  types: Iterable<TypeRow>,
): readonly FunctionDefinition[] {
  const found = new Map<Oid, { readonly make: Make; readonly types: TypeRow[] }>();
  for (const type of types) {
    for (const [column, make] of Object.entries(roles)) {
      const id = type[column as keyof typeof roles];
      const known = found.get(id);
      if (known) known.types.push(type);
      else found.set(id, { make, types: [type] });
    }
  }
  return [...procedures].flatMap(([signature, row]) => {
    const known = found.get(row.oid);
    return known ? [known.make(signature, row, known.types)] : [];
  });
}

const shell = (verb: string): ScalarCall => {
  return () => {
    throw new SqlError("0A000", `cannot ${verb} a value of a shell type`);
  };
};

/** Those of types that only users make. */
export const madeTypeFunctions: readonly FunctionDefinition[] = [
  inputOfMany("enum_in(cstring, oid)", T.anyenum),
  outputOf("enum_out(anyenum)", T.anyenum),
  sentOf("enum_send(anyenum)", T.anyenum),
  define("shell_in(cstring)", shell("accept")),
  define("shell_out(void)", shell("display")),
];
