/** LISTEN, UNLISTEN, NOTIFY. */
import type { ListenStmt, NotifyStmt, UnlistenStmt } from "libpg-query";
import type { NotifyStatement } from "./statement.ts";

export const listen = (tree: ListenStmt): NotifyStatement => ({
  kind: "listen",
  channel: tree.conditionname ?? "",
});

export const unlisten = (tree: UnlistenStmt): NotifyStatement => ({
  kind: "unlisten",
  channel: tree.conditionname,
});

export const notify = (tree: NotifyStmt): NotifyStatement => ({
  kind: "notify",
  channel: tree.conditionname ?? "",
  payload: tree.payload ?? "",
});
