/** Queries of views, rules and sinks as their rows hold them: printed, and judged. */
import type { Oid } from "../../base/ids.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { Tuple } from "../../catalog/relation.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgRewrite } from "../../catalog/relations/pg-rewrite.ts";
import { rwConnector } from "../../catalog/relations/rw-connector.ts";
import { hasInsteadTrigger } from "../../catalog/view-triggers.ts";
import type { BuiltinCatalog } from "../bind/builtin.ts";
import { decodeQuery, storedRule } from "../bind/codec.ts";
import { withGivenNames } from "../bind/given-names.ts";
import { Names } from "../bind/names.ts";
import { bindViewQuery } from "../bind/query.ts";
import type { Query } from "../bind/tree.ts";
import { updatableEvents } from "../bind/updatable.ts";
import type { Printers } from "../functions/printers.ts";
import type { FunctionContext } from "../functions/registry.ts";
import { parseBody, parseQuery } from "../parse/parse.ts";
import { printViewQuery } from "../print/print.ts";
import { printOtherRule } from "../print/rule.ts";
import { quoteIdentifier, quoteQualified } from "../types/keywords.ts";
import { builtinTexts } from "./builtin-texts.ts";

const PG_CATALOG = 11 as Oid;

type Rule = Tuple<(typeof pgRewrite)["columns"]>;

interface OwnQuery {
  readonly relation: Oid;
  readonly tree: string;
}

const ofRule = ({ ev_class, ev_action }: Rule): OwnQuery => ({
  relation: ev_class,
  tree: ev_action,
});

/** The query that a view or a sink is. */
function ownQuery(catalog: CatalogReader, relation: Oid): OwnQuery | undefined {
  const [rule] = catalog.list(pgRewrite, "rel_rulename", [relation, "_RETURN"]);
  if (rule) return ofRule(rule);
  const tree = catalog.find(rwConnector, "key", [relation])?.query;
  return tree ? { relation, tree } : undefined;
}

/** The system's own views are kept as the texts that PostgreSQL prints; each is bound once. */
const systemQueries = new Map<Oid, Query>();

function queryOf(
  { relation, tree }: OwnQuery,
  builtin: BuiltinCatalog,
  context: FunctionContext,
): Query {
  const texts = builtinTexts(tree);
  if (!texts) return decodeQuery(tree);
  const known = systemQueries.get(relation);
  if (known) return known;
  const query = bindViewQuery(withGivenNames(parseQuery(texts.join(""))), {
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
  systemQueries.set(relation, query);
  return query;
}

/** Under the names that the relation's columns have now. */
function printOwnQuery(
  own: OwnQuery,
  builtin: BuiltinCatalog,
  pretty: boolean,
  wrapColumn: number,
  context: FunctionContext,
): string {
  const texts = builtinTexts(own.tree);
  if (texts && !pretty) return texts.join("");
  const columns = context.catalog
    .list(pgAttribute, "key", [own.relation])
    .toSorted((a, b) => a.attnum - b.attnum)
    .map(({ attname }) => attname);
  const printing = { builtin, types: context, pretty, wrapColumn };
  return `${printViewQuery(queryOf(own, builtin, context), printing, columns)};`;
}

/** Those of pg_settings are kept as they are printed with schemas and all parentheses. */
function printSystemRule(text: string, pretty: boolean, bare: boolean): string {
  const named = bare ? text.replace(" TO pg_catalog.", " TO ") : text;
  return pretty ? named.replace(/ WHERE \((.*)\) DO /s, " WHERE $1 DO ") : named;
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
  const texts = builtinTexts(rule.ev_action);
  if (texts && rule.ev_type !== "1") return printSystemRule(texts.join(""), pretty, bare);
  const begin = `CREATE RULE ${quoteIdentifier(rule.rulename)} AS`;
  if (rule.ev_type !== "1") {
    const printing = { builtin, types: context, pretty, wrapColumn: 0 };
    return `${begin}${printOtherRule(rule, storedRule(rule), on, printing)}`;
  }
  const query = printOwnQuery(ofRule(rule), builtin, pretty, 0, context);
  return `${begin}\n    ON SELECT TO ${on} DO INSTEAD ${query}`;
}

export const viewPrinters = (
  builtin: BuiltinCatalog,
): Pick<Printers, "view" | "rule" | "updatable"> => ({
  view(relation, pretty, wrapColumn, context) {
    const own = ownQuery(context.catalog, relation);
    return own && printOwnQuery(own, builtin, pretty, wrapColumn, context);
  },
  rule(id, pretty, context) {
    const rule = context.catalog.find(pgRewrite, "key", [id]);
    return rule && printRule(rule, builtin, pretty, context);
  },
  updatable(relation, column, withTriggers, context) {
    const { catalog } = context;
    const lookup = {
      relkind: (id: Oid) => catalog.find(pgClass, "key", [id])?.relkind,
      replaced: (view: Oid) =>
        catalog
          .list(pgRewrite, "rel_rulename", [view])
          .filter(
            ({ ev_type, is_instead, ev_qual }) => ev_type !== "1" && is_instead && ev_qual === "<>",
          )
          .map(({ ev_type }) => ev_type),
      triggered: (view: Oid, event: "insert" | "update" | "delete") =>
        withTriggers && hasInsteadTrigger(catalog, view, event),
      query(view: Oid): Query | undefined {
        const own = ownQuery(catalog, view);
        return own && queryOf(own, builtin, context);
      },
    };
    return updatableEvents(lookup, relation, column === undefined ? undefined : [column]);
  },
});
