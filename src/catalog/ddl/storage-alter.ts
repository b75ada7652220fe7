/** The actions of ALTER TABLE that change how a relation is stored, ordered and watched. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { AlterColumnType, StorageAction } from "../alter-action.ts";
import type { ClassTuple } from "../names.ts";
import {
  changeColumnOptions,
  setCompression,
  setStatistics,
  setStorage,
} from "./column-actions.ts";
import type { DdlContext } from "./context.ts";
import { fireRule, fireTriggers, setRowSecurity } from "./firing-actions.ts";
import { changeForeignColumn, changeForeignTable } from "./foreign-tables.ts";
import { getClusterableIndex, markClustered, setReplicaIdentity } from "./index-actions.ts";
import {
  changeOptions,
  setAccessMethod,
  setPersistence,
  setTablespace,
} from "./storage-actions.ts";
import { getTablespace } from "./tablespaces.ts";

/** `sequences`: those that the table's columns own. */
export function runStorageAction(
  context: DdlContext,
  table: ClassTuple,
  action: Exclude<StorageAction, AlterColumnType>,
  sequences: readonly Oid[],
  only: boolean,
): void {
  switch (action.kind) {
    case "setStatistics":
      return setStatistics(context, table, action);
    case "setStorage":
      return setStorage(context, table, action);
    case "setCompression":
      return setCompression(context, table, action);
    case "setColumnOptions":
    case "resetColumnOptions":
      return changeColumnOptions(context, table, action);
    case "foreignOptions":
      return changeForeignTable(context, table.oid, action.changes);
    case "foreignColumnOptions":
      return changeForeignColumn(context, table, action.column, action.changes);
    case "setOptions":
    case "resetOptions":
      return changeOptions(context, table, action);
    case "setTablespace":
      return setTablespace(context, table, getTablespace(context, action.tablespace).oid);
    case "setLogged":
    case "setUnlogged":
      return setPersistence(context, table, action.kind, sequences);
    case "setAccessMethod":
      return setAccessMethod(context, table, action.method);
    case "clusterOn": {
      const index = getClusterableIndex(context, table, action.index);
      refusePartitioned(table);
      return markClustered(context, table.oid, index);
    }
    case "dropCluster":
      refusePartitioned(table);
      return markClustered(context, table.oid, undefined);
    case "replicaIdentity":
      return setReplicaIdentity(context, table, action);
    case "fireTriggers":
      return fireTriggers(context, table, action, only);
    case "fireRule":
      return fireRule(context, table, action);
    case "rowSecurity":
      return setRowSecurity(context, table, { relrowsecurity: action.enabled });
    case "forceRowSecurity":
      return setRowSecurity(context, table, { relforcerowsecurity: action.forced });
    case "dropOids":
      return undefined;
  }
}

/** Its partitions are clustered, each by an index of its own. */
function refusePartitioned({ relkind }: ClassTuple): void {
  if (relkind !== "p") return;
  throw new SqlError("0A000", "cannot mark index clustered in partitioned table");
}
