/** Any object that a statement names, found and locked against whoever would change it. */
import type { Oid } from "../../base/ids.ts";
import type { LockMode } from "../../txn/lock-mode.ts";
import { RELATION_CLASS } from "../class-oids.ts";
import { tagOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { ObjectName } from "../object-name.ts";
import type { DdlContext, FindContext } from "./context.ts";
import { findNamed, findQualified } from "./find-named.ts";
import {
  findColumn,
  findDomainConstraint,
  findPart,
  findRelationOf,
  findType,
} from "./find-part.ts";
import {
  findCast,
  findOperator,
  findOperatorGroup,
  findRoutine,
  findTransform,
} from "./find-routine.ts";
import { findLargeObject } from "./large-objects.ts";
import type { FoundObject } from "./object-ownership.ts";

export function findObject(context: FindContext, object: ObjectName): FoundObject {
  switch (object.kind) {
    case "relation":
      return findRelationOf(context, object);
    case "column":
      return findColumn(context, object);
    case "part":
      return findPart(context, object);
    case "type":
      return findType(context, object);
    case "domainConstraint":
      return findDomainConstraint(context, object);
    case "routine":
      return findRoutine(context, object);
    case "operator":
      return findOperator(context, object);
    case "operatorClass":
    case "operatorFamily":
      return findOperatorGroup(context, object);
    case "cast":
      return findCast(context, object);
    case "transform":
      return findTransform(context, object);
    case "largeObject":
      return findLargeObject(context, object.oid);
    case "named":
      return findNamed(context, object.noun, object.name);
    case "qualified":
      return findQualified(context, object.noun, object.name);
  }
}

/** What belongs to a relation is locked with it. */
export function lockFound(context: DdlContext, found: FoundObject, mode: LockMode): void {
  const { address, shared, relation } = found;
  const locked = relation === undefined ? address : addressOf(RELATION_CLASS, relation);
  context.transaction.lock(tagOf(shared ? (0 as Oid) : context.catalog.database, locked), mode);
}
