/** BEGIN, COMMIT, ROLLBACK, savepoints, and the modes of SET TRANSACTION. */
import type { Node, TransactionStmt } from "libpg-query";
import { assert } from "../../base/assert.ts";
import type { IsolationLevel, TransactionModes, TransactionStatement } from "./statement.ts";

export function transaction(tree: TransactionStmt): TransactionStatement | undefined {
  const chain = tree.chain ?? false;
  const name = tree.savepoint_name ?? "";
  switch (tree.kind) {
    case "TRANS_STMT_BEGIN":
    case "TRANS_STMT_START": {
      const start = tree.kind === "TRANS_STMT_START";
      return { kind: "begin", start, modes: transactionModes(tree.options) };
    }
    case "TRANS_STMT_COMMIT":
      return { kind: "commit", chain };
    case "TRANS_STMT_ROLLBACK":
      return { kind: "rollback", chain };
    case "TRANS_STMT_SAVEPOINT":
      return { kind: "savepoint", name };
    case "TRANS_STMT_RELEASE":
      return { kind: "release", name };
    case "TRANS_STMT_ROLLBACK_TO":
      return { kind: "rollbackTo", name };
    case "TRANS_STMT_PREPARE":
      return { kind: "prepareTransaction" };
    case "TRANS_STMT_COMMIT_PREPARED":
    case "TRANS_STMT_ROLLBACK_PREPARED":
      return { kind: "endPrepared", identifier: tree.gid ?? "" };
    default:
      return undefined;
  }
}

/** The last of repeated modes holds, as in PostgreSQL. */
export function transactionModes(nodes: readonly Node[] | undefined): TransactionModes {
  let modes: TransactionModes = {};
  for (const node of nodes ?? []) {
    assert("DefElem" in node, "a mode is an option");
    const { defname, arg } = node.DefElem;
    assert(arg !== undefined && "A_Const" in arg, "a mode has a constant");
    const isSet = (arg.A_Const.ival?.ival ?? 0) !== 0;
    if (defname === "transaction_isolation") {
      modes = { ...modes, isolation: (arg.A_Const.sval?.sval ?? "") as IsolationLevel };
    } else if (defname === "transaction_read_only") modes = { ...modes, readOnly: isSet };
    else modes = { ...modes, deferrable: isSet };
  }
  return modes;
}
