/** REINDEX, CLUSTER, VACUUM, ANALYZE, TRUNCATE, LOCK TABLE, and moves between tablespaces. */
import type {
  AlterTableMoveAllStmt,
  ClusterStmt,
  LockStmt,
  Node,
  ReindexStmt,
  TruncateStmt,
  VacuumStmt,
} from "libpg-query";
import { assert } from "../../base/assert.ts";
import type {
  Cluster,
  LockTables,
  MoveAllRelations,
  Reindex,
  Truncate,
} from "../../catalog/index-statement.ts";
import type { QualifiedName } from "../../catalog/statement.ts";
import { LOCK_MODES } from "../../txn/lock-mode.ts";
import { relationName, roleSpec, stringsOf } from "./names.ts";
import type { VacuumStatement } from "./statement.ts";
import { statementOptions } from "./statement-options.ts";

const reindexTargets = {
  REINDEX_OBJECT_INDEX: "index",
  REINDEX_OBJECT_TABLE: "table",
  REINDEX_OBJECT_SCHEMA: "schema",
  REINDEX_OBJECT_SYSTEM: "system",
  REINDEX_OBJECT_DATABASE: "database",
} as const;

export function reindex(tree: ReindexStmt): Reindex {
  const kind = reindexTargets[tree.kind ?? "REINDEX_OBJECT_INDEX"];
  const options = statementOptions(tree.params);
  if (kind === "index" || kind === "table") {
    return { kind: "reindex", target: { kind, relation: relationName(tree.relation) }, options };
  }
  return { kind: "reindex", target: { kind, name: tree.name ?? "" }, options };
}

export function cluster(tree: ClusterStmt): Cluster {
  const options = statementOptions(tree.params);
  if (tree.relation === undefined) return { kind: "cluster", options };
  return {
    kind: "cluster",
    table: relationName(tree.relation),
    ...(tree.indexname === undefined ? {} : { index: tree.indexname }),
    options,
  };
}

export const vacuum = (tree: VacuumStmt): VacuumStatement => ({
  kind: "vacuum",
  isVacuum: tree.is_vacuumcmd ?? false,
  targets: (tree.rels ?? []).map((node) => {
    assert("VacuumRelation" in node, "what is vacuumed are relations");
    const { relation, va_cols: columns = [] } = node.VacuumRelation;
    return { relation: relationName(relation), columns: stringsOf(columns) };
  }),
  options: statementOptions(tree.options),
});

export const truncate = (tree: TruncateStmt): Truncate => ({
  kind: "truncate",
  tables: relationsOf(tree.relations),
  restartIdentity: tree.restart_seqs ?? false,
  cascade: tree.behavior === "DROP_CASCADE",
});

export function lockTables(tree: LockStmt): LockTables {
  const mode = LOCK_MODES[(tree.mode ?? 0) - 1];
  assert(mode !== undefined, "LOCK has a mode");
  return {
    kind: "lockTables",
    relations: relationsOf(tree.relations),
    mode,
    nowait: tree.nowait ?? false,
  };
}

function relationsOf(nodes: readonly Node[] | undefined): QualifiedName[] {
  return (nodes ?? []).map((node) => {
    assert("RangeVar" in node, "relations are named");
    return relationName(node.RangeVar);
  });
}

const MOVED: Readonly<Record<string, MoveAllRelations["noun"]>> = {
  OBJECT_INDEX: "index",
  OBJECT_MATVIEW: "materialized view",
};

export function moveAllRelations(tree: AlterTableMoveAllStmt): MoveAllRelations {
  return {
    kind: "moveAllRelations",
    noun: MOVED[tree.objtype ?? ""] ?? "table",
    owners: (tree.roles ?? []).map((role) => {
      assert("RoleSpec" in role, "owners are roles");
      return roleSpec(role.RoleSpec);
    }),
    from: tree.orig_tablespacename ?? "",
    to: tree.new_tablespacename ?? "",
    nowait: tree.nowait ?? false,
  };
}
