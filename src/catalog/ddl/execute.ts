/**
 * One DDL statement: locks and stages, synchronously. It throws a Wait when a lock is not free;
 * whoever called it takes back what it staged, awaits, and calls it again.
 */
import { SqlError } from "../../base/sql-error.ts";
import { addDependency } from "../dependencies.ts";
import { isStep } from "../job-statement.ts";
import type { DdlStatement, QualifiedName } from "../statement.ts";
import { isTypeStatement } from "../type-statement.ts";
import { alterTable } from "./alter-table.ts";
import { objectsMade } from "./collected.ts";
import { createConnection } from "./connections.ts";
import { setConstraints } from "./constraints.ts";
import type { DdlContext } from "./context.ts";
import { type CreatedExtension, createExtension } from "./create-extension.ts";
import { createSink } from "./create-sink.ts";
import { createSource } from "./create-source.ts";
import { createTable } from "./create-table.ts";
import { createTableAs } from "./create-table-as.ts";
import { createView } from "./create-view.ts";
import { dropRelations, dropSchemas } from "./drop.ts";
import { executeClusterDdl } from "./execute-cluster.ts";
import { executeIndexStatement } from "./index-statements.ts";
import { takeStep } from "./job-steps.ts";
import { maintainMaterializedView } from "./maintain.ts";
import { refreshMaterializedView } from "./refresh.ts";
import { renameColumn, renameConstraint, renameRelation } from "./rename.ts";
import {
  type CreatedSchema,
  createSchema,
  renameSchema,
  setSchemaOwner,
  swapSchemas,
} from "./schemas.ts";
import { alterSequence, createSequence } from "./sequences.ts";
import { setSchema } from "./set-schema.ts";
import { swapRelations } from "./swap.ts";
import { executeTypeStatement } from "./type-statements.ts";

export function executeDdl(context: DdlContext, statement: DdlStatement): void {
  if (isStep(statement)) return takeStep(context, statement);
  if (isTypeStatement(statement)) return executeTypeStatement(context, statement);
  if (statement.kind === "createSchema" || statement.kind === "createExtension") {
    return executeParts(context, statement);
  }
  switch (statement.kind) {
    case "createTable":
      return createTable(context, statement);
    case "alterTable":
      return alterTable(context, statement);
    case "renameColumn":
      return renameColumn(context, statement);
    case "renameConstraint":
      return renameConstraint(context, statement);
    case "setConstraints":
      return setConstraints(context, statement);
    case "renameRelation":
      return renameRelation(context, statement);
    case "swapRelations":
      return swapRelations(context, statement);
    case "setSchema":
      return setSchema(context, statement);
    case "dropRelations":
      return dropRelations(context, statement);
    case "createView":
      return createView(context, statement);
    case "createTableAs":
      return createTableAs(context, statement);
    case "refreshMaterializedView":
      return refreshMaterializedView(context, statement);
    case "maintain":
      return maintainMaterializedView(context, statement);
    case "createSource":
      return createSource(context, statement);
    case "createSink":
      return createSink(context, statement);
    case "createConnection":
      return createConnection(context, statement);
    case "createSequence":
      return createSequence(context, statement);
    case "alterSequence":
      return alterSequence(context, statement);
    case "renameSchema":
      return renameSchema(context, statement);
    case "swapSchemas":
      return swapSchemas(context, statement);
    case "schemaOwner":
      return setSchemaOwner(context, statement);
    case "dropSchemas":
      return dropSchemas(context, statement);
    case "createIndex":
    case "reindex":
    case "cluster":
    case "truncate":
    case "lockTables":
    case "moveAllRelations":
      return executeIndexStatement(context, statement);
    default:
      return executeClusterDdl(context, statement);
  }
}

/** What brings statements of its own. */
function executeParts(
  context: DdlContext,
  statement: Extract<DdlStatement, { readonly kind: "createSchema" | "createExtension" }>,
): void {
  if (statement.kind === "createSchema") {
    const created = createSchema(context, statement);
    if (created) createElements(context, created, statement.elements);
  } else {
    const created = createExtension(context, statement);
    if (created) runScript(context, created, statement.script);
  }
}

/** Elements of CREATE SCHEMA see the new schema first on their path, and are its owner's. */
function createElements(
  context: DdlContext,
  { name, owner }: CreatedSchema,
  elements: readonly DdlStatement[],
): void {
  const inside = context.within([name, ...context.searchPath], owner);
  const placed = elements.map((element) => placedIn(element, name));
  for (const kind of ELEMENT_KINDS) {
    for (const element of placed) if (element.kind === kind) executeDdl(inside, element);
  }
}

/** The objects of an extension see its schema alone; of what goes well nothing is said. */
function runScript(
  context: DdlContext,
  { extension, schema, owner }: CreatedExtension,
  script: readonly DdlStatement[],
): void {
  const { catalog, notice } = context;
  const { overlay } = catalog.transaction;
  const inside: DdlContext = {
    ...context.within([schema], owner),
    notice: (said) => (said.severity === "NOTICE" ? undefined : notice(said)),
  };
  for (const statement of script) {
    const before = overlay.mark;
    executeDdl(inside, statement);
    for (const object of objectsMade(statement, overlay.changesSince(before))) {
      addDependency(catalog, object, extension, "e");
    }
  }
}

/** What a schema is created with is in it; 42P15 when it says another one. */
function placedIn(element: DdlStatement, schema: string): DdlStatement {
  const inSchema = (name: QualifiedName): QualifiedName => {
    if (name.schema === undefined || name.schema === schema) return { ...name, schema };
    const message = `CREATE specifies a schema (${name.schema}) different from the one being created (${schema})`;
    throw new SqlError("42P15", message);
  };
  if (element.kind === "createSequence") {
    return { ...element, sequence: inSchema(element.sequence) };
  }
  if (element.kind === "createView") return { ...element, view: inSchema(element.view) };
  if (!PLACED_BY_TABLE.has(element.kind) || !("table" in element)) return element;
  return { ...element, table: inSchema(element.table) } as DdlStatement;
}

const PLACED_BY_TABLE: ReadonlySet<string> = new Set([
  "createTable",
  "createIndex",
  "createTrigger",
]);

/** What may use another kind comes after it. */
const ELEMENT_KINDS: readonly DdlStatement["kind"][] = [
  "createSequence",
  "createTable",
  "createView",
  "createIndex",
  "createTrigger",
  "grant",
];
