/** Statements about types. */
import { withoutPosition } from "../../base/sql-error.ts";
import type { TypeStatement } from "../type-statement.ts";
import { createBase, createShell } from "./base-types.ts";
import { createComposite } from "./composites.ts";
import type { DdlContext } from "./context.ts";
import { alterDomain, createDomain } from "./domains.ts";
import { addLabel, createEnum, renameLabel } from "./enums.ts";
import { createRange } from "./range-types.ts";
import { setBase } from "./set-base.ts";

export function executeTypeStatement(context: DdlContext, statement: TypeStatement): void {
  switch (statement.kind) {
    // PostgreSQL says of nothing in these where it stands.
    case "createComposite":
      return withoutPosition(() => createComposite(context, statement));
    case "createEnum":
      return createEnum(context, statement);
    case "createRange":
      return createRange(context, statement);
    case "createShell":
      return createShell(context, statement);
    case "createBase":
      return withoutPosition(() => createBase(context, statement));
    case "setBase":
      return withoutPosition(() => setBase(context, statement));
    case "createDomain":
      return withoutPosition(() => createDomain(context, statement));
    case "alterDomain":
      return withoutPosition(() => alterDomain(context, statement));
    case "addLabel":
      return addLabel(context, statement);
    case "renameLabel":
      return renameLabel(context, statement);
  }
}
