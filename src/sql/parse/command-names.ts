/**
 * Command tags, as PostgreSQL's CreateCommandTag gives them.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/include/tcop/cmdtaglist.h
 */
import type { Node } from "libpg-query";

/** What COMMENT, DROP and ALTER call a kind of object. */
const objectNames: { readonly [objtype: string]: string } = {
  OBJECT_ACCESS_METHOD: "ACCESS METHOD",
  OBJECT_AGGREGATE: "AGGREGATE",
  OBJECT_ATTRIBUTE: "TYPE",
  OBJECT_CAST: "CAST",
  OBJECT_COLUMN: "TABLE",
  OBJECT_COLLATION: "COLLATION",
  OBJECT_CONVERSION: "CONVERSION",
  OBJECT_DATABASE: "DATABASE",
  OBJECT_DOMAIN: "DOMAIN",
  OBJECT_DOMCONSTRAINT: "DOMAIN",
  OBJECT_EVENT_TRIGGER: "EVENT TRIGGER",
  OBJECT_EXTENSION: "EXTENSION",
  OBJECT_FDW: "FOREIGN DATA WRAPPER",
  OBJECT_FOREIGN_SERVER: "SERVER",
  OBJECT_FOREIGN_TABLE: "FOREIGN TABLE",
  OBJECT_FUNCTION: "FUNCTION",
  OBJECT_INDEX: "INDEX",
  OBJECT_LANGUAGE: "LANGUAGE",
  OBJECT_LARGEOBJECT: "LARGE OBJECT",
  OBJECT_MATVIEW: "MATERIALIZED VIEW",
  OBJECT_OPCLASS: "OPERATOR CLASS",
  OBJECT_OPERATOR: "OPERATOR",
  OBJECT_OPFAMILY: "OPERATOR FAMILY",
  OBJECT_POLICY: "POLICY",
  OBJECT_PROCEDURE: "PROCEDURE",
  OBJECT_PUBLICATION: "PUBLICATION",
  OBJECT_ROLE: "ROLE",
  OBJECT_ROUTINE: "ROUTINE",
  OBJECT_RULE: "RULE",
  OBJECT_SCHEMA: "SCHEMA",
  OBJECT_SEQUENCE: "SEQUENCE",
  OBJECT_STATISTIC_EXT: "STATISTICS",
  OBJECT_SUBSCRIPTION: "SUBSCRIPTION",
  OBJECT_TABCONSTRAINT: "TABLE",
  OBJECT_TABLE: "TABLE",
  OBJECT_TABLESPACE: "TABLESPACE",
  OBJECT_TRANSFORM: "TRANSFORM",
  OBJECT_TRIGGER: "TRIGGER",
  OBJECT_TSCONFIGURATION: "TEXT SEARCH CONFIGURATION",
  OBJECT_TSDICTIONARY: "TEXT SEARCH DICTIONARY",
  OBJECT_TSPARSER: "TEXT SEARCH PARSER",
  OBJECT_TSTEMPLATE: "TEXT SEARCH TEMPLATE",
  OBJECT_TYPE: "TYPE",
  OBJECT_USER_MAPPING: "USER MAPPING",
  OBJECT_VIEW: "VIEW",
};
const objectName = (objtype: string | undefined): string => objectNames[objtype ?? ""] ?? "";

/** Tags of statements by the name of their tree; the others depend on a field, see commandTag. */
const tags: { readonly [tree: string]: string } = {
  SelectStmt: "SELECT",
  InsertStmt: "INSERT",
  UpdateStmt: "UPDATE",
  DeleteStmt: "DELETE",
  MergeStmt: "MERGE",
  CopyStmt: "COPY",
  ExplainStmt: "EXPLAIN",
  CreateStmt: "CREATE TABLE",
  CreateForeignTableStmt: "CREATE FOREIGN TABLE",
  CreateSchemaStmt: "CREATE SCHEMA",
  CreateSeqStmt: "CREATE SEQUENCE",
  AlterSeqStmt: "ALTER SEQUENCE",
  IndexStmt: "CREATE INDEX",
  ViewStmt: "CREATE VIEW",
  RuleStmt: "CREATE RULE",
  CreateTrigStmt: "CREATE TRIGGER",
  CreatePolicyStmt: "CREATE POLICY",
  AlterPolicyStmt: "ALTER POLICY",
  CreateDomainStmt: "CREATE DOMAIN",
  AlterDomainStmt: "ALTER DOMAIN",
  CompositeTypeStmt: "CREATE TYPE",
  CreateEnumStmt: "CREATE TYPE",
  CreateRangeStmt: "CREATE TYPE",
  AlterEnumStmt: "ALTER TYPE",
  AlterTypeStmt: "ALTER TYPE",
  CreateCastStmt: "CREATE CAST",
  CreateTransformStmt: "CREATE TRANSFORM",
  CreateConversionStmt: "CREATE CONVERSION",
  CreateOpClassStmt: "CREATE OPERATOR CLASS",
  CreateOpFamilyStmt: "CREATE OPERATOR FAMILY",
  AlterOpFamilyStmt: "ALTER OPERATOR FAMILY",
  AlterOperatorStmt: "ALTER OPERATOR",
  CreatePLangStmt: "CREATE LANGUAGE",
  CreateAmStmt: "CREATE ACCESS METHOD",
  CreateStatsStmt: "CREATE STATISTICS",
  AlterStatsStmt: "ALTER STATISTICS",
  CreateExtensionStmt: "CREATE EXTENSION",
  AlterExtensionStmt: "ALTER EXTENSION",
  AlterExtensionContentsStmt: "ALTER EXTENSION",
  CreateFdwStmt: "CREATE FOREIGN DATA WRAPPER",
  AlterFdwStmt: "ALTER FOREIGN DATA WRAPPER",
  CreateForeignServerStmt: "CREATE SERVER",
  AlterForeignServerStmt: "ALTER SERVER",
  CreateUserMappingStmt: "CREATE USER MAPPING",
  AlterUserMappingStmt: "ALTER USER MAPPING",
  DropUserMappingStmt: "DROP USER MAPPING",
  ImportForeignSchemaStmt: "IMPORT FOREIGN SCHEMA",
  CreateTableSpaceStmt: "CREATE TABLESPACE",
  AlterTableSpaceOptionsStmt: "ALTER TABLESPACE",
  DropTableSpaceStmt: "DROP TABLESPACE",
  CreatedbStmt: "CREATE DATABASE",
  AlterDatabaseStmt: "ALTER DATABASE",
  AlterDatabaseSetStmt: "ALTER DATABASE",
  AlterDatabaseRefreshCollStmt: "ALTER DATABASE",
  DropdbStmt: "DROP DATABASE",
  CreateRoleStmt: "CREATE ROLE",
  AlterRoleStmt: "ALTER ROLE",
  AlterRoleSetStmt: "ALTER ROLE",
  DropRoleStmt: "DROP ROLE",
  DropOwnedStmt: "DROP OWNED",
  ReassignOwnedStmt: "REASSIGN OWNED",
  AlterDefaultPrivilegesStmt: "ALTER DEFAULT PRIVILEGES",
  AlterSystemStmt: "ALTER SYSTEM",
  AlterCollationStmt: "ALTER COLLATION",
  AlterTSDictionaryStmt: "ALTER TEXT SEARCH DICTIONARY",
  AlterTSConfigurationStmt: "ALTER TEXT SEARCH CONFIGURATION",
  CreateEventTrigStmt: "CREATE EVENT TRIGGER",
  AlterEventTrigStmt: "ALTER EVENT TRIGGER",
  CreatePublicationStmt: "CREATE PUBLICATION",
  AlterPublicationStmt: "ALTER PUBLICATION",
  CreateSubscriptionStmt: "CREATE SUBSCRIPTION",
  AlterSubscriptionStmt: "ALTER SUBSCRIPTION",
  DropSubscriptionStmt: "DROP SUBSCRIPTION",
  CommentStmt: "COMMENT",
  SecLabelStmt: "SECURITY LABEL",
  TruncateStmt: "TRUNCATE TABLE",
  RefreshMatViewStmt: "REFRESH MATERIALIZED VIEW",
  CallStmt: "CALL",
  DoStmt: "DO",
  LoadStmt: "LOAD",
  ListenStmt: "LISTEN",
  UnlistenStmt: "UNLISTEN",
  NotifyStmt: "NOTIFY",
  LockStmt: "LOCK TABLE",
  ClusterStmt: "CLUSTER",
  ReindexStmt: "REINDEX",
  ConstraintsSetStmt: "SET CONSTRAINTS",
  VariableShowStmt: "SHOW",
  CheckPointStmt: "CHECKPOINT",
  PrepareStmt: "PREPARE",
  ExecuteStmt: "EXECUTE",
  DeclareCursorStmt: "DECLARE CURSOR",
};

type TreeFields = {
  readonly kind?: string;
  readonly objtype?: string;
  readonly objectType?: string;
  readonly renameType?: string;
  readonly relationType?: string;
  readonly removeType?: string;
  readonly target?: string;
  readonly is_procedure?: boolean;
  readonly is_grant?: boolean;
  readonly is_vacuumcmd?: boolean;
  readonly isall?: boolean;
  readonly ismove?: boolean;
  readonly portalname?: string;
};

const transactionTags: { readonly [kind: string]: string } = {
  TRANS_STMT_BEGIN: "BEGIN",
  TRANS_STMT_START: "START TRANSACTION",
  TRANS_STMT_COMMIT: "COMMIT",
  TRANS_STMT_ROLLBACK: "ROLLBACK",
  TRANS_STMT_ROLLBACK_TO: "ROLLBACK",
  TRANS_STMT_SAVEPOINT: "SAVEPOINT",
  TRANS_STMT_RELEASE: "RELEASE",
  TRANS_STMT_PREPARE: "PREPARE TRANSACTION",
  TRANS_STMT_COMMIT_PREPARED: "COMMIT PREPARED",
  TRANS_STMT_ROLLBACK_PREPARED: "ROLLBACK PREPARED",
};
const discardTags: { readonly [target: string]: string } = {
  DISCARD_ALL: "DISCARD ALL",
  DISCARD_PLANS: "DISCARD PLANS",
  DISCARD_SEQUENCES: "DISCARD SEQUENCES",
  DISCARD_TEMP: "DISCARD TEMP",
};

/** The command tag of a statement's tree. */
export function commandTag(node: Node): string {
  const [tree = "", fields] = Object.entries(node)[0] as [string, TreeFields];
  return tags[tree] ?? tagByField(tree, fields);
}

function tagByField(tree: string, fields: TreeFields): string {
  switch (tree) {
    case "TransactionStmt":
      return transactionTags[fields.kind ?? ""] ?? "";
    case "VariableSetStmt":
      return fields.kind === "VAR_RESET" || fields.kind === "VAR_RESET_ALL" ? "RESET" : "SET";
    case "DropStmt":
      return `DROP ${objectName(fields.removeType)}`;
    case "RenameStmt":
      return `ALTER ${objectName(fields.renameType === "OBJECT_COLUMN" ? fields.relationType : fields.renameType)}`;
    case "CreateTableAsStmt":
      return fields.objtype === "OBJECT_MATVIEW" ? "CREATE MATERIALIZED VIEW" : "CREATE TABLE AS";
    case "AlterTableStmt":
    case "AlterTableMoveAllStmt":
      return `ALTER ${objectName(fields.objtype)}`;
    case "AlterFunctionStmt":
      return `ALTER ${objectName(fields.objtype)}`;
    case "AlterObjectSchemaStmt":
    case "AlterOwnerStmt":
    case "AlterObjectDependsStmt":
      return `ALTER ${objectName(fields.objectType)}`;
    case "DefineStmt":
      return `CREATE ${objectName(fields.kind)}`;
    case "CreateFunctionStmt":
      return fields.is_procedure ? "CREATE PROCEDURE" : "CREATE FUNCTION";
    case "GrantStmt":
      return fields.is_grant ? "GRANT" : "REVOKE";
    case "GrantRoleStmt":
      return fields.is_grant ? "GRANT ROLE" : "REVOKE ROLE";
    case "VacuumStmt":
      return fields.is_vacuumcmd ? "VACUUM" : "ANALYZE";
    case "DiscardStmt":
      return discardTags[fields.target ?? ""] ?? "";
    case "DeallocateStmt":
      return fields.isall ? "DEALLOCATE ALL" : "DEALLOCATE";
    case "ClosePortalStmt":
      return fields.portalname === undefined ? "CLOSE CURSOR ALL" : "CLOSE CURSOR";
    case "FetchStmt":
      return fields.ismove ? "MOVE" : "FETCH";
    default:
      return tree.replace(/Stmt$/, "").toUpperCase();
  }
}

/** ALTER TABLE's actions that are refused, in the words of its grammar. */
export const actionNames: { readonly [subtype: string]: string } = {
  AT_AddConstraint: "ADD CONSTRAINT",
  AT_AlterConstraint: "ALTER CONSTRAINT",
  AT_ValidateConstraint: "VALIDATE CONSTRAINT",
  AT_DropConstraint: "DROP CONSTRAINT",
  AT_AlterColumnType: "ALTER COLUMN … SET DATA TYPE",
  AT_AlterColumnGenericOptions: "ALTER COLUMN … OPTIONS",
  AT_SetStatistics: "ALTER COLUMN … SET STATISTICS",
  AT_SetOptions: "ALTER COLUMN … SET",
  AT_ResetOptions: "ALTER COLUMN … RESET",
  AT_SetStorage: "ALTER COLUMN … SET STORAGE",
  AT_SetCompression: "ALTER COLUMN … SET COMPRESSION",
  AT_SetExpression: "ALTER COLUMN … SET EXPRESSION",
  AT_DropExpression: "ALTER COLUMN … DROP EXPRESSION",
  AT_AddIdentity: "ALTER COLUMN … ADD IDENTITY",
  AT_SetIdentity: "ALTER COLUMN … SET identity options",
  AT_DropIdentity: "ALTER COLUMN … DROP IDENTITY",
  AT_ClusterOn: "CLUSTER ON",
  AT_DropCluster: "SET WITHOUT CLUSTER",
  AT_SetLogged: "SET LOGGED",
  AT_SetUnLogged: "SET UNLOGGED",
  AT_DropOids: "SET WITHOUT OIDS",
  AT_SetAccessMethod: "SET ACCESS METHOD",
  AT_SetTableSpace: "SET TABLESPACE",
  AT_SetRelOptions: "SET (…)",
  AT_ResetRelOptions: "RESET (…)",
  AT_EnableTrig: "ENABLE TRIGGER",
  AT_EnableAlwaysTrig: "ENABLE ALWAYS TRIGGER",
  AT_EnableReplicaTrig: "ENABLE REPLICA TRIGGER",
  AT_DisableTrig: "DISABLE TRIGGER",
  AT_EnableTrigAll: "ENABLE TRIGGER ALL",
  AT_DisableTrigAll: "DISABLE TRIGGER ALL",
  AT_EnableTrigUser: "ENABLE TRIGGER USER",
  AT_DisableTrigUser: "DISABLE TRIGGER USER",
  AT_EnableRule: "ENABLE RULE",
  AT_EnableAlwaysRule: "ENABLE ALWAYS RULE",
  AT_EnableReplicaRule: "ENABLE REPLICA RULE",
  AT_DisableRule: "DISABLE RULE",
  AT_AddInherit: "INHERIT",
  AT_DropInherit: "NO INHERIT",
  AT_AddOf: "OF",
  AT_DropOf: "NOT OF",
  AT_ReplicaIdentity: "REPLICA IDENTITY",
  AT_EnableRowSecurity: "ENABLE ROW LEVEL SECURITY",
  AT_DisableRowSecurity: "DISABLE ROW LEVEL SECURITY",
  AT_ForceRowSecurity: "FORCE ROW LEVEL SECURITY",
  AT_NoForceRowSecurity: "NO FORCE ROW LEVEL SECURITY",
  AT_GenericOptions: "OPTIONS",
  AT_AttachPartition: "ATTACH PARTITION",
  AT_DetachPartition: "DETACH PARTITION",
  AT_DetachPartitionFinalize: "DETACH PARTITION … FINALIZE",
};
