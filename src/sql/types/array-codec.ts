/**
 * Arrays of any type: PostgreSQL's `{1,NULL,"a b"}` text with bounds and nesting, and its binary
 * form.
 * https://www.postgresql.org/docs/15/arrays.html#ARRAYS-IO
 */
import { type Oid, oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { type ArrayValue, decodeArray, EMPTY_ARRAY, encodeArray } from "./array-value.ts";
import { BinaryReader, binary, concatBytes } from "./binary.ts";
import type { Stored, TypeCodec, TypeContext } from "./codec.ts";
import type { Scalar } from "./scalar.ts";

const DIMENSIONS_MAX = 6;
const ELEMENTS_MAX = 134217727;

export interface ElementType {
  readonly oid: Oid;
  readonly codec: TypeCodec;
  readonly delimiter: string;
}

/** array_in and its sisters need the text for the message; its DETAIL says what is wrong. */
const malformed = (text: string, detail: string) =>
  new SqlError("22P02", `malformed array literal: "${text}"`, { detail });

const tooManyDimensions = (count: number) =>
  new SqlError(
    "54000",
    `number of array dimensions (${count}) exceeds the maximum allowed (${DIMENSIONS_MAX})`,
  );

interface Bounds {
  readonly lower: number[];
  readonly lengths: number[];
  readonly rest: number;
}

/** As C's atoi: what follows the digits is passed over. */
const integerOf = (text: string): number => Number.parseInt(text, 10) || 0;

/** Leading `[2:3][0:1]=` */
function readBounds(text: string): Bounds | undefined {
  const lower: number[] = [];
  const lengths: number[] = [];
  const bound = /[ \t\n\v\f\r]*\[([-+\d]*)(:([-+\d]*))?(\])?/y;
  let at = 0;
  for (bound.lastIndex = 0; ; at = bound.lastIndex) {
    const match = bound.exec(text);
    if (!match) break;
    const [, first = "", upTo, second = "", end] = match;
    if (lower.length === DIMENSIONS_MAX) throw tooManyDimensions(lower.length + 1);
    if (first === "") {
      throw malformed(text, '"[" must introduce explicitly-specified array dimensions.');
    }
    if (upTo === ":") throw malformed(text, "Missing array dimension value.");
    if (end === undefined) throw malformed(text, 'Missing "]" after array dimensions.');
    const from = upTo === undefined ? 1 : integerOf(first);
    const to = integerOf(upTo === undefined ? first : second);
    if (to < from) {
      throw new SqlError("2202E", "upper bound cannot be less than lower bound");
    }
    lower.push(from);
    lengths.push(to - from + 1);
  }
  if (lower.length === 0) return undefined;
  const equals = /[ \t\n\v\f\r]*=/y;
  equals.lastIndex = at;
  if (!equals.test(text)) throw malformed(text, 'Missing "=" after array dimensions.');
  return { lower, lengths, rest: equals.lastIndex };
}

const space = (char: string | undefined): boolean =>
  char !== undefined && /[ \t\n\v\f\r]/.test(char);

/** Reads the braces: elements in order and the lengths of each level, which must agree. */
class Reader {
  readonly #text: string;
  readonly #delimiter: string;
  readonly lengths: number[] = [];
  readonly elements: (string | null)[] = [];
  #at: number;
  #leafDepth = -1;

  constructor(text: string, from: number, delimiter: string) {
    this.#text = text;
    this.#at = from;
    this.#delimiter = delimiter;
  }

  read(): void {
    this.#skipSpace();
    if (this.#text[this.#at] !== "{") {
      throw this.#wrong('Array value must start with "{" or dimension information.');
    }
    this.#level(0);
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#wrong("Junk after closing right brace.");
  }

  #wrong(detail: string): SqlError {
    return malformed(this.#text, detail);
  }

  #skipSpace(): void {
    while (space(this.#text[this.#at])) this.#at++;
  }

  #level(depth: number): void {
    if (depth >= DIMENSIONS_MAX) throw tooManyDimensions(depth + 1);
    this.#at++;
    let count = 0;
    this.#skipSpace();
    if (this.#text[this.#at] === "}") {
      if (depth > 0) throw this.#wrong('Unexpected "}" character.');
      this.#at++;
      return;
    }
    for (;;) {
      this.#skipSpace();
      if (this.#text[this.#at] === "{") {
        if (this.#leafDepth === depth) throw this.#wrong('Unexpected "{" character.');
        this.#level(depth + 1);
      } else {
        if (this.#leafDepth >= 0 && this.#leafDepth !== depth) {
          throw this.#wrong("Unexpected array element.");
        }
        this.#leafDepth = depth;
        this.#element();
      }
      count++;
      this.#skipSpace();
      const next = this.#text[this.#at];
      if (next === undefined) throw this.#wrong("Unexpected end of input.");
      this.#at++;
      if (next === "}") break;
      if (next !== this.#delimiter) throw this.#wrong(`Unexpected array element.`);
    }
    if (this.lengths[depth] === undefined) this.lengths[depth] = count;
    else if (this.lengths[depth] !== count) this.#mismatch();
  }

  #mismatch(): never {
    throw this.#wrong("Multidimensional arrays must have sub-arrays with matching dimensions.");
  }

  #element(): void {
    const text = this.#text;
    if (text[this.#at] === '"') {
      this.elements.push(this.#quoted());
      return;
    }
    let value = "";
    let kept = 0; // trailing unescaped spaces are not part of the value
    let escaped = false;
    for (;;) {
      const char = text[this.#at];
      if (char === undefined) throw this.#wrong("Unexpected end of input.");
      if (char === this.#delimiter || char === "}") break;
      if (char === "{") throw this.#wrong('Unexpected "{" character.');
      if (char === '"') throw this.#wrong("Unexpected array element.");
      if (char === "\\") {
        this.#at++;
        if (this.#at >= text.length) throw this.#wrong("Unexpected end of input.");
        value += text[this.#at];
        kept = value.length;
        escaped = true;
      } else {
        value += char;
        if (!space(char)) kept = value.length;
      }
      this.#at++;
    }
    const trimmed = value.slice(0, kept);
    if (trimmed === "") {
      throw this.#wrong(`Unexpected "${text[this.#at]}" character.`);
    }
    this.elements.push(!escaped && trimmed.toLowerCase() === "null" ? null : trimmed);
  }

  #quoted(): string {
    const text = this.#text;
    let value = "";
    for (this.#at++; ; this.#at++) {
      let char = text[this.#at];
      if (char === '"') break;
      if (char === "\\") char = text[++this.#at];
      if (char === undefined) throw this.#wrong("Unexpected end of input.");
      value += char;
    }
    this.#at++;
    return value;
  }
}

function parseArray(
  text: string,
  typmod: number,
  element: ElementType,
  context: TypeContext,
): ArrayValue {
  const bounds = readBounds(text);
  const reader = new Reader(text, bounds?.rest ?? 0, element.delimiter);
  reader.read();
  const { elements, lengths } = reader;
  if (elements.length > ELEMENTS_MAX) {
    throw new SqlError("54000", `array size exceeds the maximum allowed (${ELEMENTS_MAX})`);
  }
  if (bounds && lengths.join() !== bounds.lengths.join()) {
    throw malformed(text, "Specified array dimensions do not match array contents.");
  }
  if (elements.length === 0) return EMPTY_ARRAY;
  return {
    dimensions: lengths,
    lowerBounds: bounds?.lower ?? lengths.map(() => 1),
    elements: elements.map((item) =>
      item === null ? nullOf(element, context) : element.codec.parse(item, typmod, context),
    ),
  };
}

function nullOf({ codec }: ElementType, context: TypeContext): null {
  codec.parseNull?.(context);
  return null;
}

export function quoteElement(text: string, delimiter: string): string {
  const plain =
    text !== "" &&
    !/["\\{} \t\n\v\f\r]/.test(text) &&
    !text.includes(delimiter) &&
    text.toLowerCase() !== "null";
  return plain ? text : `"${text.replace(/["\\]/g, "\\$&")}"`;
}

function formatArray(
  array: ArrayValue,
  delimiter: string,
  show: (value: Stored) => string,
): string {
  const { dimensions, lowerBounds, elements } = array;
  if (elements.length === 0) return "{}";
  let at = 0;
  const level = (depth: number): string => {
    if (depth === dimensions.length) {
      const value = elements[at++] as Scalar;
      return value === null ? "NULL" : quoteElement(show(value), delimiter);
    }
    const parts: string[] = [];
    for (let index = 0; index < (dimensions[depth] as number); index++)
      parts.push(level(depth + 1));
    return `{${parts.join(delimiter)}}`;
  };
  const text = level(0);
  if (lowerBounds.every((bound) => bound === 1)) return text;
  const bounds = lowerBounds.map(
    (low, depth) => `[${low}:${low + (dimensions[depth] as number) - 1}]`,
  );
  return `${bounds.join("")}=${text}`;
}

function encodeBinary(
  array: ArrayValue,
  element: ElementType,
  send: (value: Stored) => Uint8Array,
): Uint8Array {
  const { dimensions, lowerBounds, elements } = array;
  const parts: Uint8Array[] = [
    binary(12 + dimensions.length * 8, (view) => {
      view.setInt32(0, dimensions.length);
      view.setInt32(4, elements.includes(null) ? 1 : 0);
      view.setUint32(8, element.oid);
      dimensions.forEach((length, depth) => {
        view.setInt32(12 + depth * 8, length);
        view.setInt32(16 + depth * 8, lowerBounds[depth] as number);
      });
    }),
  ];
  for (const value of elements) {
    const bytes = value === null ? undefined : send(value);
    parts.push(binary(4, (view) => view.setInt32(0, bytes ? bytes.length : -1)));
    if (bytes) parts.push(bytes);
  }
  return concatBytes(parts);
}

const invalid = (message: string) => new SqlError("22P03", message);

function decodeBinary(
  bytes: Uint8Array,
  typmod: number,
  element: ElementType,
  context: TypeContext,
): ArrayValue {
  const reader = new BinaryReader(bytes);
  const count = reader.int32();
  if (count < 0) throw invalid(`invalid number of dimensions: ${count}`);
  if (count > DIMENSIONS_MAX) throw tooManyDimensions(count);
  const flags = reader.int32();
  if (flags !== 0 && flags !== 1) throw invalid(`invalid array flags`);
  const type = oid(reader.uint32());
  if (type !== element.oid) {
    throw new SqlError(
      "42804",
      `binary data has array element type ${type} (${type}) instead of expected ${element.oid} (${element.oid})`,
    );
  }
  const dimensions: number[] = [];
  const lowerBounds: number[] = [];
  let total = count === 0 ? 0 : 1;
  for (let depth = 0; depth < count; depth++) {
    dimensions.push(reader.int32());
    lowerBounds.push(reader.int32());
    total *= dimensions[depth] as number;
  }
  if (total < 0 || total > ELEMENTS_MAX || total * 4 > reader.remaining) {
    if (total > ELEMENTS_MAX)
      throw new SqlError("54000", `array size exceeds the maximum allowed (${ELEMENTS_MAX})`);
    throw invalid("insufficient data left in message");
  }
  const elements: Scalar[] = [];
  for (let at = 0; at < total; at++) {
    const length = reader.int32();
    const isNull = length < 0;
    elements.push(
      isNull ? nullOf(element, context) : element.codec.decode(reader.raw(length), typmod, context),
    );
  }
  return reader.end(total === 0 ? EMPTY_ARRAY : { dimensions, lowerBounds, elements });
}

/** The codec of the array type over `element`. */
export function arrayCodec(element: ElementType): TypeCodec<string> {
  const { codec, delimiter } = element;
  const value = (text: string) => decodeArray(text, codec.storage);
  return {
    storage: "text",
    parse: (text, typmod, context) => encodeArray(parseArray(text, typmod, element, context)),
    format: (text, context, typmod) =>
      formatArray(value(text), delimiter, (item) => codec.format(item, context, typmod)),
    encode: (text, context, typmod) =>
      encodeBinary(value(text), element, (item) => codec.encode(item, context, typmod)),
    decode: (bytes, typmod, context) => encodeArray(decodeBinary(bytes, typmod, element, context)),
  };
}

/** Reads the first number of a text; throws as the input function of the element type. */
export type NumberReader = (rest: string) => { readonly value: bigint; readonly length: number };

const VECTOR_ITEMS_MAX = 100;

function readVector(text: string, name: string, read: NumberReader): string {
  const items: bigint[] = [];
  const spaces = /[ \t\n\v\f\r]*/y;
  for (let at = 0; ; ) {
    spaces.lastIndex = at;
    at += spaces.exec(text)?.[0].length ?? 0;
    if (at === text.length) return `[${items.join(",")}]`;
    if (items.length === VECTOR_ITEMS_MAX) {
      throw new SqlError("22023", `${name} has too many elements`);
    }
    const { value, length } = read(text.slice(at));
    items.push(value);
    at += length;
  }
}

/** int2vector, oidvector: space-separated text, plain JSON lists, binary as arrays from 0. */
export function vectorCodec(
  element: ElementType,
  name: string,
  read: NumberReader,
): TypeCodec<string> {
  const { codec } = element;
  const array = arrayCodec(element);
  return {
    storage: "text",
    parse: (text) => readVector(text, name, read),
    format: (text) => text.slice(1, -1).replaceAll(",", " "),
    encode(text, context) {
      const { elements } = decodeArray(text, codec.storage);
      const from0 = { dimensions: [elements.length], lowerBounds: [0], elements };
      return encodeBinary(from0, element, (item) => codec.encode(item, context, -1));
    },
    decode(bytes, typmod, context) {
      const { dimensions, elements } = decodeArray(array.decode(bytes, typmod, context), "integer");
      if (dimensions.length > 1 || elements.includes(null)) {
        throw new SqlError("22P03", `invalid ${name} data`);
      }
      return `[${elements.join(",")}]`;
    },
  };
}
