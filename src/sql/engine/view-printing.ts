/** Views and rules as their rows in pg_rewrite hold them: printed, and judged by their queries. */
import type { Oid } from "../../base/ids.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { Tuple } from "../../catalog/relation.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgRewrite } from "../../catalog/relations/pg-rewrite.ts";
import type { BuiltinCatalog } from "../bind/builtin.ts";
import { decodeQuery } from "../bind/codec.ts";
import { Names } from "../bind/names.ts";
import { bindViewQuery } from "../bind/query.ts";
import type { Query } from "../bind/tree.ts";
import { updatableEvents } from "../bind/updatable.ts";
import type { Printers } from "../functions/printers.ts";
import type { FunctionContext } from "../functions/registry.ts";
import { parseBody, parseQuery } from "../parse/parse.ts";
import { printViewQuery } from "../print/print.ts";
import { quoteIdentifier, quoteQualified } from "../types/keywords.ts";
import { builtinTexts } from "./builtin-texts.ts";

const PG_CATALOG = 11 as Oid;

type Rule = Tuple<(typeof pgRewrite)["columns"]>;

const returnRule = (catalog: CatalogReader, view: Oid): Rule | undefined =>
  catalog.list(pgRewrite, "rel_rulename", [view, "_RETURN"])[0];

/** The system's own views are kept as the texts that PostgreSQL prints; each is bound once. */
const systemQueries = new Map<Oid, Query>();

function queryOf(rule: Rule, builtin: BuiltinCatalog, context: FunctionContext): Query {
  const texts = builtinTexts(rule.ev_action);
  if (!texts) return decodeQuery(rule.ev_action);
  const known = systemQueries.get(rule.ev_class);
  if (known) return known;
  const query = bindViewQuery(parseQuery(texts.join("")), {
    catalog: context.catalog,
    builtin,
    searchPath: [PG_CATALOG],
    databaseName: "",
    types: context,
    positionOf: () => undefined,
    parameterTypes: [],
    parseQuery,
    parseBody,
  });
  systemQueries.set(rule.ev_class, query);
  return query;
}

/** Under the names that the view's columns have now. */
function printRuleQuery(
  rule: Rule,
  builtin: BuiltinCatalog,
  pretty: boolean,
  wrapColumn: number,
  context: FunctionContext,
): string {
  const texts = builtinTexts(rule.ev_action);
  if (texts && !pretty) return texts.join("");
  const columns = context.catalog
    .list(pgAttribute, "key", [rule.ev_class])
    .toSorted((a, b) => a.attnum - b.attnum)
    .map(({ attname }) => attname);
  const printing = { builtin, types: context, pretty, wrapColumn };
  return `${printViewQuery(queryOf(rule, builtin, context), printing, columns)};`;
}

function printRule(
  rule: Rule,
  builtin: BuiltinCatalog,
  pretty: boolean,
  context: FunctionContext,
): string {
  const names = new Names(builtin, context.catalog, context.searchPath);
  const relation = names.findRelation(rule.ev_class);
  const bare = pretty && relation !== undefined && names.isRelationVisible(relation);
  const schema = bare || !relation ? undefined : names.printedNamespace(relation.namespace);
  const on = quoteQualified(schema, relation?.name ?? "");
  const query = printRuleQuery(rule, builtin, pretty, 0, context);
  return `CREATE RULE ${quoteIdentifier(rule.rulename)} AS\n    ON SELECT TO ${on} DO INSTEAD ${query}`;
}

export const viewPrinters = (
  builtin: BuiltinCatalog,
): Pick<Printers, "view" | "rule" | "updatable"> => ({
  view(relation, pretty, wrapColumn, context) {
    const rule = returnRule(context.catalog, relation);
    return rule && printRuleQuery(rule, builtin, pretty, wrapColumn, context);
  },
  rule(id, pretty, context) {
    const rule = context.catalog.find(pgRewrite, "key", [id]);
    return rule && printRule(rule, builtin, pretty, context);
  },
  updatable(relation, column, context) {
    const { catalog } = context;
    const lookup = {
      relkind: (id: Oid) => catalog.find(pgClass, "key", [id])?.relkind,
      query(view: Oid): Query | undefined {
        const rule = returnRule(catalog, view);
        return rule && queryOf(rule, builtin, context);
      },
    };
    return updatableEvents(lookup, relation, column === undefined ? undefined : [column]);
  },
});
