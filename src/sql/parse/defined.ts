/** CREATE COLLATION, CREATE and ALTER PUBLICATION. */
import type { AlterPublicationStmt, CreatePublicationStmt, Node } from "libpg-query";
import { notSupported } from "../../base/sql-error.ts";
import type {
  AlterPublication,
  CreatePublication,
  DefinedStatement,
  Published,
  PublishedTable,
} from "../../catalog/defined-statement.ts";
import { qualifiedName, relationName, stringsOf } from "./names.ts";
import { statementOptions } from "./statement-options.ts";

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
  if ("CreatePublicationStmt" in node) return createPublication(node.CreatePublicationStmt);
  if ("AlterPublicationStmt" in node) return alterPublication(node.AlterPublicationStmt);
  return undefined;
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
      if (pubtable.whereClause) throw notSupported("WHERE of a publication");
      const columns = pubtable.columns ? { columns: stringsOf(pubtable.columns) } : {};
      tables.push({ table: relationName(pubtable.relation), ...columns });
    }
  }
  return { tables, schemas };
}
