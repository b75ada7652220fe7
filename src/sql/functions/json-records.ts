/**
 * json as rows of a given type: json_populate_record, json_to_recordset and their kin.
 * https://www.postgresql.org/docs/15/functions-json.html#FUNCTIONS-JSON-PROCESSING-TABLE
 */
import { FIRST_INITDB_OID, type Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { domainRules, typeUnder } from "../../catalog/domains.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import { encodeArray } from "../types/array-value.ts";
import type { TypeContext } from "../types/codec.ts";
import { mayHoldDomains } from "../types/held-domains.ts";
import { toJsonb } from "../types/json-codec.ts";
import { formatJsonb, type JsonNode, parseJsonbText } from "../types/json-value.ts";
import { decodeRecord, encodeRecord } from "../types/records.ts";
import type { Scalar } from "../types/scalar.ts";
import { codecOf, elementTypeOf, parseText } from "../types/type-io.ts";
import { T } from "../types/type-oids.ts";
import { asText, defineFor, defineSetFor } from "./define.ts";
import type {
  CallTypes,
  FunctionContext,
  FunctionDefinition,
  OutputColumn,
  RunsQueries,
  SetFunctionDefinition,
} from "./registry.ts";
import { relationColumns } from "./relation-columns.ts";

type Family = "json" | "jsonb";

/** The columns of a composite type; undefined for any other. */
function columnsOf(
  type: Oid,
  { catalog }: Pick<TypeContext, "catalog">,
): readonly OutputColumn[] | undefined {
  const row = catalog.find(pgType, "key", [type]);
  if (row?.typtype === "d") return columnsOf(row.typbasetype, { catalog });
  if (row?.typtype !== "c") return undefined;
  return relationColumns(row.typrelid, catalog);
}

/** A key that is not there is NULL, where no record says what it was before. */
const NOTHING: JsonNode = { kind: "null" };

const runsQueries: RunsQueries = ({ args, columns, result }, catalog) =>
  [result, ...args, ...(columns ?? []).map((column) => column.type)].some((type) =>
    mayHoldDomains(type, catalog),
  );

class Populator {
  readonly #source: string;
  readonly #family: Family;
  readonly #context: FunctionContext;

  constructor(source: string, family: Family, context: FunctionContext) {
    this.#source = source;
    this.#family = family;
    this.#context = context;
  }

  /** Values of the columns; keys that are absent leave what `base` has. */
  row(
    node: JsonNode,
    columns: readonly OutputColumn[],
    base: readonly Scalar[] | undefined,
  ): readonly Scalar[] {
    if (node.kind !== "object") {
      const what = node.kind === "array" ? "an array" : "a scalar";
      throw new SqlError("22023", `cannot call populate_composite on ${what}`);
    }
    const entries = new Map(node.entries);
    return columns.map(({ name, type, typmod }, at) => {
      const value = entries.get(name);
      const before = base?.[at] ?? null;
      if (value === undefined && base) return before;
      return this.#value(type, typmod, value ?? NOTHING, name, before);
    });
  }

  /** `before`: a row to begin with, where it becomes one. */
  #value(type: Oid, typmod: number, node: JsonNode, key: string, before: Scalar = null): Scalar {
    const under = type < FIRST_INITDB_OID ? { type } : typeUnder(this.#context.catalog, type);
    if (under.type !== type && "typmod" in under) {
      const value = this.#value(under.type, under.typmod, node, key, before);
      if (domainRules(this.#context.catalog, type)) this.#check(type, value);
      return value;
    }
    if (node.kind === "null") return null;
    if (type === T.json) return this.#text(node, true);
    if (type === T.jsonb) return toJsonb(this.#text(node, true));
    if (node.kind !== "string") {
      const element = elementTypeOf(type, this.#context.catalog);
      if (element !== undefined && type !== T.int2vector && type !== T.oidvector) {
        return this.#array(element, typmod, node, key);
      }
      const columns = type < 10000 ? undefined : columnsOf(type, this.#context);
      if (columns) {
        const base = before === null ? undefined : this.#fields(before);
        const values = this.row(node, columns, base);
        return encodeRecord({ types: columns.map((column) => column.type), values });
      }
    }
    return parseText(type, this.#text(node, false), typmod, this.#context);
  }

  #check(domain: Oid, value: Scalar): void {
    const { checkDomain } = this.#context;
    if (!checkDomain) throw notSupported("input of values of a domain with constraints here");
    checkDomain(domain, value);
  }

  #fields(record: Scalar): readonly Scalar[] {
    return decodeRecord(asText(record), codecOf, this.#context).values;
  }

  #text(node: JsonNode, quoted: boolean): string {
    if (node.kind === "string" && !quoted) return node.text;
    return this.#family === "json" ? this.#source.slice(...(node.span ?? [0])) : formatJsonb(node);
  }

  /** How deep it is nested, its first elements say. */
  #array(element: Oid, typmod: number, node: JsonNode, key: string): Scalar {
    const lengths: number[] = [];
    for (let level: JsonNode | undefined = node; level?.kind === "array"; level = level.items[0]) {
      lengths.push(level.items.length);
    }
    if (lengths.length === 0) throw expectedArray(key, []);
    const elements: Scalar[] = [];
    const collect = (inner: JsonNode, path: readonly number[]): void => {
      if (path.length === lengths.length) {
        elements.push(this.#value(element, typmod, inner, key));
        return;
      }
      if (inner.kind !== "array") throw expectedArray(key, path);
      if (inner.items.length !== lengths[path.length]) {
        throw new SqlError("22P02", "malformed JSON array", {
          detail: "Multidimensional arrays must have sub-arrays with matching dimensions.",
        });
      }
      inner.items.forEach((item, at) => {
        collect(item, [...path, at]);
      });
    };
    collect(node, []);
    return encodeArray({ dimensions: lengths, lowerBounds: lengths.map(() => 1), elements });
  }
}

function expectedArray(key: string, path: readonly number[]): SqlError {
  const element = path.map((at) => `[${at}]`).join("");
  const hint =
    path.length === 0
      ? `See the value of key "${key}".`
      : `See the array element ${element} of key "${key}".`;
  return new SqlError("22P02", "expected JSON array", { hint });
}

const noRowType = (name: string) =>
  new SqlError("0A000", `could not determine row type for result of ${name}`, {
    hint: "Provide a non-null record argument, or call the function in the FROM clause using a column definition list.",
  });

/** What rows of a call look like, and the record to begin with. */
interface Shape {
  readonly columns: readonly OutputColumn[];
  readonly base: readonly Scalar[] | undefined;
}

function shapeOf(
  name: string,
  types: CallTypes,
  base: Scalar | undefined,
  context: FunctionContext,
): Shape {
  const type = base === undefined ? T.record : (types.args[0] as Oid);
  if (type !== T.record && !columnsOf(type, context)) {
    throw new SqlError("42804", `first argument of ${name} must be a row type`);
  }
  const record =
    base === undefined || base === null ? undefined : decodeRecord(asText(base), codecOf, context);
  // A record that is given has its own columns, whatever the query expects.
  const expected = record ? undefined : types.columns;
  const known = type === T.record ? expected : columnsOf(type, context);
  if (known) return { columns: known, base: record?.values };
  if (!record) throw noRowType(name);
  const columns = record.types.map((each, at) => ({
    name: record.names?.[at] ?? `f${at + 1}`,
    type: each,
    typmod: -1,
  }));
  return { columns, base: record.values };
}

function oneRow(
  source: string,
  family: Family,
  { columns, base }: Shape,
  context: FunctionContext,
) {
  return new Populator(source, family, context).row(parseJsonbText(source), columns, base);
}

function* manyRows(
  name: string,
  source: string,
  family: Family,
  { columns, base }: Shape,
  context: FunctionContext,
) {
  const node = parseJsonbText(source);
  if (node.kind !== "array") {
    const what =
      family === "jsonb" ? "a non-array" : node.kind === "object" ? "an object" : "a scalar";
    throw new SqlError("22023", `cannot call ${name} on ${what}`);
  }
  const populator = new Populator(source, family, context);
  for (const item of node.items) {
    if (item.kind !== "object") {
      throw new SqlError("22023", `argument of ${name} must be an array of objects`);
    }
    yield populator.row(item, columns, base);
  }
}

interface Call {
  readonly signature: string;
  readonly name: string;
  readonly family: Family;
  readonly hasBase: boolean;
  readonly many: boolean;
}

const calls: readonly Call[] = (["json", "jsonb"] as const).flatMap((family) => {
  const flag = family === "json" ? ", bool" : "";
  return [
    [`${family}_populate_record`, `anyelement, ${family}${flag}`, true, false],
    [`${family}_populate_recordset`, `anyelement, ${family}${flag}`, true, true],
    [`${family}_to_record`, family, false, false],
    [`${family}_to_recordset`, family, false, true],
  ].map(([name, types, hasBase, many]) => ({
    signature: `${name}(${types})`,
    name: String(name),
    family,
    hasBase: hasBase === true,
    many: many === true,
  }));
});

/** Where the json is NULL, a single row is the one to begin with, or none. */
function rowsOf(
  { name, family, hasBase, many }: Call,
  types: CallTypes,
  args: readonly Scalar[],
  context: FunctionContext,
): Iterable<readonly Scalar[]> {
  const base = hasBase ? (args[0] ?? null) : undefined;
  const source = args[hasBase ? 1 : 0] ?? null;
  const shape = shapeOf(name, types, base, context);
  if (source === null) {
    if (many || base === null || base === undefined) return [];
    return [decodeRecord(asText(base), codecOf, context).values];
  }
  return many
    ? manyRows(name, asText(source), family, shape, context)
    : [oneRow(asText(source), family, shape, context)];
}

const columnTypes = (
  call: Call,
  types: CallTypes,
  args: readonly Scalar[],
  context: FunctionContext,
) => shapeOf(call.name, types, call.hasBase ? (args[0] ?? null) : undefined, context).columns;

export const jsonRecordFunctions: readonly FunctionDefinition[] = calls
  .filter(({ many }) => !many)
  .map((call) => ({
    ...defineFor(call.signature, (types) => (context, ...args) => {
      const [row] = rowsOf(call, types, args as Scalar[], context);
      if (!row) return null;
      const columns = columnTypes(call, types, args as Scalar[], context);
      return held(call, types, context, columns, row);
    }),
    runsQueries,
  }));

/** The row as a value: one of a domain over its type is held against that. */
function held(
  { hasBase }: Call,
  { args }: CallTypes,
  { catalog, checkDomain }: FunctionContext,
  columns: readonly OutputColumn[],
  values: readonly Scalar[],
): Scalar {
  const value = encodeRecord({ types: columns.map(({ type }) => type), values });
  const type = args[0] as Oid;
  if (hasBase && domainRules(catalog, type)) checkDomain?.(type, value);
  return value;
}

/**
 * Of a type that an argument gives, a row is one value; of columns that are defined, its fields.
 */
export const jsonRecordSetFunctions: readonly SetFunctionDefinition[] = calls.map((call) => ({
  ...defineSetFor(call.signature, (types) => (context, ...args) => {
    const rows = rowsOf(call, types, args, context);
    // A call that is NULL is a row in FROM.
    if (!call.many && [...rows].length === 0) {
      return [call.hasBase ? [null] : columnTypes(call, types, args, context).map(() => null)];
    }
    return call.hasBase ? asRecords(call, types, args, context, rows) : rows;
  }),
  runsQueries,
}));

function* asRecords(
  call: Call,
  types: CallTypes,
  args: readonly Scalar[],
  context: FunctionContext,
  rows: Iterable<readonly Scalar[]>,
) {
  for (const values of rows) {
    const columns = columnTypes(call, types, args, context);
    yield [held(call, types, context, columns, values)];
  }
}
