/**
 * TEXT → STATEMENTS. libpg-query's trees become the closed unions of statement.ts here and nowhere
 * else, but for queries and expressions, which sql/bind opens.
 *
 * A statement that parses and can only be answered with an error (a clause that the catalog cannot
 * keep, an option given twice) carries that error instead of throwing it: whether it is raised
 * depends on what the statements before it did.
 */
import type { Node, RawStmt } from "libpg-query";
import { assert } from "../../base/assert.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { DdlStatement } from "../../catalog/statement.ts";
import { commandTag } from "./command-names.ts";
import { setConstraints } from "./constraints.ts";
import { copy } from "./copy.ts";
import { closeCursor, deallocate, declareCursor, execute, fetch } from "./cursors.ts";
import { alterDatabase, alterDatabaseDefaults, createDatabase, dropDatabase } from "./databases.ts";
import { definedStatement } from "./defined.ts";
import { alterDomain, createDomain } from "./domains.ts";
import { eventTriggerStatement } from "./event-triggers.ts";
import { explained, explainOptions } from "./explain.ts";
import { createExtension } from "./extensions.ts";
import { type Carved, carve, carvedFrom, type Placed, readOverGrammar } from "./fallback.ts";
import { foreignStatement } from "./foreign.ts";
import { parseTrees } from "./grammar.ts";
import { alterDefaultPrivileges, grant, onKind } from "./grants.ts";
import { createIndex } from "./indexes.ts";
import { cluster, lockTables, moveAllRelations, reindex, truncate, vacuum } from "./maintenance.ts";
import { typeName } from "./names.ts";
import { refuseNewerClauses } from "./newer-clauses.ts";
import { listen, notify, unlisten } from "./notify.ts";
import { comment, dependOnExtension, dropOwned, reassignOwned } from "./objects.ts";
import { inspectTree, newNumber, newWord } from "./older-grammar.ts";
import { withoutPasswords } from "./passwords.ts";
import { policyStatement } from "./policies.ts";
import { byteSlicer } from "./positions.ts";
import { withTime } from "./risingwave/as-of.ts";
import type { Said } from "./risingwave/words.ts";
import { alterRole, alterRoleDefaults, createRole, dropRoles, grantRoles } from "./roles.ts";
import { alterRoutine, createRoutine, inlineCode } from "./routines.ts";
import { createRule } from "./rules.ts";
import { alterOwner, createSchema, drop, rename, setSchema } from "./schemas.ts";
import { alterSequence, createSequence } from "./sequences.ts";
import { alterSystem, discard, setSetting, show } from "./settings.ts";
import { shapeOf, type TextShape } from "./shape.ts";
import type { ModifyStatement, QueryStatement, Statement, StatementBody } from "./statement.ts";
import { createTableAs, refreshMaterializedView, selectInto } from "./table-as.ts";
import { alterTable, appendOnly, createForeignTable, createTable } from "./tables.ts";
import { tablespaceDdl } from "./tablespaces.ts";
import { transaction } from "./transactions.ts";
import { createTrigger } from "./triggers.ts";
import {
  alterEnum,
  createBase,
  createComposite,
  createEnum,
  createRange,
  setBase,
} from "./types.ts";
import { createView } from "./views.ts";
import { modify } from "./writes-in-with.ts";

/**
 * All statements of the text; none if it is empty or comments only. Throws SqlError 42601 with the
 * position in characters of the whole text, 54001 on excessive nesting, 22021 on text that is not
 * UTF-8.
 */
export function parse(text: string): readonly Statement[] {
  const remembered = rememberedTexts.get(text);
  if (remembered !== undefined) return remembered;
  const shape = shapeOf(text);
  const known = shape && knownShapes.get(shape.key);
  if (known) return [statementOfShape(text, shape, known)];
  const statements = statementsOf(text, shape);
  if (text.length <= REMEMBERED_CHARACTERS_MAX && statements.every(comesAgain)) {
    remember(text, statements);
  }
  return statements;
}

function statementsOf(text: string, shape: TextShape | undefined): readonly Statement[] {
  let trees: readonly RawStmt[];
  try {
    trees = parseTrees(text);
  } catch (error) {
    const carved = error instanceof SqlError && error.code === "42601" ? carve(text) : undefined;
    if (carved === undefined) throw error;
    return carvedStatements(text, carved);
  }
  const slice = byteSlicer(text);
  return trees.map((raw) => statementOf(raw, text, slice, shape));
}

function carvedStatements(source: string, carved: Carved): readonly Statement[] {
  const { text, error, statements } = carved;
  const slice = byteSlicer(text);
  const read = treesBefore(text, error).map((raw): Placed => {
    const read = statementOf(raw, text, slice);
    const timed = withTime(read.body, raw, carvedFrom(carved.times, raw), source);
    const [words] = carvedFrom(carved.words, raw);
    const body = words ? saying(timed, words.said) : timed;
    const statement = { ...read, body, source, ...(words && { loggedText: words.written }) };
    const [prefix] = carvedFrom(carved.prefixes, raw);
    return {
      byte: raw.stmt_location ?? 0,
      statement: prefix === undefined ? statement : explained(statement, prefix.options),
    };
  });
  const placed = [...read, ...statements].sort((one, other) => one.byte - other.byte);
  return placed.map(({ statement }) => statement);
}

function saying(body: StatementBody, said: Said): StatementBody {
  if (said.says === "kind") return onKind(body, said);
  if (said.says === "appendOnly") return appendOnly(body);
  return body.kind === "createDatabase" ? { ...body, ifNotExists: true } : body;
}

/** Throws `error`, unless one of the grammar's comes before it. */
function treesBefore(text: string, error: SqlError | undefined): readonly RawStmt[] {
  if (error === undefined) return parseTrees(text);
  try {
    parseTrees(text);
  } catch (other) {
    const isFirst = other instanceof SqlError && placeOf(other) < placeOf(error);
    throw isFirst ? other : error;
  }
  throw error;
}

const placeOf = ({ fields }: SqlError): number => fields.position ?? Infinity;

/**
 * Texts that clients send again and again; their statements are data, so all sessions share them.
 */
const rememberedTexts = new Map<string, readonly Statement[]>();
const REMEMBERED_TEXTS_MAX = 512;
const REMEMBERED_CHARACTERS_MAX = 8192;

/** DDL with the same text is rare: it would only push the others out. */
const recurring: ReadonlySet<string> = new Set<StatementBody["kind"]>([
  "query",
  "modify",
  "begin",
  "commit",
  "rollback",
  "set",
  "show",
]);
const comesAgain = (statement: Statement): boolean => recurring.has(statement.body.kind);

function remember(text: string, statements: readonly Statement[]): void {
  const [oldest] = rememberedTexts.size < REMEMBERED_TEXTS_MAX ? [] : rememberedTexts.keys();
  if (oldest !== undefined) rememberedTexts.delete(oldest);
  rememberedTexts.set(text, statements);
}

/** Shapes whose statements are planned without their trees: a statement of each. */
const knownShapes = new Map<string, KnownShape>();
const KNOWN_SHAPES_MAX = 512;

interface KnownShape {
  readonly tag: string;
  readonly body:
    | { readonly kind: "query" }
    | { readonly kind: "modify"; readonly returns: boolean };
}

/** From now on texts of this shape are parsed only when somebody asks for the tree. */
export function rememberShape(shape: TextShape, { tag, body }: Statement): void {
  if (knownShapes.has(shape.key)) return;
  assert(body.kind === "query" || body.kind === "modify", `${tag} has no shape`);
  if (knownShapes.size >= KNOWN_SHAPES_MAX) knownShapes.clear();
  const { kind } = body;
  knownShapes.set(shape.key, {
    tag,
    body: kind === "query" ? { kind } : { kind, returns: body.returns },
  });
}

function statementOfShape(text: string, shape: TextShape, known: KnownShape): Statement {
  const own = text.replace(/;\s*$/, "");
  const body: QueryStatement | ModifyStatement = {
    ...known.body,
    shape,
    get node() {
      const [raw] = parseTrees(text);
      assert(raw?.stmt, "a text of a known shape is one statement");
      return "SelectStmt" in raw.stmt ? raw.stmt.SelectStmt : raw.stmt;
    },
  };
  return { body, tag: known.tag, text: own, source: text, parameterCount: 0 };
}

/** The SelectStmt tree of a text that is one query: the server's own texts. Throws as `parse`. */
export function parseQuery(text: string): unknown {
  const [statement, ...more] = parse(text);
  assert(statement?.body.kind === "query" && more.length === 0, "the text is one query");
  return statement.body.node;
}

/** The statements of a routine's body. Throws as `parse`, and what a statement was refused with. */
export const parseBody = (text: string): readonly BodyStatement[] =>
  parse(text).map(({ body }) => {
    if (body.kind === "refused") throw body.error;
    if (body.kind === "query") refuseTimes(body);
    if (body.kind === "query" || body.kind === "modify" || body.kind === "call") {
      return { kind: body.kind, node: body.node };
    }
    return { kind: "other", node: undefined };
  });

/** What a function reads is of the time of the query that calls it: 0A000. */
export function refuseTimes({ asOf }: QueryStatement): void {
  if (asOf !== undefined) throw notSupported("FOR SYSTEM_TIME AS OF in a function");
}

interface BodyStatement {
  readonly kind: "query" | "modify" | "call" | "other";
  readonly node: unknown;
}

function statementOf(
  raw: RawStmt,
  text: string,
  slice: ReturnType<typeof byteSlicer>,
  shape?: TextShape,
): Statement {
  assert(raw.stmt !== undefined, "a statement has a tree");
  const own = slice(raw.stmt_location ?? 0, raw.stmt_len ?? 0);
  const startOf = () => (raw.stmt_location ? slice(0, raw.stmt_location).length : 0);
  if ("VariableShowStmt" in raw.stmt) {
    const start = startOf();
    const asked = readOverGrammar(text, start, start + own.length);
    if (asked) return asked;
  }
  refuseNewerClauses(raw.stmt, own, text, startOf);
  const statement = describe(raw.stmt, own, text);
  const { body } = statement;
  if (!shape || (body.kind !== "query" && body.kind !== "modify")) return statement;
  return { ...statement, body: { ...body, shape } };
}

function describe(node: Node, own: string, text: string): Statement {
  const parameterCount = needsInspection(node, own)
    ? inspectTree(node, own, text).parameterCount
    : 0;
  const body = bodyOf(node, own, text);
  const tag = commandTag(node);
  const statement: Statement = { body, tag, text: own, source: text, parameterCount };
  const mayTell = "CreateRoleStmt" in node || "AlterRoleStmt" in node;
  return mayTell ? { ...statement, loggedText: withoutPasswords(own) } : statement;
}

/** Only these can hold what PostgreSQL 15 refuses, or a parameter. */
function needsInspection(node: Node, own: string): boolean {
  return (
    "SelectStmt" in node ||
    "DeclareCursorStmt" in node ||
    "CopyStmt" in node ||
    "InsertStmt" in node ||
    "UpdateStmt" in node ||
    "DeleteStmt" in node ||
    "MergeStmt" in node ||
    "ExplainStmt" in node ||
    "ViewStmt" in node ||
    own.includes("$") ||
    newNumber.test(own) ||
    newWord.test(own)
  );
}

function bodyOf(node: Node, own: string, text: string): StatementBody {
  try {
    return (
      ddl(node, text) ??
      typeDdl(node) ??
      clusterDdl(node, own) ??
      upkeep(node) ??
      extensionDdl(node) ??
      definedStatement(node) ??
      foreignStatement(node) ??
      policyStatement(node) ??
      eventTriggerStatement(node) ??
      conversation(node, own, text) ?? { kind: "unsupported", what: commandTag(node) }
    );
  } catch (error) {
    if (error instanceof SqlError) return { kind: "refused", error };
    throw error;
  }
}

function ddl(node: Node, text: string): StatementBody | undefined {
  if ("CreateStmt" in node) return createTable(node.CreateStmt);
  if ("CreateForeignTableStmt" in node) return createForeignTable(node.CreateForeignTableStmt);
  if ("AlterTableStmt" in node) return alterTable(node.AlterTableStmt);
  if ("DropStmt" in node) return drop(node.DropStmt);
  if ("RenameStmt" in node) return rename(node.RenameStmt);
  if ("AlterObjectSchemaStmt" in node) return setSchema(node.AlterObjectSchemaStmt);
  if ("AlterOwnerStmt" in node) return alterOwner(node.AlterOwnerStmt);
  if ("CreateSchemaStmt" in node) return createSchema(node.CreateSchemaStmt);
  if ("ViewStmt" in node) return createView(node.ViewStmt);
  if ("CreateTableAsStmt" in node) return createTableAs(node.CreateTableAsStmt);
  if ("RefreshMatViewStmt" in node) return refreshMaterializedView(node.RefreshMatViewStmt);
  if ("CreateFunctionStmt" in node) return createRoutine(node.CreateFunctionStmt, text);
  if ("AlterFunctionStmt" in node) return alterRoutine(node.AlterFunctionStmt);
  if ("CreateSeqStmt" in node) return createSequence(node.CreateSeqStmt);
  if ("AlterSeqStmt" in node) return alterSequence(node.AlterSeqStmt);
  return undefined;
}

function extensionDdl(node: Node): StatementBody | undefined {
  if (!("CreateExtensionStmt" in node)) return undefined;
  return createExtension(node.CreateExtensionStmt, (script) =>
    parse(script).map(({ body }) => body as DdlStatement),
  );
}

function typeDdl(node: Node): StatementBody | undefined {
  if ("CreateEnumStmt" in node) return createEnum(node.CreateEnumStmt);
  if ("CreateRangeStmt" in node) return createRange(node.CreateRangeStmt);
  if ("AlterEnumStmt" in node) return alterEnum(node.AlterEnumStmt);
  if ("CompositeTypeStmt" in node) return createComposite(node.CompositeTypeStmt);
  if ("CreateDomainStmt" in node) return createDomain(node.CreateDomainStmt);
  if ("AlterDomainStmt" in node) return alterDomain(node.AlterDomainStmt);
  if ("DefineStmt" in node && node.DefineStmt.kind === "OBJECT_TYPE") {
    return createBase(node.DefineStmt);
  }
  if ("AlterTypeStmt" in node) return setBase(node.AlterTypeStmt);
  return undefined;
}

/** What all databases share. */
function clusterDdl(node: Node, own: string): StatementBody | undefined {
  if ("CreatedbStmt" in node) return createDatabase(node.CreatedbStmt);
  if ("AlterDatabaseStmt" in node) return alterDatabase(node.AlterDatabaseStmt);
  if ("AlterDatabaseSetStmt" in node) return alterDatabaseDefaults(node.AlterDatabaseSetStmt);
  if ("AlterDatabaseRefreshCollStmt" in node) {
    const { dbname: name = "" } = node.AlterDatabaseRefreshCollStmt;
    return { kind: "refreshDatabaseCollation", name };
  }
  if ("DropdbStmt" in node) return dropDatabase(node.DropdbStmt);
  const tablespace = tablespaceDdl(node);
  if (tablespace) return tablespace;
  if ("CreateRoleStmt" in node) return createRole(node.CreateRoleStmt);
  if ("AlterRoleStmt" in node) return alterRole(node.AlterRoleStmt);
  if ("AlterSystemStmt" in node) return alterSystem(node.AlterSystemStmt);
  if ("AlterRoleSetStmt" in node) return alterRoleDefaults(node.AlterRoleSetStmt);
  if ("DropRoleStmt" in node) return dropRoles(node.DropRoleStmt);
  if ("CommentStmt" in node) return comment(node.CommentStmt);
  if ("ReassignOwnedStmt" in node) return reassignOwned(node.ReassignOwnedStmt);
  if ("DropOwnedStmt" in node) return dropOwned(node.DropOwnedStmt);
  if ("GrantRoleStmt" in node) return grantRoles(node.GrantRoleStmt, own);
  if ("GrantStmt" in node) return grant(node.GrantStmt);
  if ("SecLabelStmt" in node) throw noLabelProvider(node.SecLabelStmt.provider);
  if ("AlterDefaultPrivilegesStmt" in node) {
    return alterDefaultPrivileges(node.AlterDefaultPrivilegesStmt);
  }
  return undefined;
}

/** Providers of security labels come as libraries, which nothing loads here. */
const noLabelProvider = (provider: string | undefined): SqlError =>
  provider === undefined
    ? new SqlError("22023", "no security label providers have been loaded")
    : new SqlError("22023", `security label provider "${provider}" is not loaded`);

/** Indexes, and what is done to relations as wholes. */
function upkeep(node: Node): StatementBody | undefined {
  if ("IndexStmt" in node) return createIndex(node.IndexStmt);
  if ("CreateTrigStmt" in node) return createTrigger(node.CreateTrigStmt);
  if ("RuleStmt" in node) return createRule(node.RuleStmt);
  if ("AlterObjectDependsStmt" in node) return dependOnExtension(node.AlterObjectDependsStmt);
  if ("AlterTableMoveAllStmt" in node) return moveAllRelations(node.AlterTableMoveAllStmt);
  if ("ReindexStmt" in node) return reindex(node.ReindexStmt);
  if ("ClusterStmt" in node) return cluster(node.ClusterStmt);
  if ("TruncateStmt" in node) return truncate(node.TruncateStmt);
  if ("LockStmt" in node) return lockTables(node.LockStmt);
  return undefined;
}

function conversation(node: Node, own: string, text: string): StatementBody | undefined {
  const modified = modify(node);
  if (modified) return modified;
  if ("SelectStmt" in node) {
    return selectInto(node.SelectStmt) ?? { kind: "query", node: node.SelectStmt };
  }
  if ("CallStmt" in node) return { kind: "call", node: node.CallStmt.funccall };
  if ("DoStmt" in node) return inlineCode(node.DoStmt, text);
  if ("TransactionStmt" in node) return transaction(node.TransactionStmt);
  if ("VariableSetStmt" in node) return setSetting(node.VariableSetStmt);
  if ("VariableShowStmt" in node) return show(node.VariableShowStmt);
  if ("ConstraintsSetStmt" in node) return setConstraints(node.ConstraintsSetStmt);
  if ("DiscardStmt" in node) return discard(node.DiscardStmt);
  if ("PrepareStmt" in node) {
    const { name = "", argtypes = [], query } = node.PrepareStmt;
    assert(query !== undefined, "PREPARE has a statement");
    const types = argtypes.map((type) => {
      assert("TypeName" in type, "a parameter has a type");
      return typeName(type.TypeName);
    });
    return { kind: "prepare", name, types, statement: describe(query, own, text) };
  }
  if ("ExecuteStmt" in node) return execute(node.ExecuteStmt);
  if ("DeallocateStmt" in node) return deallocate(node.DeallocateStmt);
  if ("DeclareCursorStmt" in node) return declareCursor(node.DeclareCursorStmt);
  if ("FetchStmt" in node) return fetch(node.FetchStmt);
  if ("ClosePortalStmt" in node) return closeCursor(node.ClosePortalStmt);
  if ("CopyStmt" in node) return copy(node.CopyStmt);
  if ("ExplainStmt" in node) {
    const { query } = node.ExplainStmt;
    assert(query !== undefined, "EXPLAIN has a statement");
    return explained(describe(query, own, text), explainOptions(node.ExplainStmt)).body;
  }
  if ("ListenStmt" in node) return listen(node.ListenStmt);
  if ("UnlistenStmt" in node) return unlisten(node.UnlistenStmt);
  if ("NotifyStmt" in node) return notify(node.NotifyStmt);
  if ("VacuumStmt" in node) return vacuum(node.VacuumStmt);
  if ("CheckPointStmt" in node) return { kind: "checkpoint" };
  return undefined;
}
