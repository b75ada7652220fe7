/**
 * Functions that read the catalog: names, visibility, comments.
 * https://www.postgresql.org/docs/15/functions-info.html
 */
import type { Oid } from "../../base/ids.ts";
import { RELATION_CLASS } from "../../catalog/class-oids.ts";
import { pgAuthid } from "../../catalog/relations/pg-authid.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgDescription } from "../../catalog/relations/pg-description.ts";
import { pgShdescription } from "../../catalog/relations/pg-shdescription.ts";
import { keywords } from "../types/keywords.ts";
import { formatType } from "../types/type-names.ts";
import { isVisible, visibilityFunctions } from "../types/visibility.ts";
import { asNumber, asOid, asText, define, defineFor, defineSet, truth } from "./define.ts";
import { definitionFunctions } from "./definitions.ts";
import { eventTriggerFunctions } from "./event-triggers.ts";
import { inheritanceFunctions, inheritanceSetFunctions } from "./inheritance.ts";
import type { Printers } from "./printers.ts";
import { privilegeFunctions, privilegeSetFunctions } from "./privileges.ts";
import type { FunctionContext, FunctionDefinition, SetFunctionDefinition } from "./registry.ts";
import { sessionFunctions } from "./session-info.ts";
import { statisticsFunctions } from "./statistics.ts";
import { viewFunctions } from "./views.ts";

const visibility: readonly FunctionDefinition[] = visibilityFunctions.map(([name, find]) =>
  define(`${name}(oid)`, (context, id) => {
    const object = find(context, asOid(id));
    return object ? truth(isVisible(object, context)) : null;
  }),
);

const description = (context: FunctionContext, object: Oid, classOid: Oid, subId: number) =>
  context.catalog.find(pgDescription, "key", [object, classOid, subId])?.description ?? null;

/** The oid of a system catalog by its bare name. */
const catalogNamed = (context: FunctionContext, name: string): Oid | undefined =>
  context.catalog.find(pgClass, "relname_nsp", [name, 11])?.oid;

const comments: readonly FunctionDefinition[] = [
  define("obj_description(oid, name)", (context, object, catalogName) => {
    const classOid = catalogNamed(context, asText(catalogName));
    return classOid === undefined ? null : description(context, asOid(object), classOid, 0);
  }),
  define("obj_description(oid)", (context, object) => {
    // Objects of several catalogs may have the oid: PostgreSQL meets the lowest catalog first.
    const rows = context.catalog.list(pgDescription, "key", [asOid(object)]);
    const [first] = rows
      .filter(({ objsubid }) => objsubid === 0)
      .sort((a, b) => a.classoid - b.classoid);
    return first?.description ?? null;
  }),
  define("shobj_description(oid, name)", (context, object, catalogName) => {
    const classOid = catalogNamed(context, asText(catalogName));
    if (classOid === undefined) return null;
    const row = context.catalog.find(pgShdescription, "key", [asOid(object), classOid]);
    return row?.description ?? null;
  }),
  define("col_description(oid, int4)", (context, relation, column) =>
    description(context, asOid(relation), RELATION_CLASS, asNumber(column)),
  ),
];

const names: readonly FunctionDefinition[] = [
  define("format_type(oid, int4)", (context, type, typmod) =>
    type === null
      ? null
      : formatType(asOid(type), typmod === null ? undefined : asNumber(typmod), context),
  ),
  define("pg_get_userbyid(oid)", ({ catalog }, role) => {
    const row = catalog.find(pgAuthid, "key", [asOid(role)]);
    return row?.rolname ?? `unknown (OID=${asOid(role)})`;
  }),
  defineFor("pg_typeof(any)", ({ args }) => {
    const type = BigInt(args[0] as Oid);
    return () => type;
  }),
  define("current_database()", (context) => context.databaseName),
];

const keywordFunctions: readonly SetFunctionDefinition[] = [
  defineSet("pg_get_keywords()", () =>
    keywords.map(({ word, category, bareLabel }) => {
      const { code, text } = keywordCategories[category];
      const label = bareLabel ? "can be bare label" : "requires AS";
      return [word, code, truth(bareLabel), text, label];
    }),
  ),
];

const keywordCategories = {
  unreserved: { code: "U", text: "unreserved" },
  columnName: { code: "C", text: "unreserved (cannot be function or type name)" },
  typeOrFunctionName: { code: "T", text: "reserved (can be function or type name)" },
  reserved: { code: "R", text: "reserved" },
} as const;

export const catalogFunctions = (printers: Printers): readonly FunctionDefinition[] => [
  ...visibility,
  ...comments,
  ...names,
  ...definitionFunctions(printers),
  ...inheritanceFunctions,
  ...eventTriggerFunctions,
  ...viewFunctions(printers),
  ...privilegeFunctions,
  ...sessionFunctions,
  ...statisticsFunctions,
];

export const catalogSetFunctions: readonly SetFunctionDefinition[] = [
  ...keywordFunctions,
  ...privilegeSetFunctions,
  ...inheritanceSetFunctions,
];
