/**
 * XML SCHEMAS of tables, schemas and databases: the types of their columns, and what their rows are
 * made of. https://www.postgresql.org/docs/15/functions-xml.html#FUNCTIONS-XML-MAPPING
 */
import type { Oid } from "../../base/ids.ts";
import { typeUnder } from "../../catalog/domains.ts";
import { pgNamespace } from "../../catalog/relations/pg-namespace.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import { T } from "../types/type-oids.ts";
import { xmlName, xmlPath } from "../types/xml-names.ts";
import type { FunctionContext, OutputColumn } from "./registry.ts";

/** What XML calls the types that SQL has. */
const NAMES: ReadonlyMap<Oid, string> = new Map([
  [T.bpchar, "CHAR"],
  [T.varchar, "VARCHAR"],
  [T.numeric, "NUMERIC"],
  [T.int4, "INTEGER"],
  [T.int2, "SMALLINT"],
  [T.int8, "BIGINT"],
  [T.float4, "REAL"],
  [T.float8, "DOUBLE"],
  [T.bool, "BOOLEAN"],
  [T.time, "TIME"],
  [T.timetz, "TIME_WTZ"],
  [T.timestamp, "TIMESTAMP"],
  [T.timestamptz, "TIMESTAMP_WTZ"],
  [T.date, "DATE"],
  [T.xml, "XML"],
]);

function typeName(type: Oid, { catalog, databaseName }: FunctionContext): string {
  const known = NAMES.get(type);
  if (known !== undefined) return known;
  const row = catalog.find(pgType, "key", [type]);
  const schema = row && catalog.find(pgNamespace, "key", [row.typnamespace])?.nspname;
  const kind = row?.typtype === "d" ? "Domain" : "UDT";
  return xmlPath(kind, databaseName, schema ?? "", row?.typname ?? "");
}

const DIGITS_OF_DATE = "\\p{Nd}{4}-\\p{Nd}{2}-\\p{Nd}{2}";
const DIGITS_OF_TIME = "\\p{Nd}{2}:\\p{Nd}{2}:\\p{Nd}{2}(.\\p{Nd}+)?";
const DIGITS_OF_ZONE = "(\\+|-)\\p{Nd}{2}:\\p{Nd}{2}";

const restricted = (base: string, ...facets: readonly string[]): string =>
  [`  <xsd:restriction base="xsd:${base}">`, ...facets, "  </xsd:restriction>", ""].join("\n");
const between = (base: string, bits: bigint): string =>
  restricted(
    base,
    `    <xsd:maxInclusive value="${2n ** (bits - 1n) - 1n}"/>`,
    `    <xsd:minInclusive value="${-(2n ** (bits - 1n))}"/>`,
  );
const patterned = (base: string, pattern: string): string =>
  restricted(base, `    <xsd:pattern value="${pattern}"/>`);
const plain = (base: string): string =>
  `  <xsd:restriction base="xsd:${base}"></xsd:restriction>\n`;

const RESTRICTIONS: ReadonlyMap<Oid, string> = new Map([
  [T.bpchar, restricted("string")],
  [T.varchar, restricted("string")],
  [T.text, restricted("string")],
  [T.int2, between("short", 16n)],
  [T.int4, between("int", 32n)],
  [T.int8, between("long", 64n)],
  [T.float4, plain("float")],
  [T.float8, plain("double")],
  [T.bool, plain("boolean")],
  [T.time, patterned("time", DIGITS_OF_TIME)],
  [T.timetz, patterned("time", `${DIGITS_OF_TIME}${DIGITS_OF_ZONE}`)],
  [T.date, patterned("date", DIGITS_OF_DATE)],
  [T.timestamp, patterned("dateTime", `${DIGITS_OF_DATE}T${DIGITS_OF_TIME}`)],
  [T.timestamptz, patterned("dateTime", `${DIGITS_OF_DATE}T${DIGITS_OF_TIME}${DIGITS_OF_ZONE}`)],
]);

function restrictionOf(type: Oid, context: FunctionContext): string {
  if (type === T.bytea) {
    return restricted(context.setting("xmlbinary") === "hex" ? "hexBinary" : "base64Binary");
  }
  const under = typeUnder(context.catalog, type).type;
  if (under !== type) return `  <xsd:restriction base="${typeName(under, context)}"/>\n`;
  return RESTRICTIONS.get(type) ?? "";
}

const ANY_CONTENT = `<xsd:complexType mixed="true">
  <xsd:sequence>
    <xsd:any name="element" minOccurs="0" maxOccurs="unbounded" processContents="skip"/>
  </xsd:sequence>
</xsd:complexType>
`;

function typeDefinition(type: Oid, context: FunctionContext): string {
  if (type === T.xml) return ANY_CONTENT;
  const name = typeName(type, context);
  return `<xsd:simpleType name="${name}">\n${restrictionOf(type, context)}</xsd:simpleType>\n`;
}

/** Of columns, each once; what is under domains comes last. */
function typeDefinitions(columns: readonly OutputColumn[], context: FunctionContext): string {
  const types = columns.map(({ type }) => type);
  const all = new Set([...types, ...types.map((type) => typeUnder(context.catalog, type).type)]);
  return [...all].map((type) => `${typeDefinition(type, context)}\n`).join("");
}

function schemaOf(target: string, body: string): string {
  const qualified =
    target === "" ? "" : `\n    targetNamespace="${target}"\n    elementFormDefault="qualified"`;
  const start = `<xsd:schema\n    xmlns:xsd="http://www.w3.org/2001/XMLSchema"${qualified}>\n\n`;
  return `${start}${body}</xsd:schema>`;
}

/** How a mapping is asked for. */
export interface Mapping {
  /** NULLs are elements that say so. */
  readonly nulls: boolean;
  /** Rows stand by themselves. */
  readonly forest: boolean;
  readonly target: string;
}

/** A relation, with the name of its schema. */
export interface MappedTable {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly OutputColumn[];
}

const complex = (name: string, group: string, members: readonly string[]): string => {
  const inner = members.map((each) => `    ${each}\n`).join("");
  const body = `  <xsd:${group}>\n${inner}  </xsd:${group}>\n`;
  return `<xsd:complexType name="${name}">\n${body}</xsd:complexType>\n\n`;
};
const ANY_NUMBER = ' minOccurs="0" maxOccurs="unbounded"';
const element = (name: string, type: string, more = ""): string =>
  `<xsd:element name="${name}" type="${type}"${more}/>`;

/** `table` undefined: of a query. */
export function tableSchema(
  columns: readonly OutputColumn[],
  table: MappedTable | undefined,
  { nulls, forest, target }: Mapping,
  context: FunctionContext,
): string {
  const named = (kind: string) =>
    table ? xmlPath(kind, context.databaseName, table.schema, table.name) : kind;
  const rowType = named("RowType");
  const more = nulls ? ' nillable="true"' : ' minOccurs="0"';
  const members = columns.map(({ name, type }) => {
    const is = typeName(type, context);
    return `<xsd:element name="${xmlName(name, true)}" type="${is}"${more}></xsd:element>`;
  });
  const whole = table ? xmlName(table.name, true) : forest ? "row" : "table";
  const body = forest
    ? `${element(whole, rowType)}\n\n`
    : complex(named("TableType"), "sequence", [element("row", rowType, ANY_NUMBER)]) +
      `${element(whole, named("TableType"))}\n\n`;
  const types = typeDefinitions(columns, context);
  return schemaOf(target, `${types}${complex(rowType, "sequence", members)}${body}`);
}

/** Of a schema with its tables. */
export function schemaSchema(
  schema: string,
  tables: readonly MappedTable[],
  { forest, target }: Mapping,
  context: FunctionContext,
): string {
  const path = (kind: string, ...names: readonly string[]) =>
    xmlPath(kind, context.databaseName, ...names);
  const members = tables.map(({ name }) =>
    forest
      ? element(xmlName(name, true), path("RowType", schema, name), ANY_NUMBER)
      : element(xmlName(name, true), path("TableType", schema, name)),
  );
  const type = path("SchemaType", schema);
  const columns = tables.flatMap((table) => table.columns);
  const body =
    complex(type, forest ? "sequence" : "all", members) +
    `${element(xmlName(schema, true), type)}\n\n`;
  return schemaOf(target, `${typeDefinitions(columns, context)}${body}`);
}

/** Of the database, by its schemas. */
export function databaseSchema(
  schemas: readonly string[],
  tables: readonly MappedTable[],
  { target }: Mapping,
  context: FunctionContext,
): string {
  const { databaseName } = context;
  const members = schemas.map((name) =>
    element(xmlName(name, true), xmlPath("SchemaType", databaseName, name)),
  );
  const type = xmlPath("CatalogType", databaseName);
  const columns = tables.flatMap((table) => table.columns);
  const whole = `${element(xmlName(databaseName, true), type)}\n\n`;
  const body = `${complex(type, "all", members)}${whole}`;
  return schemaOf(target, `${typeDefinitions(columns, context)}${body}`);
}
