/** COMMENT ON. https://www.postgresql.org/docs/15/sql-comment.html */
import { warning } from "../../base/sql-error.ts";
import { SUBSCRIPTION_CLASS } from "../class-oids.ts";
import type { Comment } from "../object-name.ts";
import { pgDatabase } from "../relations/pg-database.ts";
import { setComment, setSharedComment } from "./comment-rows.ts";
import type { DdlContext } from "./context.ts";
import { findObject, lockFound } from "./find-object.ts";
import { checkOwnership } from "./object-ownership.ts";

export function comment(context: DdlContext, { object, text }: Comment): void {
  const { catalog } = context;
  if (object.kind === "named" && object.noun === "database") {
    // A dump names the database that it was taken from, which need not be there.
    if (!catalog.find(pgDatabase, "datname", [object.name])) {
      context.notice(warning("3D000", `database "${object.name}" does not exist`));
      return;
    }
  }
  const found = findObject(context, object);
  lockFound(context, found, "ShareUpdateExclusive");
  checkOwnership(context, found.ownership);
  found.checkCommentable?.();
  // Those of subscriptions, whose rows are shared, are kept with what is the database's.
  const isShared = found.shared && found.address.classOid !== SUBSCRIPTION_CLASS;
  if (isShared) setSharedComment(catalog, found.address, text);
  else setComment(catalog, found.address, text);
}
