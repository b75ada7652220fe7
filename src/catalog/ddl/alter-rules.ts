/**
 * THE ACTIONS OF ALTER TABLE: what they are called in refusals, which kinds of relations they fit,
 * in which pass they run and how they lock. The order of the passes is PostgreSQL's.
 */
import { SqlError } from "../../base/sql-error.ts";
import { LOCK_MODES, type LockMode } from "../../txn/lock-mode.ts";
import type { ClassTuple } from "../names.ts";
import { lockModeOf } from "../relation-options.ts";
import type { AlterTableAction } from "../statement.ts";
import { PASS } from "./alter-passes.ts";
import { notSupportedFor } from "./relation-kinds.ts";

interface Rule {
  /** undefined = it fits every relation. */
  readonly words?: string;
  /** relkinds */
  readonly fits: string;
  readonly pass: number;
  readonly lock: LockMode;
}

const ALL = "rpiISvmcfxs";
const exclusive = (words: string, fits: string, pass: number = PASS.misc): Rule => ({
  words,
  fits,
  pass,
  lock: "AccessExclusive",
});
const shared = (words: string, fits: string): Rule => ({
  words,
  fits,
  pass: PASS.misc,
  lock: "ShareUpdateExclusive",
});

const RULES: Readonly<Record<AlterTableAction["kind"], Rule>> = {
  addColumn: exclusive("ADD COLUMN", "rpcf", PASS.addColumn),
  dropColumn: exclusive("DROP COLUMN", "rpcf", PASS.drop),
  setDefault: exclusive("ALTER COLUMN ... SET DEFAULT", "rpvf", PASS.otherConstraints),
  dropDefault: exclusive("ALTER COLUMN ... SET DEFAULT", "rpvf", PASS.drop),
  setNotNull: exclusive("ALTER COLUMN ... SET NOT NULL", "rpf", PASS.columnAttributes),
  dropNotNull: exclusive("ALTER COLUMN ... DROP NOT NULL", "rpf", PASS.drop),
  addConstraint: exclusive("ADD CONSTRAINT", "rpf", PASS.addConstraint),
  dropConstraint: exclusive("DROP CONSTRAINT", "rpf", PASS.drop),
  validateConstraint: shared("VALIDATE CONSTRAINT", "rp"),
  alterConstraint: exclusive("ALTER CONSTRAINT", "rp"),
  addIdentity: exclusive("ALTER COLUMN ... ADD IDENTITY", "rpvf", PASS.otherConstraints),
  setIdentity: exclusive("ALTER COLUMN ... SET", "rpvf"),
  dropIdentity: exclusive("ALTER COLUMN ... DROP IDENTITY", "rpvf", PASS.drop),
  dropExpression: exclusive("ALTER COLUMN ... DROP EXPRESSION", "rpf", PASS.drop),
  alterType: exclusive("ALTER COLUMN ... SET DATA TYPE", "rpcf", PASS.alterType),
  setStatistics: shared("ALTER COLUMN ... SET STATISTICS", "rpmiIf"),
  setColumnOptions: shared("ALTER COLUMN ... SET", "rpmf"),
  resetColumnOptions: shared("ALTER COLUMN ... RESET", "rpmf"),
  setStorage: exclusive("ALTER COLUMN ... SET STORAGE", "rpmf"),
  setCompression: exclusive("ALTER COLUMN ... SET COMPRESSION", "rpm"),
  foreignOptions: exclusive("OPTIONS", "f"),
  foreignColumnOptions: exclusive("ALTER COLUMN ... OPTIONS", "f"),
  setOptions: shared("SET", "rvmi"),
  resetOptions: shared("RESET", "rvmi"),
  setTablespace: exclusive("SET TABLESPACE", "rpmiI"),
  setLogged: exclusive("SET LOGGED", "rS"),
  setUnlogged: exclusive("SET UNLOGGED", "rS"),
  dropOids: exclusive("SET WITHOUT OIDS", "rf", PASS.drop),
  setAccessMethod: exclusive("SET ACCESS METHOD", "rpm"),
  clusterOn: shared("CLUSTER ON", "rmp"),
  dropCluster: shared("SET WITHOUT CLUSTER", "rmp"),
  replicaIdentity: exclusive("REPLICA IDENTITY", "rpm"),
  fireTriggers: { ...exclusive("ENABLE TRIGGER", "rpf"), lock: "ShareRowExclusive" },
  fireRule: exclusive("ENABLE RULE", "r"),
  rowSecurity: exclusive("ENABLE ROW SECURITY", "rp"),
  forceRowSecurity: exclusive("FORCE ROW SECURITY", "rp"),
  inherit: exclusive("INHERIT", "rpf"),
  noInherit: exclusive("NO INHERIT", "rpf"),
  of: exclusive("OF", "rp"),
  notOf: exclusive("NOT OF", "rp"),
  attachPartition: exclusive("ATTACH PARTITION", "rp"),
  attachIndex: shared("ATTACH PARTITION", "I"),
  detachPartition: exclusive("DETACH PARTITION", "rp"),
  finalizeDetach: exclusive("DETACH PARTITION ... FINALIZE", "rp"),
  owner: { fits: ALL, pass: PASS.misc, lock: "AccessExclusive" },
};

export const passOf = ({ kind }: AlterTableAction): number => RULES[kind].pass;

/** 42809 when the relation is of a kind that the action does not fit. */
export function checkActionFits(relation: ClassTuple, action: AlterTableAction): void {
  const { words, fits } = RULES[action.kind];
  if (fits.includes(relation.relkind)) return;
  const name = spokenName(action) ?? words ?? "";
  const message = `ALTER action ${name} cannot be performed on relation "${relation.relname}"`;
  throw new SqlError("42809", message, notSupportedFor(relation));
}

/** Of actions whose words depend on what they say. */
function spokenName(action: AlterTableAction): string | undefined {
  switch (action.kind) {
    case "fireRule":
      return `${FIRING_WORDS[action.state]} RULE`;
    case "fireTriggers": {
      const which = typeof action.which === "string" ? ` ${action.which.toUpperCase()}` : "";
      return `${FIRING_WORDS[action.state]} TRIGGER${which}`;
    }
    case "rowSecurity":
      return `${action.enabled ? "ENABLE" : "DISABLE"} ROW SECURITY`;
    case "forceRowSecurity":
      return `${action.forced ? "" : "NO "}FORCE ROW SECURITY`;
    default:
      return undefined;
  }
}
const FIRING_WORDS = {
  O: "ENABLE",
  A: "ENABLE ALWAYS",
  R: "ENABLE REPLICA",
  D: "DISABLE",
} as const;

/** The strongest lock that one of the actions needs. */
export function lockOfActions(actions: readonly AlterTableAction[]): LockMode {
  const modes = actions.map((action) => lockOf(action));
  const strongest = Math.max(...modes.map((mode) => LOCK_MODES.indexOf(mode)));
  return LOCK_MODES[strongest] ?? "AccessExclusive";
}

function lockOf(action: AlterTableAction): LockMode {
  switch (action.kind) {
    case "setOptions":
    case "resetOptions":
      return lockModeOf(action.options);
    case "addConstraint":
      return action.constraint.kind === "foreignKey" ? "ShareRowExclusive" : "AccessExclusive";
    default:
      return RULES[action.kind].lock;
  }
}
