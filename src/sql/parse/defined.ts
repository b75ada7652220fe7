/** CREATE and ALTER of collations, publications, statistics; CREATE CAST and EXTENSION. */
import type {
  AlterPublicationStmt,
  CreateCastStmt,
  CreatePublicationStmt,
  CreateStatsStmt,
  DefineStmt,
  Node,
} from "libpg-query";
import { assert } from "../../base/assert.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type {
  AlterPublication,
  CreateAggregate,
  CreateCast,
  CreatePublication,
  DefinedStatement,
  DefinitionItem,
  Published,
  PublishedTable,
} from "../../catalog/defined-statement.ts";
import { alterExtension } from "./extensions.ts";
import { handledStatement } from "./handled.ts";
import { qualifiedName, relationName, stringsOf, typeName } from "./names.ts";
import { objectName } from "./objects.ts";
import { operatorClassStatement } from "./operator-classes.ts";
import { routineParameter } from "./routines.ts";
import { statementOptions } from "./statement-options.ts";
import { subscriptionStatement } from "./subscriptions.ts";
import { textSearchStatement } from "./text-search.ts";

/** undefined = another statement. */
export function definedStatement(node: Node): DefinedStatement | undefined {
  if ("DefineStmt" in node && node.DefineStmt.kind === "OBJECT_COLLATION") {
    const { defnames, definition, if_not_exists: ifNotExists = false } = node.DefineStmt;
    const collation = qualifiedName(stringsOf(defnames));
    const options = statementOptions(definition);
    return { kind: "createCollation", collation, options, ifNotExists };
  }
  if ("AlterCollationStmt" in node) {
    const { collname } = node.AlterCollationStmt;
    return { kind: "refreshCollation", collation: qualifiedName(stringsOf(collname)) };
  }
  if ("DefineStmt" in node && node.DefineStmt.kind === "OBJECT_OPERATOR") {
    const { defnames, definition } = node.DefineStmt;
    const operator = qualifiedName(stringsOf(defnames));
    return { kind: "createOperator", operator, items: definitionItems(definition) };
  }
  if ("DefineStmt" in node && node.DefineStmt.kind === "OBJECT_AGGREGATE") {
    return createAggregate(node.DefineStmt);
  }
  if ("AlterOperatorStmt" in node) {
    const { opername, options } = node.AlterOperatorStmt;
    assert(opername, "ALTER names an operator");
    const object = objectName("OBJECT_OPERATOR", { ObjectWithArgs: opername });
    assert(object?.kind === "operator", "it names an operator");
    return { kind: "alterOperator", object, items: definitionItems(options) };
  }
  if ("CreateCastStmt" in node) return createCast(node.CreateCastStmt);
  if ("CreateStatsStmt" in node) return createStatistics(node.CreateStatsStmt);
  if ("AlterStatsStmt" in node) {
    const { defnames, stxstattarget, missing_ok: ifExists = false } = node.AlterStatsStmt;
    const statistics = qualifiedName(stringsOf(defnames));
    return { kind: "alterStatistics", statistics, target: numberIn(stxstattarget), ifExists };
  }
  const extension = alterExtension(node);
  if (extension) return extension;
  if ("CreatePublicationStmt" in node) return createPublication(node.CreatePublicationStmt);
  if ("AlterPublicationStmt" in node) return alterPublication(node.AlterPublicationStmt);
  return (
    subscriptionStatement(node) ??
    operatorClassStatement(node) ??
    handledStatement(node) ??
    textSearchStatement(node, definitionItems)
  );
}

function createAggregate(tree: DefineStmt): CreateAggregate {
  const { defnames, definition, oldstyle, args, replace = false } = tree;
  const [list, direct] = args ?? [];
  if (direct && "Integer" in direct && (direct.Integer.ival ?? 0) >= 0) {
    throw notSupported("an ordered-set aggregate");
  }
  const items = list && "List" in list ? (list.List.items ?? []) : [];
  return {
    kind: "createAggregate",
    name: qualifiedName(stringsOf(defnames), -1),
    replace,
    ...(oldstyle ? {} : { parameters: items.map(routineParameter) }),
    items: definitionItems(definition),
  };
}

export function definitionItems(nodes: readonly Node[] | undefined): DefinitionItem[] {
  const options = statementOptions(nodes);
  return (nodes ?? []).map((node, at): DefinitionItem => {
    assert("DefElem" in node, "a definition has items");
    const { defname: name = "", arg } = node.DefElem;
    const item = options[at] ?? { name, value: undefined, position: undefined };
    if (arg === undefined) return item;
    if ("TypeName" in arg) {
      const type = { name: typeName(arg.TypeName), setof: arg.TypeName.setof ?? false };
      return { ...item, type, named: qualifiedName(stringsOf(arg.TypeName.names)) };
    }
    if ("List" in arg) return { ...item, named: qualifiedName(stringsOf(arg.List.items)) };
    if ("String" in arg) {
      const type = { name: typeName({ names: [arg], typemod: -1 }), setof: false };
      return { ...item, type, named: { name: arg.String.sval ?? "" } };
    }
    return item;
  });
}

const CONTEXTS: { readonly [context: string]: CreateCast["context"] } = {
  COERCION_IMPLICIT: "implicit",
  COERCION_ASSIGNMENT: "assignment",
  COERCION_EXPLICIT: "explicit",
};

function createCast(tree: CreateCastStmt): CreateCast {
  const { sourcetype, targettype, func, context, inout } = tree;
  const routine = func && objectName("OBJECT_FUNCTION", { ObjectWithArgs: func });
  return {
    kind: "createCast",
    ...{ source: typeName(sourcetype), target: typeName(targettype) },
    ...(routine?.kind === "routine" ? { function: routine } : {}),
    method: func ? "function" : inout ? "inout" : "binary",
    context: CONTEXTS[context ?? ""] ?? "explicit",
  };
}

/** undefined = without a name, which PostgreSQL 15 does not have. */
function createStatistics(tree: CreateStatsStmt): DefinedStatement | undefined {
  const { defnames, stat_types, exprs, relations, if_not_exists: ifNotExists = false } = tree;
  if (!defnames) return undefined;
  const [relation, ...more] = relations ?? [];
  if (!relation || !("RangeVar" in relation)) {
    const message = "CREATE STATISTICS only supports relation names in the FROM clause";
    throw new SqlError("0A000", message);
  }
  if (more.length > 0) {
    throw new SqlError("0A000", "only a single relation is allowed in CREATE STATISTICS");
  }
  const elements = (exprs ?? []).map((node) => {
    assert("StatsElem" in node, "statistics are on elements");
    const { name, expr } = node.StatsElem;
    return name ?? { node: expr };
  });
  const statistics = qualifiedName(stringsOf(defnames));
  const table = relationName(relation.RangeVar);
  const kinds = stringsOf(stat_types);
  return { kind: "createStatistics", statistics, table, elements, kinds, ifNotExists };
}

/** A number of the grammar's, which later ones wrap. */
function numberIn(target: unknown): number {
  if (typeof target === "number") return target;
  const node = target as { readonly Integer?: { readonly ival?: number } } | undefined;
  return node?.Integer?.ival ?? 0;
}

const createPublication = (tree: CreatePublicationStmt): CreatePublication => ({
  kind: "createPublication",
  name: tree.pubname ?? "",
  allTables: tree.for_all_tables ?? false,
  options: statementOptions(tree.options),
  ...published(tree.pubobjects),
});

const ACTIONS: { readonly [action: string]: "add" | "drop" | "set" } = {
  AP_AddObjects: "add",
  AP_DropObjects: "drop",
  AP_SetObjects: "set",
};

function alterPublication(tree: AlterPublicationStmt): AlterPublication {
  const { pubname: name = "", options, action, pubobjects } = tree;
  if (options) {
    const changed = { kind: "options" as const, options: statementOptions(options) };
    return { kind: "alterPublication", name, action: changed };
  }
  const kind = ACTIONS[action ?? ""] ?? "add";
  return { kind: "alterPublication", name, action: { kind, ...published(pubobjects) } };
}

function published(nodes: readonly Node[] | undefined): Published {
  const tables: PublishedTable[] = [];
  const schemas: (string | undefined)[] = [];
  for (const node of nodes ?? []) {
    if (!("PublicationObjSpec" in node)) continue;
    const { pubobjtype, name, pubtable } = node.PublicationObjSpec;
    if (pubobjtype === "PUBLICATIONOBJ_TABLES_IN_SCHEMA") schemas.push(name);
    else if (pubobjtype === "PUBLICATIONOBJ_TABLES_IN_CUR_SCHEMA") schemas.push(undefined);
    else if (pubtable) {
      const where = pubtable.whereClause ? { where: { node: pubtable.whereClause } } : {};
      const columns = pubtable.columns ? { columns: stringsOf(pubtable.columns) } : {};
      tables.push({ table: relationName(pubtable.relation), ...columns, ...where });
    }
  }
  return { tables, schemas };
}
