/** LISTEN, UNLISTEN, NOTIFY. https://www.postgresql.org/docs/15/sql-notify.html */
import type { NotifyStatement } from "../parse/statement.ts";
import { done, type Outcome } from "./command.ts";
import type { SessionState } from "./state.ts";

export function runNotifyStatement(state: SessionState, statement: NotifyStatement): Outcome {
  const { notifications } = state;
  switch (statement.kind) {
    case "listen":
      notifications.listen(statement.channel);
      return done("LISTEN");
    case "unlisten":
      notifications.unlisten(statement.channel);
      return done("UNLISTEN");
    case "notify":
      notifications.notify(statement.channel, statement.payload);
      return done("NOTIFY");
  }
}
