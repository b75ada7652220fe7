/**
 * TABLES AS XML: rows of queries, tables, schemas and databases, with the schemas of XML that
 * describe them. https://www.postgresql.org/docs/15/functions-xml.html#FUNCTIONS-XML-MAPPING
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import {
  type ClassTuple,
  findUsable,
  getNamespace,
  type NamespaceTuple,
} from "../../catalog/names.ts";
import { hasRelationPrivilege, mayInSchema } from "../../catalog/privileges.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgNamespace } from "../../catalog/relations/pg-namespace.ts";
import { quoteQualified } from "../types/keywords.ts";
import type { Scalar } from "../types/scalar.ts";
import { xmlName } from "../types/xml-names.ts";
import { always, asOid, asText, effectsOf, isTrue } from "./define.ts";
import type { FunctionContext, FunctionDefinition, OutputColumn, QueryRows } from "./registry.ts";
import { relationColumns } from "./relation-columns.ts";
import {
  databaseSchema,
  type MappedTable,
  type Mapping,
  schemaSchema,
  tableSchema,
} from "./xml-schemas.ts";
import { xmlValue } from "./xml-values.ts";

/** Whether it is the outermost element, which says what names mean. */
type Place = "outermost" | "within";

function startTag(name: string, schema: string | undefined, target: string, place: Place): string {
  const uses =
    place === "outermost"
      ? ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"' +
        (target === "" ? "" : ` xmlns="${target}"`)
      : "";
  if (schema === undefined) return `<${name}${uses}>\n`;
  const located =
    target === "" ? ' xsi:noNamespaceSchemaLocation="#"' : ` xsi:schemaLocation="${target} #"`;
  return `<${name}${uses}${located}>\n`;
}

function rowText(
  row: readonly Scalar[],
  columns: readonly OutputColumn[],
  { nulls }: Mapping,
  context: FunctionContext,
): string {
  const fields = columns.map(({ name, type, typmod }, at) => {
    const field = xmlName(name, true);
    const value = row[at] ?? null;
    if (value === null) return nulls ? `  <${field} xsi:nil="true"/>\n` : "";
    return `  <${field}>${xmlValue(type, value, typmod, true, context)}</${field}>\n`;
  });
  return fields.join("");
}

function answerOf(context: FunctionContext, query: string): QueryRows {
  if (query.trim() === "") throw new SqlError("22000", "invalid query");
  return effectsOf(context, "a table as XML").query(query);
}

/** `table`: the relation's name; undefined: it is a query. */
function rowsText(
  query: string,
  table: string | undefined,
  schema: string | undefined,
  mapping: Mapping,
  place: Place,
  context: FunctionContext,
): string {
  const { forest, target } = mapping;
  const { columns, rows } = answerOf(context, query);
  const name = table === undefined ? (forest ? "row" : "table") : xmlName(table, true);
  const [start, end] = forest
    ? [startTag(name, undefined, target, place), `</${name}>\n\n`]
    : ["<row>\n", "</row>\n\n"];
  const texts = rows.map((row) => `${start}${rowText(row, columns, mapping, context)}${end}`);
  const described = schema === undefined ? "" : `${schema}\n\n`;
  const all = described + texts.join("");
  return forest ? all : `${startTag(name, schema, target, place)}\n${all}</${name}>\n`;
}

const queryOf = ({ schema, name }: MappedTable): string =>
  `SELECT * FROM ${quoteQualified(schema, name)}`;

function mappedTable({ catalog }: FunctionContext, row: ClassTuple): MappedTable {
  const columns = relationColumns(row.oid, catalog);
  const schema = catalog.find(pgNamespace, "key", [row.relnamespace])?.nspname ?? "";
  return { schema, name: row.relname, columns };
}

function tableOf(context: FunctionContext, id: Oid): MappedTable {
  const row = context.catalog.find(pgClass, "key", [id]);
  if (!row) throw new SqlError("XX000", `cache lookup failed for relation ${id}`);
  return mappedTable(context, row);
}

const byName = <T>(nameOf: (item: T) => string, items: Iterable<T>): T[] =>
  [...items].sort((a, b) => Buffer.compare(Buffer.from(nameOf(a)), Buffer.from(nameOf(b))));

/** Of a schema those that the user may read. */
function tablesIn(context: FunctionContext, { oid }: NamespaceTuple): MappedTable[] {
  const { catalog, user } = context;
  const rows = [...catalog.all(pgClass)].filter(
    (row) =>
      row.relnamespace === oid &&
      "rmv".includes(row.relkind) &&
      hasRelationPrivilege(catalog, user.oid, row, "r"),
  );
  return byName(({ relname }) => relname, rows).map((row) => mappedTable(context, row));
}

const schemaNamed = ({ catalog, user }: FunctionContext, name: string): NamespaceTuple =>
  findUsable(catalog, name, user.oid) ?? getNamespace(catalog, name);

/** Those that are not the system's. */
function schemasOf({ catalog, user }: FunctionContext): NamespaceTuple[] {
  const rows = [...catalog.all(pgNamespace)].filter(
    (row) =>
      !/^pg_|^information_schema$/.test(row.nspname) && mayInSchema(catalog, user.oid, row, "U"),
  );
  return byName(({ nspname }) => nspname, rows);
}

/** What is mapped: its rows, and the schema that describes them. */
interface Mapped {
  readonly rows: (schema: string | undefined, place: Place) => string;
  readonly schema: () => string;
}
type Map = (context: FunctionContext, mapping: Mapping, of: Scalar) => Mapped;

const mapQuery: Map = (context, mapping, of) => {
  const query = asText(of);
  return {
    rows: (schema, place) => rowsText(query, undefined, schema, mapping, place, context),
    schema: () => {
      return tableSchema(answerOf(context, query).columns, undefined, mapping, context);
    },
  };
};

const mapTable = (context: FunctionContext, mapping: Mapping, table: MappedTable): Mapped => ({
  rows: (schema, place) => rowsText(queryOf(table), table.name, schema, mapping, place, context),
  schema: () => tableSchema(table.columns, table, mapping, context),
});

function within(
  name: string,
  parts: readonly Mapped[],
  schema: string | undefined,
  { target }: Mapping,
  place: Place,
): string {
  const element = xmlName(name, true);
  const described = schema === undefined ? "" : `${schema}\n\n`;
  const inner = parts.map((part) => `${part.rows(undefined, "within")}\n`).join("");
  return `${startTag(element, schema, target, place)}\n${described}${inner}</${element}>\n`;
}

function mapSchema(context: FunctionContext, mapping: Mapping, row: NamespaceTuple): Mapped {
  const tables = tablesIn(context, row);
  const parts = tables.map((table) => mapTable(context, mapping, table));
  return {
    rows: (schema, place) => within(row.nspname, parts, schema, mapping, place),
    schema: () => schemaSchema(row.nspname, tables, mapping, context),
  };
}

const mapDatabase: Map = (context, mapping) => {
  const schemas = schemasOf(context);
  return {
    rows: (schema, place) => {
      const parts = schemas.map((row) => mapSchema(context, mapping, row));
      return within(context.databaseName, parts, schema, mapping, place);
    },
    schema: () => {
      const names = schemas.map(({ nspname }) => nspname);
      const tables = schemas.flatMap((row) => tablesIn(context, row));
      return databaseSchema(names, tables, mapping, context);
    },
  };
};

const SUBJECTS: readonly (readonly [name: string, argument: string | undefined, map: Map])[] = [
  ["query", "text", mapQuery],
  [
    "table",
    "regclass",
    (context, mapping, of) => mapTable(context, mapping, tableOf(context, asOid(of))),
  ],
  [
    "schema",
    "name",
    (context, mapping, of) => mapSchema(context, mapping, schemaNamed(context, asText(of))),
  ],
  ["database", undefined, mapDatabase],
];

const FORMS: readonly (readonly [name: string, make: (mapped: Mapped) => string])[] = [
  ["xml", (mapped) => mapped.rows(undefined, "outermost")],
  ["xmlschema", (mapped) => mapped.schema()],
  ["xml_and_xmlschema", (mapped) => mapped.rows(mapped.schema(), "outermost")],
];

export const xmlTableFunctions: readonly FunctionDefinition[] = SUBJECTS.flatMap(
  ([subject, argument, map]) =>
    FORMS.map(([form, make]): FunctionDefinition => {
      const types = [...(argument === undefined ? [] : [argument]), "bool", "bool", "text"];
      return {
        signature: `${subject}_to_${form}(${types.join(", ")})`,
        session: true,
        runsQueries: always,
        call: (context, ...args) => {
          const [nulls, forest, target] = args.slice(-3);
          const mapping = {
            nulls: isTrue(nulls),
            forest: isTrue(forest),
            target: asText(target),
          };
          return make(map(context, mapping, args[0] ?? null));
        },
      };
    }),
);
