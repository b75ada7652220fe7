/** Statements about an object of whatever kind, and about functions and procedures. */
import type { ObjectStatement } from "../object-name.ts";
import type { RoutineStatement } from "../routine-statement.ts";
import { renameObject, setObjectOwner, setObjectSchema } from "./alter-objects.ts";
import { alterRoutine } from "./alter-routine.ts";
import { comment } from "./comments.ts";
import type { DdlContext } from "./context.ts";
import { createRoutine } from "./create-routine.ts";
import { dropNamed } from "./drop-named.ts";
import { dropOwned, reassignOwned } from "./owned-objects.ts";

export function executeObjectStatement(
  context: DdlContext,
  statement: ObjectStatement | RoutineStatement,
): void {
  switch (statement.kind) {
    case "comment":
      return comment(context, statement);
    case "objectOwner":
      return setObjectOwner(context, statement);
    case "renameObject":
      return renameObject(context, statement);
    case "objectSchema":
      return setObjectSchema(context, statement);
    case "dropObjects":
      return dropNamed(context, statement);
    case "createRoutine":
      return createRoutine(context, statement);
    case "alterRoutine":
      return alterRoutine(context, statement);
    case "reassignOwned":
      return reassignOwned(context, statement);
    case "dropOwned":
      return dropOwned(context, statement);
  }
}
