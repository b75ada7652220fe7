/**
 * COMPOSITE VALUES. Stored as JSON text `{"t":[type oids],"v":[field values as in arrays]}`: a
 * record carries its types, because an anonymous one has no others, and may carry its fields' names
 * between them, `"n":["a","b"]`. Text `(1,"a b",)`, binary: field count, then oid and bytes of
 * each.
 * https://www.postgresql.org/docs/15/rowtypes.html#ROWTYPES-IO-SYNTAX
 */
import { assert } from "../../base/assert.ts";
import { type Oid, oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { decodeArray, encodeList } from "./array-value.ts";
import { BinaryReader, binary, concatBytes } from "./binary.ts";
import { fromHex, type TypeCodec, type TypeContext } from "./codec.ts";
import type { Scalar } from "./scalar.ts";

export type CodecOf = (type: Oid, context: TypeContext) => TypeCodec;

export interface RecordValue {
  readonly types: readonly Oid[];
  /** Absent: f1, f2, … or the columns of the composite type. */
  readonly names?: readonly string[];
  readonly values: readonly Scalar[];
}

export function encodeRecord({ types, names, values }: RecordValue): string {
  const named = names === undefined ? "" : `"n":${JSON.stringify(names)},`;
  return `{"t":[${types.join(",")}],${named}"v":${encodeList(values)}}`;
}

/** One value of what columns hold. */
export const recordOf = (
  columns: readonly { readonly type: Oid; readonly name: string }[],
  values: readonly Scalar[],
): string =>
  encodeRecord({
    types: columns.map(({ type }) => type),
    names: columns.map(({ name }) => name),
    values,
  });

const stored = /^\{"t":\[([\d,]*)\],(?:"n":(\[(?:"(?:[^"\\]|\\.)*",?)*\]),)?"v":(.*)\}$/s;

function matched(text: string): RegExpExecArray {
  const match = stored.exec(text);
  assert(match, `not a record: ${text}`);
  return match;
}

export function decodeRecord(text: string, codecOf: CodecOf, context: TypeContext): RecordValue {
  const match = matched(text);
  const types = (match[1] === "" ? [] : (match[1] as string).split(",")).map((id) =>
    oid(Number(id)),
  );
  const values = decodeMixed(match[3] as string).map((value, at) => {
    const { storage } = codecOf(types[at] as Oid, context);
    return storage === "blob" && typeof value === "string" ? fromHex(value) : value;
  });
  const names = match[2] === undefined ? {} : { names: JSON.parse(match[2]) as string[] };
  return { types, ...names, values };
}

/** The record with fields of these types: their values come and go in the form they have in it. */
export function withFields(
  text: string,
  types: readonly Oid[],
  fields: (values: readonly Scalar[]) => readonly Scalar[],
): string {
  return encodeRecord({ types, values: fields(decodeMixed(matched(text)[3] as string)) });
}

/** Elements of a JSON list whose classes differ: numbers as bigint, strings as they are. */
function decodeMixed(list: string): readonly Scalar[] {
  const wrapped = list.replace(/"(?:[^"\\]|\\.)*"|-?[0-9]+/g, (piece) =>
    piece.startsWith('"') ? JSON.stringify(`s${JSON.parse(piece)}`) : `"n${piece}"`,
  );
  return decodeArray(wrapped, "text").elements.map((value) => {
    if (typeof value !== "string") return null;
    return value.startsWith("n") ? BigInt(value.slice(1)) : value.slice(1);
  });
}

const quoteField = (text: string): string =>
  text !== "" && !/["\\(), \t\n\v\f\r]/.test(text) ? text : `"${text.replace(/["\\]/g, "$&$&")}"`;

const malformed = (text: string, detail: string) =>
  new SqlError("22P02", `malformed record literal: "${text}"`, { detail });

/**
 * The fields of `(a,"b",)` as texts, one after the other; nothing between commas is NULL. What is
 * wrong is told when its turn comes.
 */
function* fieldsIn(text: string, count: number): Generator<string | null, void> {
  let at = /^\s*/.exec(text)?.[0].length ?? 0;
  if (text[at++] !== "(") throw malformed(text, "Missing left parenthesis.");
  for (let nth = 0; nth < count; nth++) {
    if (nth > 0 && text[at++] !== ",") throw malformed(text, "Too few columns.");
    let field = "";
    let quoted = false;
    let any = false;
    for (; ; at++) {
      let char = text[at];
      if (char === undefined) throw malformed(text, "Unexpected end of input.");
      if (!quoted && (char === "," || char === ")")) break;
      any = true;
      if (char === '"') {
        if (quoted && text[at + 1] === '"') at++;
        else {
          quoted = !quoted;
          continue;
        }
      } else if (char === "\\") {
        char = text[++at];
        if (char === undefined) throw malformed(text, "Unexpected end of input.");
      }
      field += char;
    }
    yield any ? field : null;
  }
  if (text[at++] !== ")") throw malformed(text, "Too many columns.");
  if (text.slice(at).trim() !== "") throw malformed(text, "Junk after right parenthesis.");
}

/** A column of a composite type. */
export interface Field {
  readonly type: Oid;
  readonly typmod: number;
}

const anonymousInput = (): SqlError =>
  new SqlError("0A000", "input of anonymous composite types is not implemented");

/** `fields` undefined = record: any types, and no input. */
export function recordCodec(codecOf: CodecOf, fields?: readonly Field[]): TypeCodec<string> {
  const types = fields?.map((field) => field.type) ?? [];
  return {
    storage: "text",
    composite: true,
    parse(text, _typmod, context) {
      if (!fields) throw anonymousInput();
      const values: Scalar[] = [];
      for (const field of fieldsIn(text, fields.length)) {
        const { type, typmod } = fields[values.length] as Field;
        const codec = codecOf(type, context);
        if (field === null) codec.parseNull?.(context);
        values.push(field === null ? null : codec.parse(field, typmod, context));
      }
      return encodeRecord({ types, values });
    },
    format(value, context) {
      const record = decodeRecord(value, codecOf, context);
      const texts = record.values.map((field, at) => {
        if (field === null) return "";
        const typmod = fields?.[at]?.typmod ?? -1;
        return quoteField(codecOf(record.types[at] as Oid, context).format(field, context, typmod));
      });
      return `(${texts.join(",")})`;
    },
    encode(value, context) {
      const record = decodeRecord(value, codecOf, context);
      const parts = [binary(4, (view) => view.setInt32(0, record.types.length))];
      record.values.forEach((field, at) => {
        const type = record.types[at] as Oid;
        const typmod = fields?.[at]?.typmod ?? -1;
        const bytes =
          field === null ? undefined : codecOf(type, context).encode(field, context, typmod);
        parts.push(
          binary(8, (view) => {
            view.setUint32(0, type);
            view.setInt32(4, bytes ? bytes.length : -1);
          }),
        );
        if (bytes) parts.push(bytes);
      });
      return concatBytes(parts);
    },
    decode(bytes, _typmod, context) {
      if (!fields) throw anonymousInput();
      const reader = new BinaryReader(bytes);
      const count = reader.int32();
      if (count !== fields.length) {
        throw new SqlError("42804", `wrong number of columns: ${count}, expected ${fields.length}`);
      }
      const values = fields.map(({ type, typmod }) => {
        const sent = oid(reader.uint32());
        if (sent !== type) {
          throw new SqlError("42804", `binary data has type ${sent} instead of expected ${type}`);
        }
        const length = reader.int32();
        const codec = codecOf(type, context);
        if (length >= 0) return codec.decode(reader.raw(length), typmod, context);
        codec.parseNull?.(context);
        return null;
      });
      return reader.end(encodeRecord({ types, values }));
    },
  };
}
