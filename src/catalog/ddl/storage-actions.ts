/**
 * HOW A RELATION IS STORED: parameters, tablespace, persistence, access method.
 * https://www.postgresql.org/docs/15/sql-altertable.html
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { accessMethod } from "../access-methods.ts";
import type { StorageAction, TableStorage } from "../alter-action.ts";
import { refuseAppendOnly } from "../append-only.ts";
import { AM_CLASS, FIRST_UNPINNED_OID, RELATION_CLASS } from "../class-oids.ts";
import { addDependency, changeTablespace, referencesOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { ClassTuple } from "../names.ts";
import type { OptionKind } from "../option-definitions.ts";
import { checkOptions, resetOptions, setOptions } from "../relation-options.ts";
import { pgAm } from "../relations/pg-am.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgIndex } from "../relations/pg-index.ts";
import { pgNamespace } from "../relations/pg-namespace.ts";
import type { AlterTableAction } from "../statement.ts";
import { ownTablespace } from "../tablespaces.ts";
import type { DdlContext } from "./context.ts";
import { refuseOtherTemporary } from "./lookup.ts";
import { rewriteRows } from "./rewrite.ts";
import { checkRowTypeUnused } from "./stored-values.ts";
import { type Placing, placedIn, relationTablespace, usableTablespace } from "./tablespaces.ts";
import { setToastOptions } from "./toast.ts";
import { checkViewOptions } from "./view-options.ts";

type Action<Kind extends StorageAction["kind"]> = Extract<StorageAction, { readonly kind: Kind }>;

/** Names in front of a parameter that is the TOAST table's. */
export const NAMESPACES: readonly string[] = ["toast"];

/** What CREATE TABLE checks before it looks at the columns. */
export interface StoragePlan {
  readonly tablespace: Oid;
  readonly options: readonly string[] | null;
  readonly toastOptions: readonly string[] | null;
}

export function planStorage(
  context: DdlContext,
  storage: TableStorage | undefined,
  placing: Placing,
  kind: "table" | "heap" = "table",
): StoragePlan {
  const tablespace = relationTablespace(context, { ...placing, name: storage?.tablespace });
  if (!storage) return { tablespace, options: null, toastOptions: null };
  const rules = { namespaces: NAMESPACES, acceptsOids: true };
  const options = setOptions(null, storage.options, rules);
  checkOptions(options, kind);
  const toast = { namespace: "toast", namespaces: NAMESPACES };
  const toastOptions = setOptions(null, storage.options, toast);
  checkOptions(toastOptions, "toast");
  return { tablespace, options, toastOptions };
}

/** pg_class.relam of a table; without a name that of the setting. */
export function tableAccessMethod(context: DdlContext, given: string | undefined): Oid {
  const name = given ?? context.settings.kept("default_table_access_method");
  const row = context.catalog.find(pgAm, "name", [name]);
  if (!row) throw new SqlError("42704", `access method "${name}" does not exist`);
  if (row.amtype === "t") return row.oid;
  throw new SqlError("55000", `access method "${name}" is not of type TABLE`);
}

export function changeOptions(
  context: DdlContext,
  relation: ClassTuple,
  action: Action<"setOptions" | "resetOptions">,
): void {
  if (action.options.length === 0) return;
  refuseAppendOnly(action);
  const change = action.kind === "setOptions" ? setOptions : resetOptions;
  const rules = { namespaces: NAMESPACES };
  const reloptions = change(relation.reloptions, action.options, rules);
  checkOptions(reloptions, optionKind(context, relation));
  if (relation.relkind === "v") checkViewOptions(context, relation, reloptions);
  context.catalog.update(pgClass, relation, { reloptions });
  if (relation.relkind === "r" || relation.relkind === "m") {
    setToastOptions(context, relation, (old) =>
      change(old, action.options, {
        namespace: "toast",
        namespaces: NAMESPACES,
      }),
    );
  }
}

function optionKind(context: DdlContext, relation: ClassTuple): OptionKind {
  if (relation.relkind === "v") return "view";
  const method =
    relation.relkind === "i" ? accessMethod(context.catalog, relation.relam) : undefined;
  return method?.options ?? (relation.relkind === "m" ? "heap" : "table");
}

/**
 * Before any action runs: what is wrong with the names and with the relation. `before`: the actions
 * that stand before this one.
 */
export function prepareStorage(
  context: DdlContext,
  relation: ClassTuple,
  action: AlterTableAction,
  before: readonly AlterTableAction[],
): void {
  switch (action.kind) {
    case "setTablespace":
      usableTablespace(context, action.tablespace);
      if (before.some(({ kind }) => kind === "setTablespace")) {
        throw new SqlError("42601", "cannot have multiple SET TABLESPACE subcommands");
      }
      return;
    case "setAccessMethod":
      if (relation.relkind === "p") {
        throw new SqlError("0A000", "cannot change access method of a partitioned table");
      }
      if (before.some((other) => changesMethod(context, relation, other))) {
        throw new SqlError("42601", "cannot have multiple SET ACCESS METHOD subcommands");
      }
      tableAccessMethod(context, action.method);
      return;
    case "setLogged":
    case "setUnlogged":
      if (before.some((other) => changesPersistence(relation, other))) {
        throw new SqlError("0A000", "cannot change persistence setting twice");
      }
      if (relation.relpersistence === "t") {
        throw isTemporary(context, relation);
      }
      if (relation.relkind === "r") checkPersistence(context, relation, action.kind);
      return;
    default:
      return;
  }
}

/** No row moves: rows lie in one place whatever tablespace their table is in. */
export function setTablespace(context: DdlContext, relation: ClassTuple, tablespace: Oid): void {
  const { catalog } = context;
  if (tablespace === (relation.reltablespace || ownTablespace(catalog))) return;
  if (relation.oid < FIRST_UNPINNED_OID) {
    throw new SqlError("0A000", `cannot move system relation "${relation.relname}"`);
  }
  const reltablespace = placedIn(context, tablespace);
  refuseOtherTemporary(context, relation, "move");
  const toast = catalog.find(pgClass, "key", [relation.reltoastrelid]);
  const toastIndexes = toast ? catalog.list(pgIndex, "indrelid", [toast.oid]) : [];
  const along = [...(toast ? [toast.oid] : []), ...toastIndexes.map((row) => row.indexrelid)];
  for (const oid of [relation.oid, ...along]) {
    const row = catalog.find(pgClass, "key", [oid]);
    if (row) catalog.update(pgClass, row, { reltablespace });
  }
  if ("pI".includes(relation.relkind)) changeTablespace(catalog, relation.oid, reltablespace);
}

const changesPersistence = ({ relpersistence }: ClassTuple, { kind }: AlterTableAction): boolean =>
  (kind === "setLogged" || kind === "setUnlogged") && persistenceOf(kind) !== relpersistence;

const persistenceOf = (kind: "setLogged" | "setUnlogged"): string =>
  kind === "setLogged" ? "p" : "u";

function isTemporary({ catalog }: DdlContext, { relname: table, relnamespace }: ClassTuple) {
  const schema = catalog.find(pgNamespace, "key", [relnamespace])?.nspname ?? "";
  const message = `cannot change logged status of table "${table}" because it is temporary`;
  return new SqlError("42P16", message, { schema, table });
}

/** A table that outlives a crash refers to no table that does not. */
function checkPersistence(
  context: DdlContext,
  { oid, relname, relnamespace, relpersistence }: ClassTuple,
  kind: "setLogged" | "setUnlogged",
): void {
  if (relpersistence === persistenceOf(kind)) return;
  const { catalog } = context;
  const toLogged = kind === "setLogged";
  const keys = toLogged
    ? catalog.list(pgConstraint, "conrelid_contypid_conname", [oid])
    : catalog.list(pgConstraint, "confrelid", [oid]).toSorted((a, b) => a.oid - b.oid);
  for (const { contype, conrelid, confrelid, conname: constraint } of keys) {
    if (contype !== "f") continue;
    const other = catalog.find(pgClass, "key", [toLogged ? confrelid : conrelid]);
    if (!other || other.oid === oid) continue;
    const isLogged = other.relpersistence === "p";
    if (isLogged === toLogged) continue;
    const [to, what] = toLogged ? ["logged", "unlogged"] : ["unlogged", "logged"];
    const message = `could not change table "${relname}" to ${to} because it references ${what} table "${other.relname}"`;
    const schema = catalog.find(pgNamespace, "key", [relnamespace])?.nspname ?? "";
    throw new SqlError("42P16", message, { schema, table: relname, constraint });
  }
}

/** A table takes its indexes and the sequences of its columns along. */
export function setPersistence(
  context: DdlContext,
  relation: ClassTuple,
  kind: "setLogged" | "setUnlogged",
  sequences: readonly Oid[],
): void {
  const relpersistence = persistenceOf(kind);
  if (relation.relpersistence === relpersistence) return;
  if (relation.relkind === "S") {
    setSequencePersistence(context, relation.oid, relpersistence);
    return;
  }
  checkRowTypeUnused(context, relation);
  rewriteRows(context, relation.oid, { changes: { relpersistence } });
  for (const sequence of sequences) setSequencePersistence(context, sequence, relpersistence);
}

/** Its values go on where they were: they are not in its storage. */
function setSequencePersistence(context: DdlContext, sequence: Oid, relpersistence: string): void {
  const row = context.catalog.find(pgClass, "key", [sequence]);
  if (row) context.catalog.update(pgClass, row, { relpersistence });
}

const changesMethod = (context: DdlContext, { relam }: ClassTuple, action: AlterTableAction) =>
  action.kind === "setAccessMethod" && tableAccessMethod(context, action.method) !== relam;

/** They all have the one handler; what is stored is written anew. */
export function setAccessMethod(context: DdlContext, relation: ClassTuple, method: string): void {
  const { catalog } = context;
  const relam = tableAccessMethod(context, method);
  if (relam === relation.relam) return;
  checkRowTypeUnused(context, relation);
  rewriteRows(context, relation.oid);
  const row = catalog.find(pgClass, "key", [relation.oid]) as ClassTuple;
  catalog.update(pgClass, row, { relam });
  const self = addressOf(RELATION_CLASS, relation.oid);
  for (const row of referencesOf(catalog, self)) {
    if (row.refclassid === AM_CLASS) catalog.delete(pgDepend, row);
  }
  addDependency(catalog, self, addressOf(AM_CLASS, relam), "n");
}
