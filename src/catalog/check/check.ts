/**
 * THE CHECKER: slow and obvious. It reads the whole catalog and says in words which of its rules
 * are broken; a rule is a small function that knows nothing of how DDL stages rows. It runs after
 * tests and in `verify`.
 */
import type { Oid } from "../../base/ids.ts";
import { pgDatabase } from "../relations/pg-database.ts";
import {
  checkAttributeNumbers,
  checkAttributeTypes,
  checkDefaults,
  checkDroppedAttributes,
} from "./attributes.ts";
import {
  checkDatabaseKeys,
  checkOidsDiffer,
  checkSharedUniqueness,
  checkTablespaces,
} from "./cluster.ts";
import { checkComments, checkCovers } from "./comments.ts";
import { checkConnectors } from "./connectors.ts";
import { checkConstraintColumns, checkKeys } from "./constraints.ts";
import {
  checkDependenciesOfObjects,
  checkDependencyEnds,
  checkNamespaceDependencies,
} from "./dependencies.ts";
import { checkCounts, checkExpressions, type ExpressionReader } from "./expressions.ts";
import { checkForeignKeys } from "./foreign-keys.ts";
import {
  checkIndexColumns,
  checkIndexMarks,
  checkIndexMethods,
  checkIndexRelations,
  checkPrimaryKeys,
} from "./indexes.ts";
import { checkInheritedChecks, checkInheritedColumns, checkParents } from "./inheritance.ts";
import { checkJobs, checkMaking, checkMaterialized } from "./jobs.ts";
import { checkLargeObjects } from "./large-objects.ts";
import { checkOwners } from "./owners.ts";
import { checkMemberships, checkRoles, checkStoredSettings } from "./roles.ts";
import {
  checkIdentities,
  checkOwnedSequences,
  checkSequenceRelations,
  checkSequenceRules,
} from "./sequences.ts";
import type { CatalogSource } from "./source.ts";
import { checkStatistics } from "./statistics.ts";
import { checkOptionsOfColumns, checkOptionsOfRelations, checkToast } from "./storage.ts";
import { checkTriggers } from "./triggers.ts";
import {
  checkArrayTypes,
  checkElementTypes,
  checkLabels,
  checkRowTypes,
  checkTypesOfRelations,
} from "./types.ts";
import {
  checkNames,
  checkNulls,
  checkOids,
  checkReferences,
  checkTrees,
  checkUniqueness,
} from "./values.ts";
import { Cluster, DatabaseView, type Faults } from "./view.ts";
import {
  checkOtherRules,
  checkRules,
  checkViewQueries,
  type ReadQuery,
  type ReadRule,
} from "./views.ts";

/** Rules of one database each. */
const RULES: readonly ((view: DatabaseView) => Faults)[] = [
  checkNulls,
  checkNames,
  checkReferences,
  checkUniqueness,
  checkOids,
  checkAttributeNumbers,
  checkAttributeTypes,
  checkDroppedAttributes,
  checkDefaults,
  checkStatistics,
  checkRowTypes,
  checkTypesOfRelations,
  checkArrayTypes,
  checkElementTypes,
  checkLabels,
  checkIndexRelations,
  checkIndexColumns,
  checkIndexMethods,
  checkIndexMarks,
  checkPrimaryKeys,
  checkOptionsOfRelations,
  checkOptionsOfColumns,
  checkToast,
  checkConstraintColumns,
  checkKeys,
  checkForeignKeys,
  checkTriggers,
  checkCounts,
  checkParents,
  checkInheritedColumns,
  checkInheritedChecks,
  checkSequenceRelations,
  checkSequenceRules,
  checkOwnedSequences,
  checkIdentities,
  checkConnectors,
  checkRules,
  checkDependencyEnds,
  checkDependenciesOfObjects,
  checkNamespaceDependencies,
  checkComments,
  checkCovers,
  checkJobs,
  checkMaking,
  checkMaterialized,
  checkLargeObjects,
];

/** Rules of what all databases share; any database sees it. */
const SHARED_RULES: readonly ((view: DatabaseView) => Faults)[] = [
  checkRoles,
  checkMemberships,
  checkStoredSettings,
];

export interface CheckOptions {
  /**
   * Decodes a stored expression or query and throws when it cannot; the codec is a layer's above.
   */
  readonly decodeTree?: (text: string) => unknown;
  /** Without it the queries of views are not looked into. */
  readonly readQuery?: ReadQuery;
  readonly readRule?: ReadRule;
  /** Reads an expression of a table; without it nothing is said of what expressions use. */
  readonly readExpression?: ExpressionReader;
}

/** Every broken rule in words, over all databases; none when the catalog is sound. */
export function checkCatalog(source: CatalogSource, options: CheckOptions = {}): string[] {
  const cluster = new Cluster(source);
  const rules = [...RULES, checkTrees(options.decodeTree ?? decodeVersioned)];
  if (options.readQuery) rules.push(checkViewQueries(options.readQuery));
  if (options.readRule) rules.push(checkOtherRules(options.readRule));
  if (options.readExpression) rules.push(checkExpressions(options.readExpression));
  const views = viewsOf(cluster);
  const faults: string[] = [];
  for (const view of views) {
    for (const rule of rules) for (const fault of rule(view)) faults.push(`${view.name}: ${fault}`);
  }
  const [first] = views;
  if (first) for (const rule of SHARED_RULES) faults.push(...rule(first));
  faults.push(...checkSharedUniqueness(cluster));
  faults.push(...checkDatabaseKeys(cluster, views));
  faults.push(...checkTablespaces(cluster));
  faults.push(...checkOidsDiffer(cluster, views));
  faults.push(...checkOwners(views));
  return faults;
}

function viewsOf(cluster: Cluster): DatabaseView[] {
  const databases = cluster.stored(pgDatabase, 0 as Oid).map(pgDatabase.view);
  databases.sort((a, b) => a.oid - b.oid);
  return databases.map(({ oid, datname }, at) => new DatabaseView(cluster, oid, datname, at === 0));
}

/** What every version of the codec writes: an object that says its version. */
function decodeVersioned(text: string): void {
  const tree: unknown = JSON.parse(text);
  const versioned = typeof tree === "object" && tree !== null && "v" in tree;
  if (!versioned) throw new Error("it says no version");
}
