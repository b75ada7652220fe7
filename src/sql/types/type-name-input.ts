/**
 * READING TYPE NAMES in strings: `character varying(10)[]`, `timestamp(3) with time zone`, `s."T"`,
 * by the grammar's rule for them and with its words for what is wrong.
 */
import { SqlError } from "../../base/sql-error.ts";
import { resolveTypeName } from "../../catalog/type-name.ts";
import { type KeywordCategory, keywords } from "./keywords.ts";
import { truncateName } from "./texts.ts";
import { databaseName, type LookupScope } from "./visibility.ts";

interface Token {
  readonly kind: "word" | "quoted" | "number" | "string" | "symbol" | "end";
  /** As written. */
  readonly text: string;
  /** The identifier, folded or unquoted; of a string its content. */
  readonly value: string;
}

const END: Token = { kind: "end", text: "", value: "" };

const categories: ReadonlyMap<string, KeywordCategory> = new Map(
  keywords.map(({ word, category }) => [word, category]),
);

const SPACE = /(?:[ \t\n\v\f\r]|--[^\n\r]*|\/\*[\s\S]*?\*\/)*/y;
const TOKEN =
  /("(?:[^"]|"")*"?)|('(?:[^']|'')*'?)|([A-Za-z_\u0080-\u{10ffff}][\w$\u0080-\u{10ffff}]*)|((?:\d+(?:\.\d*)?|\.\d+)(?:[A-Za-z_\u0080-\u{10ffff}][\w$\u0080-\u{10ffff}]*)?)|(::|[~!@#^&|`?+*/%<>=-]+|[\s\S])/uy;

type Fail = (message: string) => SqlError;

/** The tokens of SQL as far as type names have them, each when it is asked for. */
class Lexer {
  readonly #text: string;
  readonly #fail: Fail;
  readonly #tokens: Token[] = [];
  #at = 0;

  constructor(text: string, fail: Fail) {
    this.#text = text;
    this.#fail = fail;
  }

  token(index: number): Token {
    while (this.#tokens.length <= index) this.#tokens.push(this.#read());
    return this.#tokens[index] as Token;
  }

  #read(): Token {
    SPACE.lastIndex = this.#at;
    this.#at += SPACE.exec(this.#text)?.[0].length ?? 0;
    TOKEN.lastIndex = this.#at;
    const match = TOKEN.exec(this.#text);
    if (!match) return END;
    const [text, quoted, string, word, number] = match;
    this.#at += text.length;
    if (quoted !== undefined) return this.#quoted(quoted);
    if (string !== undefined) {
      if (!/^'(?:[^']|'')*'$/.test(string)) {
        throw this.#fail(`unterminated quoted string at or near "${string}"`);
      }
      return { kind: "string", text, value: string.slice(1, -1).replaceAll("''", "'") };
    }
    if (word !== undefined) {
      const folded = word.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
      return { kind: "word", text, value: truncateName(folded) };
    }
    if (number !== undefined && /[^\d.]/.test(number)) {
      throw this.#fail(`trailing junk after numeric literal at or near "${number}"`);
    }
    return { kind: number === undefined ? "symbol" : "number", text, value: text };
  }

  #quoted(text: string): Token {
    if (text === '""') throw this.#fail('zero-length delimited identifier at or near """"');
    if (!/^"(?:[^"]|"")*"$/.test(text)) {
      throw this.#fail(`unterminated quoted identifier at or near "${text}"`);
    }
    const value = truncateName(text.slice(1, -1).replaceAll('""', '"'));
    return { kind: "quoted", text, value };
  }
}

export interface WrittenType {
  readonly names: readonly string[];
  readonly modifiers: readonly (number | string)[];
  readonly dimensions: number;
}

/** Of INTERVAL: bits of the fields that it may name, and the finest field of each that starts. */
const FIELD = { year: 4, month: 2, day: 8, hour: 1024, minute: 2048, second: 4096 } as const;
type Field = keyof typeof FIELD;
const ORDER: readonly Field[] = ["year", "month", "day", "hour", "minute", "second"];
const ALL_FIELDS = 0x7fff;
const FLOAT4_BITS_MAX = 24;
const FLOAT8_BITS_MAX = 53;

class Parser {
  readonly #lexer: Lexer;
  readonly #fail: Fail;
  #at = 0;

  constructor(text: string, fail: Fail) {
    this.#lexer = new Lexer(text, fail);
    this.#fail = fail;
  }

  get #next(): Token {
    return this.#lexer.token(this.#at);
  }

  #error(): SqlError {
    const { kind, text } = this.#next;
    return this.#fail(
      kind === "end" ? "syntax error at end of input" : `syntax error at or near "${text}"`,
    );
  }

  #is(word: string, ahead = 0): boolean {
    const found = this.#lexer.token(this.#at + ahead);
    return (found.kind === "word" || found.kind === "symbol") && found.value === word;
  }

  #takes(word: string): boolean {
    if (!this.#is(word)) return false;
    this.#at++;
    return true;
  }

  #expect(word: string): void {
    if (!this.#takes(word)) throw this.#error();
  }

  /** undefined: SETOF, which is no type here. */
  parse(): WrittenType | undefined {
    const isSet = this.#takes("setof");
    const simple = this.#simple();
    const dimensions = this.#dimensions();
    if (this.#next.kind !== "end") throw this.#error();
    return isSet ? undefined : { ...simple, dimensions };
  }

  #dimensions(): number {
    if (this.#takes("array")) {
      if (this.#takes("[")) {
        this.#integer();
        this.#expect("]");
      }
      return 1;
    }
    let count = 0;
    for (; this.#takes("["); count++) {
      if (this.#next.kind === "number") this.#integer();
      this.#expect("]");
    }
    return count;
  }

  #integer(): number {
    const { kind, value } = this.#next;
    if (kind !== "number" || !/^\d+$/.test(value) || Number(value) > 0x7fffffff) {
      throw this.#error();
    }
    this.#at++;
    return Number(value);
  }

  #simple(): Omit<WrittenType, "dimensions"> {
    const { kind, value } = this.#next;
    const category = kind === "word" ? categories.get(value) : undefined;
    if (category === "columnName") return this.#keyword(value);
    if ((kind !== "word" && kind !== "quoted") || category === "reserved") throw this.#error();
    const isDouble = kind === "word" && value === "double" && this.#is("precision", 1);
    this.#at++;
    if (isDouble) {
      this.#at++;
      return builtin("float8");
    }
    const names = [value];
    while (this.#takes(".")) {
      if (this.#next.kind !== "word" && this.#next.kind !== "quoted") throw this.#error();
      names.push(this.#next.value);
      this.#at++;
    }
    return { names, modifiers: this.#modifiers() };
  }

  /** Words of SQL that mean a type of pg_catalog. */
  #keyword(word: string): Omit<WrittenType, "dimensions"> {
    const plain = plainKeywords[word];
    if (plain !== undefined) {
      this.#at++;
      return builtin(plain, plain === "numeric" ? this.#modifiers() : []);
    }
    switch (word) {
      case "float":
        this.#at++;
        return builtin(this.#floatName());
      case "bit": {
        this.#at++;
        const varies = this.#takes("varying");
        const modifiers = this.#modifiers();
        if (varies) return builtin("varbit", modifiers);
        return builtin("bit", modifiers.length > 0 ? modifiers : [1]);
      }
      case "char":
      case "character":
      case "nchar":
      case "varchar":
      case "national":
        return this.#character();
      case "time":
      case "timestamp": {
        this.#at++;
        const modifiers = this.#precision();
        return builtin(this.#withZone() ? `${word}tz` : word, modifiers);
      }
      case "interval":
        this.#at++;
        return builtin("interval", this.#intervalModifiers());
      default:
        throw this.#error();
    }
  }

  #floatName(): string {
    if (!this.#takes("(")) return "float8";
    const bits = this.#integer();
    this.#expect(")");
    if (bits < 1) throw this.#fail("precision for type float must be at least 1 bit");
    if (bits > FLOAT8_BITS_MAX) {
      throw this.#fail("precision for type float must be less than 54 bits");
    }
    return bits <= FLOAT4_BITS_MAX ? "float4" : "float8";
  }

  #character(): Omit<WrittenType, "dimensions"> {
    const word = this.#next.value;
    this.#at++;
    if (word === "national" && !this.#takes("character") && !this.#takes("char")) {
      throw this.#error();
    }
    const varies = word === "varchar" || this.#takes("varying");
    const modifiers = this.#precision();
    if (varies) return builtin("varchar", modifiers);
    return builtin("bpchar", modifiers.length > 0 ? modifiers : [1]);
  }

  /** (n) */
  #precision(): number[] {
    if (!this.#takes("(")) return [];
    const value = this.#integer();
    this.#expect(")");
    return [value];
  }

  #withZone(): boolean {
    const zoned = this.#is("with") && this.#is("time", 1);
    if (!zoned && !(this.#is("without") && this.#is("time", 1))) return false;
    this.#at += 2;
    this.#expect("zone");
    return zoned;
  }

  #intervalModifiers(): number[] {
    if (this.#is("(")) return [ALL_FIELDS, ...this.#precision()];
    const first = ORDER.find((field) => this.#takes(field));
    if (!first) return [];
    if (first === "second" || !this.#takes("to")) return this.#fields(first, first);
    const last = ORDER.find((field) => spans[first]?.includes(field) && this.#takes(field));
    if (!last) throw this.#error();
    return this.#fields(first, last);
  }

  #fields(first: Field, last: Field): number[] {
    const named = ORDER.slice(ORDER.indexOf(first), ORDER.indexOf(last) + 1);
    const mask = named.reduce((bits, field) => bits | FIELD[field], 0);
    return [mask, ...(last === "second" ? this.#precision() : [])];
  }

  /** (expression, …), of which only constants and names are anything. */
  #modifiers(): (number | string)[] {
    const modifiers: (number | string)[] = [];
    if (!this.#takes("(")) return modifiers;
    do {
      const sign = this.#takes("-") ? -1 : 1;
      const { kind, value } = this.#next;
      if (kind === "number") modifiers.push(/^\d+$/.test(value) ? sign * Number(value) : value);
      else if (sign === 1 && (kind === "string" || kind === "word" || kind === "quoted")) {
        modifiers.push(value);
      } else throw this.#error();
      this.#at++;
    } while (this.#takes(","));
    this.#expect(")");
    return modifiers;
  }
}

const plainKeywords: Readonly<Record<string, string>> = {
  int: "int4",
  integer: "int4",
  smallint: "int2",
  bigint: "int8",
  real: "float4",
  boolean: "bool",
  dec: "numeric",
  decimal: "numeric",
  numeric: "numeric",
};

/** What INTERVAL … TO may end with. */
const spans: Readonly<Partial<Record<Field, readonly Field[]>>> = {
  year: ["month"],
  day: ["hour", "minute", "second"],
  hour: ["minute", "second"],
  minute: ["second"],
};

const builtin = (name: string, modifiers: readonly (number | string)[] = []) => ({
  names: ["pg_catalog", name],
  modifiers,
});

/** Throws 42601 with the CONTEXT of the whole name. */
export function readTypeName(text: string): WrittenType {
  const context = `invalid type name "${text}"`;
  const fail = (message: string) => {
    const code = message.startsWith("precision") ? "22023" : "42601";
    return new SqlError(code, message, { where: context });
  };
  const written = text.trim() === "" ? undefined : new Parser(text, fail).parse();
  if (!written) throw new SqlError("42601", context);
  return written;
}

/** What a string like `character varying(10)[]` means. Throws 42704, 42601, 3F000, 22023. */
export function parseTypeName(text: string, scope: LookupScope) {
  const { names, modifiers, dimensions } = readTypeName(text);
  const [name = "", schema, database] = names.toReversed();
  if (names.length > 3) {
    const dotted = names.join(".");
    throw new SqlError("42601", `improper qualified name (too many dotted names): ${dotted}`);
  }
  if (database !== undefined && database !== databaseName(scope)) {
    const dotted = names.join(".");
    throw new SqlError("0A000", `cross-database references are not implemented: ${dotted}`);
  }
  const { row, typmod } = resolveTypeName(
    scope.catalog,
    {
      ...{ name, modifiers, arrayDimensions: dimensions, isExact: true },
      ...(schema === undefined ? {} : { schema }),
    },
    scope.searchPath,
    scope.user.oid,
  );
  return { type: row.oid, typmod };
}
