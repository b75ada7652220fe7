/** SET, RESET, SHOW and DISCARD. */
import type {
  AlterSystemStmt,
  DiscardStmt,
  Node,
  VariableSetStmt,
  VariableShowStmt,
} from "libpg-query";
import { assert } from "../../base/assert.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { AlterSystem, SettingChange, SettingValue } from "../../catalog/role-statement.ts";
import { positionOf } from "./positions.ts";
import type { SettingStatement, StatementBody } from "./statement.ts";
import { transactionModes } from "./transactions.ts";

export function setSetting(tree: VariableSetStmt): SettingStatement {
  const name = tree.name ?? "";
  const local = tree.is_local ?? false;
  switch (tree.kind) {
    case "VAR_SET_VALUE":
      return {
        kind: "set",
        name,
        values: (tree.args ?? []).map(settingValue),
        toDefault: false,
        local,
      };
    case "VAR_SET_DEFAULT":
      return { kind: "set", name, values: [], toDefault: true, local };
    case "VAR_RESET":
      return { kind: "reset", name };
    case "VAR_RESET_ALL":
      return { kind: "reset", name: "all" };
    case "VAR_SET_MULTI":
      if (name === "TRANSACTION SNAPSHOT") return importSnapshot(tree);
      return {
        kind: "setTransaction",
        modes: transactionModes(tree.args),
        session: name === "SESSION CHARACTERISTICS",
      };
    default:
      throw new SqlError("42601", `unrecognized SET of "${name}"`);
  }
}

function importSnapshot({ args, is_local }: VariableSetStmt): SettingStatement {
  if (is_local) throw new SqlError("0A000", "SET LOCAL TRANSACTION SNAPSHOT is not implemented");
  const [name] = (args ?? []).map(settingValue);
  return { kind: "importSnapshot", snapshot: String(name ?? "") };
}

/** ALTER ROLE … SET and its like. */
export function settingChange(tree: VariableSetStmt | undefined): SettingChange {
  assert(tree !== undefined, "the statement has a setting");
  const name = tree.name ?? "";
  switch (tree.kind) {
    case "VAR_SET_VALUE":
      return { kind: "set", name, values: (tree.args ?? []).map(settingValue) };
    case "VAR_SET_CURRENT":
      return { kind: "setCurrent", name };
    case "VAR_RESET_ALL":
      return { kind: "resetAll" };
    default:
      return { kind: "reset", name };
  }
}

export function alterSystem({ setstmt }: AlterSystemStmt): AlterSystem {
  const change = settingChange(setstmt);
  assert(change.kind !== "setCurrent", "the grammar has no ALTER SYSTEM SET FROM CURRENT");
  return { kind: "alterSystem", change };
}

function settingValue(node: Node): SettingValue {
  if ("A_Const" in node) {
    const { ival, fval, sval } = node.A_Const;
    if (ival !== undefined) return ival.ival ?? 0;
    return fval?.fval ?? sval?.sval ?? "";
  }
  // SET TIME ZONE INTERVAL '…' HOUR TO MINUTE is the only place where the grammar allows a type.
  if ("TypeCast" in node) {
    const arg = node.TypeCast.arg;
    const text = arg !== undefined && "A_Const" in arg ? (arg.A_Const.sval?.sval ?? "") : "";
    const hours = /^\s*([+-]?)(\d{1,3})(?::(\d{2}))?(?::(\d{2}))?\s*$/.exec(text);
    if (hours === null) {
      throw notSupported(
        `time zone interval "${text}"`,
        positionOf(node.TypeCast.typeName?.location),
      );
    }
    const [, sign = "", hour = "0", minute = "00", second = "00"] = hours;
    return `INTERVAL '${sign}${hour.padStart(2, "0")}:${minute}:${second}'`;
  }
  throw notSupported("this value of a setting");
}

export const show = (tree: VariableShowStmt): SettingStatement => ({
  kind: "show",
  name: tree.name ?? "",
});

export function discard(tree: DiscardStmt): StatementBody {
  switch (tree.target) {
    case "DISCARD_PLANS":
      return { kind: "discard", what: "plans" };
    case "DISCARD_SEQUENCES":
      return { kind: "discard", what: "sequences" };
    case "DISCARD_TEMP":
      return { kind: "discard", what: "temp" };
    default:
      return { kind: "discard", what: "all" };
  }
}
