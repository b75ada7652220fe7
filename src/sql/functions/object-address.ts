/**
 * pg_get_object_address: the object of a kind that names and arguments mean, as
 * pg_identify_object_as_address gives them.
 * https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-INFO-OBJECT-TABLE
 */
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { findObject } from "../../catalog/ddl/find-object.ts";
import { addressOf, type ObjectAddress } from "../../catalog/describe.ts";
import type { NamedKind, ObjectName, QualifiedKind } from "../../catalog/object-name.ts";
import { pgAttrdef } from "../../catalog/relations/pg-attrdef.ts";
import { pgNamespace } from "../../catalog/relations/pg-namespace.ts";
import type { QualifiedName, TypeName } from "../../catalog/statement.ts";
import { arrayElements } from "../types/array-value.ts";
import { parseOid } from "../types/integers.ts";
import type { Scalar } from "../types/scalar.ts";
import { readTypeName } from "../types/type-name-input.ts";
import { formatType } from "../types/type-names.ts";
import { asText, defineSet } from "./define.ts";
import type { FunctionContext, SetFunctionDefinition } from "./registry.ts";

const wrong = (message: string) => new SqlError("22023", message);
const noNulls = "name or argument lists may not contain nulls";

function texts(value: Scalar | undefined): string[] {
  const elements = arrayElements(asText(value), "text");
  if (elements.includes(null)) throw wrong(noNulls);
  return elements.map(asText);
}

function qualified(
  names: readonly string[],
  what: "qualified" | "relation" = "qualified",
): QualifiedName {
  const [name = "", schema, database, more] = names.toReversed();
  if (more !== undefined) {
    const dotted = names.join(".");
    throw new SqlError("42601", `improper ${what} name (too many dotted names): ${dotted}`);
  }
  return {
    ...(database === undefined ? {} : { database }),
    ...(schema === undefined ? {} : { schema }),
    name,
  };
}

function typeNamed(text: string): TypeName {
  const { names, modifiers, dimensions } = readTypeName(text);
  return { ...qualified(names), modifiers, arrayDimensions: dimensions, isExact: true };
}

function exactly(count: number, list: readonly string[], noun: "name" | "argument"): void {
  if (list.length === count) return;
  throw wrong(`${noun} list length must be exactly ${count}`);
}

function atLeast(count: number, names: readonly string[]): void {
  if (names.length < count) throw wrong(`name list length must be at least ${count}`);
}

type Make = (names: readonly string[], args: readonly string[]) => ObjectName;

const relation =
  (relkind: Extract<ObjectName, { kind: "relation" }>["relkind"]): Make =>
  (names) => ({ kind: "relation", relkind, name: qualified(names, "relation") });

const column: Make = (names) => {
  const table = names.slice(0, -1);
  const of = table.length > 0 ? { table: qualified(table, "relation") } : {};
  return { kind: "column", ...of, column: names.at(-1) ?? "" };
};

const part =
  (kind: Extract<ObjectName, { kind: "part" }>["part"]): Make =>
  (names) => {
    if (names.length < 2) throw new SqlError("42601", "must specify relation and object name");
    return {
      kind: "part",
      part: kind,
      table: qualified(names.slice(0, -1), "relation"),
      name: names.at(-1) ?? "",
    };
  };

const named =
  (noun: NamedKind): Make =>
  (names) => {
    exactly(1, names, "name");
    return { kind: "named", noun, name: names[0] as string };
  };

const inSchema =
  (noun: QualifiedKind): Make =>
  (names) => ({ kind: "qualified", noun, name: qualified(names) });

const routine =
  (kind: Extract<ObjectName, { kind: "routine" }>["routine"]): Make =>
  (names, args) => ({
    kind: "routine",
    routine: kind,
    name: qualified(names),
    args: args.map(typeNamed),
  });

const type =
  (isDomain: boolean): Make =>
  (names) => {
    exactly(1, names, "name");
    return { kind: "type", isDomain, type: typeNamed(names[0] as string) };
  };

const operatorGroup =
  (kind: "operatorClass" | "operatorFamily"): Make =>
  (names) => {
    atLeast(2, names);
    return { kind, method: names[0] as string, name: qualified(names.slice(1)) };
  };

const NAMED: readonly NamedKind[] = [
  ...(["access method", "database", "event trigger", "extension", "language"] as const),
  ...(["foreign-data wrapper", "publication", "role", "schema", "server"] as const),
  ...(["subscription", "tablespace"] as const),
];
const IN_SCHEMAS: readonly QualifiedKind[] = [
  ...(["collation", "conversion", "statistics object"] as const),
  ...(["text search configuration", "text search dictionary"] as const),
  ...(["text search parser", "text search template"] as const),
];
const RELATIONS = [
  ...(["table", "sequence", "view", "materialized view", "index", "foreign table"] as const),
];

const makers: ReadonlyMap<string, Make> = new Map<string, Make>([
  ...RELATIONS.map((kind) => [kind, relation(kind)] as const),
  ...NAMED.map((kind) => [kind, named(kind)] as const),
  ...IN_SCHEMAS.map((kind) => [kind, inSchema(kind)] as const),
  ...(["function", "procedure", "aggregate"] as const).map(
    (kind) => [kind, routine(kind)] as const,
  ),
  ["table column", column],
  ["foreign table column", column],
  ["table constraint", part("constraint")],
  ["policy", part("policy")],
  ["rule", part("rule")],
  ["trigger", part("trigger")],
  ["type", type(false)],
  ["operator class", operatorGroup("operatorClass")],
  ["operator family", operatorGroup("operatorFamily")],
  [
    "domain constraint",
    (names, args) => {
      exactly(1, names, "name");
      exactly(1, args, "argument");
      const domain = typeNamed(names[0] as string);
      return { kind: "domainConstraint", domain, name: args[0] as string };
    },
  ],
  [
    "cast",
    (names, args) => {
      exactly(1, names, "name");
      exactly(1, args, "argument");
      const [source, target] = [names[0] as string, args[0] as string].map(typeNamed);
      return { kind: "cast", source: source as TypeName, target: target as TypeName };
    },
  ],
  [
    "transform",
    (names, args) => {
      exactly(1, names, "name");
      exactly(1, args, "argument");
      return {
        kind: "transform",
        type: typeNamed(names[0] as string),
        language: args[0] as string,
      };
    },
  ],
  [
    "operator",
    (names, args) => {
      exactly(2, args, "argument");
      const [left, right] = args.map(typeNamed) as [TypeName, TypeName];
      return { kind: "operator", name: qualified(names), left, right };
    },
  ],
  [
    "large object",
    (names) => {
      exactly(1, names, "name");
      return { kind: "largeObject", oid: Number(parseOid(names[0] as string)) };
    },
  ],
]);

/** No address is ever made of these. */
const WITHOUT_ADDRESS: ReadonlySet<string> = new Set([
  ...["toast table", "composite type", "index column", "sequence column", "toast table column"],
  ...["view column", "materialized view column", "composite type column"],
]);
const REFUSED: ReadonlySet<string> = new Set([
  ...["operator of access method", "function of access method", "user mapping", "default acl"],
  ...["publication namespace", "publication relation", "parameter ACL"],
]);

function defaultOf(context: FunctionContext, names: readonly string[]): ObjectAddress {
  const { address } = found(context, column(names, []));
  const row = context.catalog.find(pgAttrdef, "adrelid_adnum", [address.oid, address.subId]);
  if (row) return addressOf(pgAttrdef.oid, row.oid);
  const table = qualified(names.slice(0, -1));
  const shown = table.schema === undefined ? table.name : `${table.schema}.${table.name}`;
  const message = `default value for column "${names.at(-1)}" of relation "${shown}" does not exist`;
  throw new SqlError("42703", message);
}

function found(context: FunctionContext, object: ObjectName) {
  const { catalog, user, databaseName, explicitSearchPath } = context;
  const searchPath = explicitSearchPath.flatMap(
    (namespace) => catalog.find(pgNamespace, "key", [namespace])?.nspname ?? [],
  );
  const expressions = { typeText: (id: number) => formatType(id as never, undefined, context) };
  return findObject({ catalog, user, databaseName, searchPath, expressions }, object);
}

function addressed(
  context: FunctionContext,
  kind: string,
  given: Scalar | undefined,
  args: Scalar | undefined,
): ObjectAddress {
  if (WITHOUT_ADDRESS.has(kind)) throw wrong(`unsupported object type "${kind}"`);
  if (REFUSED.has(kind)) throw notSupported(`the address of an object of kind "${kind}"`);
  const make = makers.get(kind);
  if (!make && kind !== "default value") throw wrong(`unrecognized object type "${kind}"`);
  const names = texts(given);
  if (ONE_NAME.has(kind)) exactly(1, names, "name");
  else atLeast(1, names);
  const others = texts(args);
  return make ? found(context, make(names, others)).address : defaultOf(context, names);
}

/** Their only name is that of a type, or a number. */
const ONE_NAME: ReadonlySet<string> = new Set([
  ...["type", "cast", "transform", "domain constraint", "large object"],
]);

export const objectAddressFunctions: readonly SetFunctionDefinition[] = [
  defineSet("pg_get_object_address(text, _text, _text)", (context, kind, names, args) => {
    const address = addressed(context, asText(kind), names, args);
    return [[BigInt(address.classOid), BigInt(address.oid), BigInt(address.subId)]];
  }),
];
