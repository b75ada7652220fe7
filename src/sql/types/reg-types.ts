/**
 * OBJECT IDENTIFIER TYPES: stored as the oid; names are resolved on input and looked up on output.
 * https://www.postgresql.org/docs/15/datatype-oid.html
 */

import { type Oid, oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { type ClassTuple, findNamespace, findRelation, getUsable } from "../../catalog/names.ts";
import { pgAuthid } from "../../catalog/relations/pg-authid.ts";
import { pgNamespace } from "../../catalog/relations/pg-namespace.ts";
import { pgOperator } from "../../catalog/relations/pg-operator.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { pgTsConfig } from "../../catalog/relations/pg-ts-config.ts";
import { pgTsDict } from "../../catalog/relations/pg-ts-dict.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import { pathOfFunctions } from "../../catalog/temporary-names.ts";
import type { TypeCodec } from "./codec.ts";
import { oidCodec, parseOid } from "./integers.ts";
import { quoteIdentifier, quoteQualified } from "./keywords.ts";
import { truncateName } from "./texts.ts";
import { parseTypeName } from "./type-name-input.ts";
import { formatType } from "./type-names.ts";
import {
  databaseName,
  displayObject,
  findClass,
  findCollation,
  findCollationNamed,
  findFunction,
  findOperator,
  findTsConfig,
  findTsDictionary,
  type LookupScope,
  type NameScope,
  namespaceName,
} from "./visibility.ts";

const syntaxError = () => new SqlError("42602", "invalid name syntax");

/** `a."B".c` as folded and unquoted parts. Throws 42602. */
function splitQualifiedName(text: string): string[] {
  const part = /[ \t\n\v\f\r]*(?:"((?:[^"]|"")*)"|([^".\s][^.\s]*))[ \t\n\v\f\r]*(\.|$)/y;
  const names: string[] = [];
  for (let at = 0; ; at = part.lastIndex) {
    part.lastIndex = at;
    const match = part.exec(text);
    if (!match) throw syntaxError();
    const [, quoted, bare, next] = match;
    names.push(
      truncateName(bare === undefined ? (quoted ?? "").replaceAll('""', '"') : fold(bare)),
    );
    if (next === "") return names;
  }
}

/** ASCII letters only, as the server's lexer folds. */
const fold = (word: string): string => word.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** The namespaces in which the last of the names is looked for. */
function namespacesOf(names: readonly string[], scope: LookupScope): readonly Oid[] {
  const [, schema, database, more] = names.toReversed();
  const dotted = names.join(".");
  if (more !== undefined) {
    throw new SqlError("42601", `improper qualified name (too many dotted names): ${dotted}`);
  }
  if (database !== undefined && database !== databaseName(scope)) {
    throw new SqlError("0A000", `cross-database references are not implemented: ${dotted}`);
  }
  return schema === undefined
    ? scope.searchPath
    : [getUsable(scope.catalog, schema, scope.user.oid).oid];
}

/** The bare name, and where it is looked for. */
const lastOf = (names: readonly string[], scope: LookupScope) =>
  [names.at(-1) as string, namespacesOf(names, scope)] as const;

interface RegType {
  /** Text of oid 0. */
  readonly none: "-" | "0";
  readonly resolve: (text: string, scope: LookupScope) => Oid;
  /** undefined = no such object: the number is shown. */
  readonly display: (oid: Oid, scope: NameScope) => string | undefined;
}

export interface RegCodec extends TypeCodec<bigint> {
  /** What the text names; a number is a name, too. */
  readonly resolve: RegType["resolve"];
}

function regCodec(reg: RegType): RegCodec {
  return {
    ...oidCodec,
    resolve: reg.resolve,
    parse(text, _typmod, context) {
      if (text === reg.none) return 0n;
      if (/^[0-9]+$/.test(text)) return parseOid(text);
      return BigInt(reg.resolve(text, context));
    },
    format(value, context) {
      if (value === 0n) return reg.none;
      return reg.display(oid(Number(value)), context) ?? String(value);
    },
  };
}

/** The relation that `name` or `schema.name` means. Throws 42P01, 3F000. */
export function relationNamed(text: string, scope: LookupScope): ClassTuple {
  const names = splitQualifiedName(text);
  const dotted = names.join(".");
  if (names.length > 3) {
    throw new SqlError("42601", `improper relation name (too many dotted names): ${dotted}`);
  }
  const [name = "", schema, database] = names.toReversed();
  if (database !== undefined && database !== databaseName(scope)) {
    throw new SqlError("0A000", `cross-database references are not implemented: "${dotted}"`);
  }
  const wanted = schema === undefined ? { name } : { schema, name };
  const found = findRelation(scope.catalog, wanted, scope.searchPath, scope.user.oid);
  if (!found) throw new SqlError("42P01", `relation "${names.join(".")}" does not exist`);
  return found;
}

export const regclass = regCodec({
  none: "-",
  resolve: (text, scope) => relationNamed(text, scope).oid,
  display(oid, scope) {
    const found = findClass(scope, oid);
    return found && displayObject(found, scope);
  },
});

/**
 * Functions that a bare or qualified name may mean: of equal argument types only the first in the
 * path.
 */
function functionsNamed(name: string, namespaces: readonly Oid[], scope: NameScope) {
  const rows = scope.catalog.list(pgProc, "proname_args_nsp", [name]);
  const found = new Map<string, (typeof rows)[number]>();
  const path =
    namespaces === scope.searchPath ? pathOfFunctions(scope.catalog, namespaces) : namespaces;
  for (const namespace of path) {
    for (const row of rows) {
      const key = row.proargtypes.join(" ");
      if (row.pronamespace === namespace && !found.has(key)) found.set(key, row);
    }
  }
  return [...found.values()];
}

export const regproc = regCodec({
  none: "-",
  resolve(text, scope) {
    const found = functionsNamed(...lastOf(splitQualifiedName(text), scope), scope);
    if (found.length > 1) throw new SqlError("42725", `more than one function named "${text}"`);
    if (!found[0]) throw new SqlError("42883", `function "${text}" does not exist`);
    return found[0].oid;
  },
  display(oid, scope) {
    const row = scope.catalog.find(pgProc, "key", [oid]);
    if (!row) return undefined;
    const candidates = functionsNamed(row.proname, scope.searchPath, scope);
    if (candidates.length === 1 && candidates[0]?.oid === oid) return quoteIdentifier(row.proname);
    return quoteQualified(namespaceName(scope.catalog, row.pronamespace), row.proname);
  },
});

/** `name(type, type)` → the names and the types; "none" is no type where allowed. */
function splitSignature(text: string, scope: LookupScope, allowNone: boolean): [string[], Oid[]] {
  const open = /^(?:[^"(]|"[^"]*")*(?=\()/.exec(text)?.[0].length;
  if (open === undefined) throw new SqlError("22P02", "expected a left parenthesis");
  const names = splitQualifiedName(text.slice(0, open));
  const list = /^(.*)\)[ \t\n\v\f\r]*$/s.exec(text.slice(open + 1))?.[1];
  if (list === undefined) throw new SqlError("22P02", "expected a right parenthesis");
  const types: Oid[] = [];
  for (const item of itemsOf(list)) {
    const none = allowNone && item.toLowerCase() === "none";
    types.push(none ? oid(0) : parseTypeName(item, scope).type);
  }
  return [names, types];
}

/** What commas part, without outer spaces. */
function* itemsOf(text: string): Iterable<string> {
  for (let at = 0, comma = false; ; comma = true, at++) {
    at += /^[ \t\n\v\f\r]*/.exec(text.slice(at))?.[0].length ?? 0;
    if (at === text.length) {
      if (comma) throw new SqlError("22P02", "expected a type name");
      return;
    }
    const end = endOfItem(text, at);
    yield text.slice(at, end).replace(/[ \t\n\v\f\r]+$/, "");
    if (end === text.length) return;
    at = end;
  }
}

/** A comma outside of quotes and brackets, or the end. */
function endOfItem(text: string, from: number): number {
  let depth = 0;
  let quoted = false;
  let at = from;
  for (; at < text.length; at++) {
    const char = text[at] as string;
    if (char === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (char === "," && depth === 0) break;
    else if (char === "(" || char === "[") depth++;
    else if (char === ")" || char === "]") depth--;
  }
  if (quoted || depth !== 0) throw new SqlError("22P02", "improper type name");
  return at;
}

const sameTypes = (a: readonly Oid[], b: readonly Oid[]): boolean =>
  a.length === b.length && a.every((type, at) => type === b[at]);

export const regprocedure = regCodec({
  none: "-",
  resolve(text, scope) {
    const [names, types] = splitSignature(text, scope, false);
    const candidates = functionsNamed(...lastOf(names, scope), scope);
    const found = candidates.find((row) => sameTypes(row.proargtypes, types));
    if (!found) throw new SqlError("42883", `function "${text}" does not exist`);
    return found.oid;
  },
  display(oid, scope) {
    const row = scope.catalog.find(pgProc, "key", [oid]);
    const found = findFunction(scope, oid);
    if (!row || !found) return undefined;
    const types = row.proargtypes.map((type) => formatType(type, undefined, scope));
    return `${displayObject(found, scope)}(${types.join(",")})`;
  },
});

function operatorsNamed(name: string, namespaces: readonly Oid[], scope: NameScope) {
  const rows = scope.catalog.list(pgOperator, "oprname_l_r_n", [name]);
  const found = new Map<string, (typeof rows)[number]>();
  for (const namespace of namespaces) {
    for (const row of rows) {
      const key = `${row.oprleft} ${row.oprright}`;
      if (row.oprnamespace === namespace && !found.has(key)) found.set(key, row);
    }
  }
  return [...found.values()];
}

export const regoper = regCodec({
  none: "0",
  resolve(text, scope) {
    const found = operatorsNamed(...lastOf(splitQualifiedName(text), scope), scope);
    if (found.length > 1) throw new SqlError("42725", `more than one operator named ${text}`);
    if (!found[0]) throw new SqlError("42883", `operator does not exist: ${text}`);
    return found[0].oid;
  },
  display(oid, scope) {
    const row = scope.catalog.find(pgOperator, "key", [oid]);
    if (!row) return undefined;
    const candidates = operatorsNamed(row.oprname, scope.searchPath, scope);
    if (candidates.length === 1 && candidates[0]?.oid === oid) return row.oprname;
    return `${quoteIdentifier(namespaceName(scope.catalog, row.oprnamespace) ?? "")}.${row.oprname}`;
  },
});

export const regoperator = regCodec({
  none: "0",
  resolve(text, scope) {
    const [names, types] = splitSignature(text, scope, true);
    if (types.length === 1) {
      throw new SqlError("42P02", "missing argument", {
        hint: "Use NONE to denote the missing argument of a unary operator.",
      });
    }
    if (types.length !== 2) {
      throw new SqlError("54023", "too many arguments", {
        hint: "Provide two argument types for operator.",
      });
    }
    const found = operatorsNamed(...lastOf(names, scope), scope).find(
      (row) => row.oprleft === types[0] && row.oprright === types[1],
    );
    if (!found) throw new SqlError("42883", `operator does not exist: ${text}`);
    return found.oid;
  },
  display(oid, scope) {
    const row = scope.catalog.find(pgOperator, "key", [oid]);
    const found = findOperator(scope, oid);
    if (!row || !found) return undefined;
    const bare = displayObject({ ...found, name: "x" }, scope) === "x";
    const schema = bare
      ? ""
      : `${quoteIdentifier(namespaceName(scope.catalog, row.oprnamespace) ?? "")}.`;
    const side = (type: Oid) => (type === 0 ? "NONE" : formatType(type, undefined, scope));
    return `${schema}${row.oprname}(${side(row.oprleft)},${side(row.oprright)})`;
  },
});

export const regtype = regCodec({
  none: "-",
  resolve: (text, scope) => parseTypeName(text, scope).type,
  display: (oid, scope) =>
    scope.catalog.find(pgType, "key", [oid]) && formatType(oid, undefined, scope),
});

/** A name that is not qualified. */
function singleName(text: string): string {
  const names = splitQualifiedName(text);
  if (names.length !== 1) throw syntaxError();
  return names[0] as string;
}

export const regrole = regCodec({
  none: "-",
  resolve(text, { catalog }) {
    const name = singleName(text);
    const row = catalog.find(pgAuthid, "rolname", [name]);
    if (!row) throw new SqlError("42704", `role "${name}" does not exist`);
    return row.oid;
  },
  display(oid, { catalog }) {
    const row = catalog.find(pgAuthid, "key", [oid]);
    return row && quoteIdentifier(row.rolname);
  },
});

export const regnamespace = regCodec({
  none: "-",
  resolve(text, { catalog }) {
    const name = singleName(text);
    const row = findNamespace(catalog, name);
    if (!row) throw new SqlError("3F000", `schema "${name}" does not exist`);
    return row.oid;
  },
  display(oid, { catalog }) {
    const row = catalog.find(pgNamespace, "key", [oid]);
    return row && quoteIdentifier(row.nspname);
  },
});

type Lookup = (scope: LookupScope, name: string, namespace: Oid) => Oid | undefined;

/** The first in the path, or in the named schema; else the error. */
function resolveIn(
  text: string,
  scope: LookupScope,
  find: Lookup,
  missing: (name: string) => SqlError,
) {
  const names = splitQualifiedName(text);
  for (const namespace of namespacesOf(names, scope)) {
    const found = find(scope, names.at(-1) as string, namespace);
    if (found !== undefined) return found;
  }
  throw missing(names.join("."));
}

export const regcollation = regCodec({
  none: "-",
  resolve: (text, scope) =>
    resolveIn(
      text,
      scope,
      ({ catalog }, name, namespace) => findCollationNamed(catalog, name, namespace),
      (name) => new SqlError("42704", `collation "${name}" for encoding "UTF8" does not exist`),
    ),
  display(oid, scope) {
    const found = findCollation(scope, oid);
    return found && displayObject(found, scope);
  },
});

export const regconfig = regCodec({
  none: "-",
  resolve: (text, scope) =>
    resolveIn(
      text,
      scope,
      ({ catalog }, name, namespace) => catalog.find(pgTsConfig, "cfgname", [name, namespace])?.oid,
      (name) => new SqlError("42704", `text search configuration "${name}" does not exist`),
    ),
  display(oid, scope) {
    const found = findTsConfig(scope, oid);
    return found && displayObject(found, scope);
  },
});

export const regdictionary = regCodec({
  none: "-",
  resolve: (text, scope) =>
    resolveIn(
      text,
      scope,
      ({ catalog }, name, namespace) => catalog.find(pgTsDict, "dictname", [name, namespace])?.oid,
      (name) => new SqlError("42704", `text search dictionary "${name}" does not exist`),
    ),
  display(oid, scope) {
    const found = findTsDictionary(scope, oid);
    return found && displayObject(found, scope);
  },
});
