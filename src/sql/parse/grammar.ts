/**
 * PostgreSQL's own grammar, compiled to WebAssembly (libpg-query 17). The one place that loads it.
 *
 * A tree's `location` fields leave this file as 0-based CHARACTER offsets of the text (the grammar
 * counts bytes); -1 or absent = unknown. https://github.com/pganalyze/libpg_query
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { RawStmt } from "libpg-query";
import { assert } from "../../base/assert.ts";
import { SqlError } from "../../base/sql-error.ts";
import { characterOffsets } from "./positions.ts";
import { markQuotedTypes } from "./quoted-types.ts";

interface WasmExports {
  readonly exports: object;
}
/** What emscripten's module offers to its caller, as far as it is used here. */
interface GrammarModule {
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  _wasm_parse_query_raw(text: number): number;
  _wasm_free_parse_result(result: number): void;
  getValue(pointer: number, type: "i32"): number;
  UTF8ToString(pointer: number): string;
  stringToUTF8(text: string, pointer: number, bytes: number): void;
}
type GrammarFactory = (options: {
  instantiateWasm(
    imports: object,
    receive: (instance: WasmExports, module: object) => void,
  ): object;
}) => Promise<GrammarModule>;
interface WasmCompiler {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => WasmExports;
}

const require = createRequire(import.meta.url);
const wasm = (globalThis as unknown as { WebAssembly: WasmCompiler }).WebAssembly;

let compiled: object | undefined;
let grammar: GrammarModule | undefined;
let replacing: Promise<void> | undefined;

/** Loads the grammar; `parseTrees` needs it. Idempotent. */
export async function loadGrammar(): Promise<void> {
  if (grammar === undefined) await (replacing ?? replaceGrammar());
}

function replaceGrammar(): Promise<void> {
  const factory = require("libpg-query/wasm/libpg-query.js") as GrammarFactory;
  compiled ??= new wasm.Module(
    readFileSync(require.resolve("libpg-query/wasm/libpg-query.wasm")) as Uint8Array,
  );
  const module = compiled;
  replacing = factory({
    instantiateWasm(imports, receive) {
      const instance = new wasm.Instance(module, imports);
      receive(instance, module);
      return instance.exports;
    },
  }).then((fresh) => {
    grammar = fresh;
    replacing = undefined;
  });
  return replacing;
}

/** The statements of the text. Throws SqlError 42601 (position in characters), 54001, 22021. */
export function parseTrees(text: string): readonly RawStmt[] {
  if (text === "") return [];
  const bytes = Buffer.byteLength(text);
  if (bytes !== text.length) refuseLoneSurrogates(text);
  if (text.includes("\0")) throw invalidByte("0x00");
  const json = runGrammar(text, bytes);
  let statements: RawStmt[];
  try {
    statements = (JSON.parse(json) as { stmts?: RawStmt[] }).stmts ?? [];
  } catch (error) {
    throw error instanceof RangeError ? tooDeep() : error;
  }
  markQuotedTypes(text, statements);
  if (bytes !== text.length) characterOffsets(text, statements);
  return statements;
}

function runGrammar(text: string, bytes: number): string {
  const module = grammar;
  assert(module, "the grammar is not loaded");
  try {
    const input = module._malloc(bytes + 1);
    module.stringToUTF8(text, input, bytes + 1);
    const result = module._wasm_parse_query_raw(input);
    try {
      const error = module.getValue(result + 8, "i32");
      if (error !== 0) throw grammarError(module, error);
      return module.UTF8ToString(module.getValue(result, "i32"));
    } finally {
      module._free(input);
      module._wasm_free_parse_result(result);
    }
  } catch (error) {
    if (error instanceof SqlError) throw error;
    // Whatever unwound the WebAssembly stack left its own stack pointer and memory behind: after a
    // few dozen
    // of these the instance would be dead. A fresh one is ready before the next event is handled.
    if (replacing === undefined) void replaceGrammar();
    throw tooDeep();
  }
}

/**
 * struct { char *message, *function, *file; int line, cursor; char *context }; cursor is 1-based, 0
 * = none.
 */
function grammarError(module: GrammarModule, error: number): SqlError {
  const message = module.UTF8ToString(module.getValue(error, "i32"));
  const cursor = module.getValue(error + 16, "i32");
  if (message === "invalid Unicode escape") return badUnicodeEscape(module, error, cursor);
  const hint = message.startsWith("unrecognized row security option ")
    ? "Only PERMISSIVE or RESTRICTIVE policies are supported currently."
    : grammarHints.get(message);
  const fields = {
    ...(cursor > 0 ? { position: cursor } : {}),
    ...(hint === undefined ? {} : { hint }),
  };
  if (message.startsWith("stack depth limit exceeded")) return tooDeep();
  return new SqlError(codeOf(message), message, fields);
}

/** Of E'…' the scanner itself says it, of U&'…' who reads the string behind it. */
function badUnicodeEscape(module: GrammarModule, error: number, position: number): SqlError {
  const inScanner = module.UTF8ToString(module.getValue(error + 4, "i32")) === "core_yylex";
  const forms = inScanner ? "\\uXXXX or \\UXXXXXXXX" : "\\XXXX or \\+XXXXXX";
  const hint = `Unicode escapes must be ${forms}.`;
  return new SqlError(inScanner ? "22025" : "42601", "invalid Unicode escape", { position, hint });
}

/**
 * The grammar reports no SQLSTATE; these are the messages of PostgreSQL's scanner and grammar that
 * are not 42601.
 */
function codeOf(message: string): string {
  for (const [pattern, code] of grammarCodes) if (pattern.test(message)) return code;
  return "42601";
}
const grammarCodes: readonly (readonly [RegExp, string])[] = [
  [/^invalid byte sequence/, "22021"],
  [/not (yet )?implemented|not supported(?! here)|^unsafe use of string constant/, "0A000"],
  [/ constraints cannot be marked |^a column list with .* is only supported for /, "0A000"],
  [/^unsafe use of \\'/, "22P06"],
  [/^frame (start|end|starting) /, "42P20"],
  [/^out of memory/, "53200"],
  [
    /^unrecognized partitioning strategy |^precision for type float must be |^column number must be in range /,
    "22023",
  ],
  [/^identifier too long/, "42622"],
  [/^role name ".*" is reserved|^\w+ cannot be used as a role name here$/, "42939"],
  [/^CREATE SCHEMA IF NOT EXISTS cannot include schema elements$/, "0A000"],
  [/^current database cannot be changed$/, "0A000"],
  [/^UNENCRYPTED PASSWORD is no longer supported$/, "0A000"],
  [/^aggregates cannot have output arguments$/, "0A000"],
];

/** Of a grammar's error the message and the position are left. */
const grammarHints: ReadonlyMap<string, string> = new Map([
  ["missing argument", "Use NONE to denote the missing argument of a unary operator."],
  [
    "UNENCRYPTED PASSWORD is no longer supported",
    "Remove UNENCRYPTED to store the password in encrypted form instead.",
  ],
]);

function tooDeep(): SqlError {
  return new SqlError("54001", "stack depth limit exceeded", {
    hint:
      'Increase the configuration parameter "max_stack_depth" (currently 2048kB), ' +
      "after ensuring the platform's stack depth limit is adequate.",
  });
}

function refuseLoneSurrogates(text: string): void {
  const lone = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.exec(text);
  if (lone === null) return;
  const unit = lone[0].charCodeAt(0);
  const byte = (value: number) => `0x${value.toString(16)}`;
  throw invalidByte(`0xed ${byte(0x80 | ((unit >> 6) & 0x3f))} ${byte(0x80 | (unit & 0x3f))}`);
}

function invalidByte(bytes: string): SqlError {
  return new SqlError("22021", `invalid byte sequence for encoding "UTF8": ${bytes}`);
}
