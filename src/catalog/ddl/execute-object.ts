/** Statements about an object of whatever kind, and about functions and procedures. */

import type { DefinedStatement } from "../defined-statement.ts";
import type { ForeignStatement } from "../foreign-statement.ts";
import type { HandledStatement } from "../handled-statement.ts";
import type { ObjectStatement } from "../object-name.ts";
import type { PolicyStatement } from "../policy-statement.ts";
import type { RoutineStatement } from "../routine-statement.ts";
import type { RuleStatement } from "../rule-statement.ts";
import type { TextSearchStatement } from "../text-search-statement.ts";
import type { TriggerStatement } from "../trigger-statement.ts";
import { createAccessMethod } from "./access-methods.ts";
import { alterExtension } from "./alter-extension.ts";
import { renameObject, setObjectOwner, setObjectSchema } from "./alter-objects.ts";
import { alterRoutine } from "./alter-routine.ts";
import { createCast } from "./casts.ts";
import { createCollation, refreshCollation } from "./collations.ts";
import { comment } from "./comments.ts";
import type { DdlContext } from "./context.ts";
import { createConversion } from "./conversions.ts";
import { createAggregate } from "./create-aggregate.ts";
import { createRoutine } from "./create-routine.ts";
import { createRule, renameRule } from "./create-rule.ts";
import { createTrigger, renameTrigger } from "./create-trigger.ts";
import { dependOnExtension } from "./depend-on-extension.ts";
import { dropNamed } from "./drop-named.ts";
import { executeEventTriggerStatement } from "./event-triggers.ts";
import { alterWrapper, createWrapper } from "./foreign-data.ts";
import { alterServer, createServer, importForeignSchema } from "./foreign-servers.ts";
import { createLanguage } from "./languages.ts";
import { executeOperatorClass } from "./operator-classes.ts";
import { alterOperator, createOperator } from "./operators.ts";
import { dropOwned, reassignOwned } from "./owned-objects.ts";
import { alterPolicy, createPolicy, renamePolicy } from "./policies.ts";
import { alterPublication, createPublication } from "./publications.ts";
import { alterConfiguration, createConfiguration } from "./search-configurations.ts";
import { alterDictionary, createDictionary } from "./search-dictionaries.ts";
import { createParser, createTemplate } from "./search-functions.ts";
import { alterStatistics, createStatistics } from "./statistics.ts";
import { alterSubscription, createSubscription, dropSubscription } from "./subscriptions.ts";
import { createTransform } from "./transforms.ts";
import { alterUserMapping, createUserMapping, dropUserMapping } from "./user-mappings.ts";

/** What hangs on a table or on events: it acts by itself. */
type ActingStatement = PolicyStatement | TriggerStatement | RuleStatement;

function executeActing(context: DdlContext, statement: ActingStatement): void {
  switch (statement.kind) {
    case "createPolicy":
      return createPolicy(context, statement);
    case "alterPolicy":
      return alterPolicy(context, statement);
    case "renamePolicy":
      return renamePolicy(context, statement);
    case "createTrigger":
      return createTrigger(context, statement);
    case "renameTrigger":
      return renameTrigger(context, statement);
    case "createRule":
      return createRule(context, statement);
    case "renameRule":
      return renameRule(context, statement);
    default:
      return executeEventTriggerStatement(context, statement);
  }
}

function executeForeignStatement(
  context: DdlContext,
  statement: ForeignStatement | ActingStatement,
): void {
  switch (statement.kind) {
    case "createWrapper":
      return createWrapper(context, statement);
    case "alterWrapper":
      return alterWrapper(context, statement);
    case "createServer":
      return createServer(context, statement);
    case "alterServer":
      return alterServer(context, statement);
    case "createUserMapping":
      return createUserMapping(context, statement);
    case "alterUserMapping":
      return alterUserMapping(context, statement);
    case "dropUserMapping":
      return dropUserMapping(context, statement);
    case "importForeignSchema":
      return importForeignSchema(context, statement);
    default:
      return executeActing(context, statement);
  }
}

function executeSearchStatement(
  context: DdlContext,
  statement: TextSearchStatement | HandledStatement | ForeignStatement | ActingStatement,
): void {
  switch (statement.kind) {
    case "createConversion":
      return createConversion(context, statement);
    case "createAccessMethod":
      return createAccessMethod(context, statement);
    case "createLanguage":
      return createLanguage(context, statement);
    case "createTransform":
      return createTransform(context, statement);
    case "createParser":
      return createParser(context, statement);
    case "createTemplate":
      return createTemplate(context, statement);
    case "createDictionary":
      return createDictionary(context, statement);
    case "alterDictionary":
      return alterDictionary(context, statement);
    case "createConfiguration":
      return createConfiguration(context, statement);
    case "alterConfiguration":
      return alterConfiguration(context, statement);
    default:
      return executeForeignStatement(context, statement);
  }
}

export function executeObjectStatement(
  context: DdlContext,
  statement:
    | ObjectStatement
    | RoutineStatement
    | Exclude<DefinedStatement, { readonly kind: "createExtension" }>
    | ForeignStatement
    | PolicyStatement,
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
    case "dependOnExtension":
      return dependOnExtension(context, statement);
    case "dropObjects":
      return dropNamed(context, statement);
    case "createRoutine":
      return createRoutine(context, statement);
    case "alterRoutine":
      return alterRoutine(context, statement);
    case "createCollation":
      return createCollation(context, statement);
    case "refreshCollation":
      return refreshCollation(context, statement);
    case "createPublication":
      return createPublication(context, statement);
    case "alterPublication":
      return alterPublication(context, statement);
    case "createSubscription":
      return createSubscription(context, statement);
    case "alterSubscription":
      return alterSubscription(context, statement);
    case "dropSubscription":
      return dropSubscription(context, statement);
    case "updateExtension":
    case "extensionSchema":
    case "extensionMember":
      return alterExtension(context, statement);
    case "createAggregate":
      return createAggregate(context, statement);
    case "createOperator":
      return createOperator(context, statement);
    case "alterOperator":
      return alterOperator(context, statement);
    case "createOperatorClass":
    case "createOperatorFamily":
    case "addToFamily":
    case "dropFromFamily":
      return executeOperatorClass(context, statement);
    case "createCast":
      return createCast(context, statement);
    case "createStatistics":
      return createStatistics(context, statement);
    case "alterStatistics":
      return alterStatistics(context, statement);
    case "reassignOwned":
      return reassignOwned(context, statement);
    case "dropOwned":
      return dropOwned(context, statement);
    default:
      return executeSearchStatement(context, statement);
  }
}
