/**
 * CONSTRAINTS of CREATE TABLE and ALTER TABLE: those of a column carry its name, so that both are
 * the same from here on.
 */
import type { Constraint, ConstraintsSetStmt, Node } from "libpg-query";
import { assert } from "../../base/assert.ts";
import { notSupported, SqlError, withoutPosition } from "../../base/sql-error.ts";
import type { ExclusionConstraint } from "../../catalog/index-statement.ts";
import type {
  CheckConstraint,
  ColumnConstraint,
  ColumnDefinition,
  Deferral,
  ForeignKeyConstraint,
  KeyConstraint,
  ReferentialAction,
  SetConstraints,
  TableConstraint,
} from "../../catalog/statement.ts";
import { indexElement } from "./indexes.ts";
import { qualifiedName, relationName, stringsOf } from "./names.ts";
import { relationOptions } from "./options.ts";
import { atLocation, positionOf } from "./positions.ts";
import { sequenceOptions } from "./sequences.ts";

/** The constraints of one column, each with the DEFERRABLE and INITIALLY that follow it. */
export function columnConstraints(
  column: string,
  nodes: readonly Node[] | undefined,
): Pick<ColumnDefinition, "constraints" | "misplaced"> {
  const constraints: ColumnConstraint[] = [];
  let misplaced: SqlError | undefined;
  let attributes = new Attributes();
  for (const node of nodes ?? []) {
    assert("Constraint" in node, "a column has constraints only");
    const tree = node.Constraint;
    if (isAttribute(tree)) {
      const last = constraints.at(-1);
      misplaced ??= attributes.take(tree, last !== undefined && "deferrable" in last);
      if (last && "deferrable" in last) {
        constraints[constraints.length - 1] = { ...last, ...attributes.deferral };
      }
    } else {
      constraints.push(columnConstraint(column, tree));
      attributes = new Attributes();
    }
  }
  return misplaced ? { constraints, misplaced } : { constraints };
}

const attributeClauses: { readonly [contype: string]: string } = {
  CONSTR_ATTR_DEFERRABLE: "DEFERRABLE",
  CONSTR_ATTR_NOT_DEFERRABLE: "NOT DEFERRABLE",
  CONSTR_ATTR_DEFERRED: "INITIALLY DEFERRED",
  CONSTR_ATTR_IMMEDIATE: "INITIALLY IMMEDIATE",
};
const isAttribute = (tree: Constraint): boolean => (tree.contype ?? "") in attributeClauses;

/** What follows one constraint of a column, as PostgreSQL reads it from left to right. */
class Attributes {
  #deferrable: boolean | undefined;
  #deferred: boolean | undefined;

  get deferral(): Deferral {
    const initiallyDeferred = this.#deferred ?? false;
    return { deferrable: this.#deferrable ?? initiallyDeferred, initiallyDeferred };
  }

  /** What is wrong with one more clause, if anything. `allowed`: behind a key or foreign key. */
  take(tree: Constraint, allowed: boolean): SqlError | undefined {
    const clause = attributeClauses[tree.contype ?? ""] ?? "";
    const wrong = (message: string) => new SqlError("42601", message, atLocation(tree.location));
    if (!allowed) return wrong(`misplaced ${clause} clause`);
    if (clause.startsWith("INITIALLY")) {
      if (this.#deferred !== undefined) {
        return wrong("multiple INITIALLY IMMEDIATE/DEFERRED clauses not allowed");
      }
      this.#deferred = clause === "INITIALLY DEFERRED";
    } else {
      if (this.#deferrable !== undefined) {
        return wrong("multiple DEFERRABLE/NOT DEFERRABLE clauses not allowed");
      }
      this.#deferrable = clause === "DEFERRABLE";
    }
    if (!this.#deferred || this.#deferrable !== false) return undefined;
    return wrong("constraint declared INITIALLY DEFERRED must be DEFERRABLE");
  }
}

function columnConstraint(column: string, tree: Constraint): ColumnConstraint {
  const at = atLocation(tree.location);
  switch (tree.contype) {
    case "CONSTR_NOTNULL":
      return { kind: "notNull", ...at };
    case "CONSTR_NULL":
      return { kind: "null", ...at };
    case "CONSTR_DEFAULT":
      return { kind: "default", expression: { node: tree.raw_expr }, ...at };
    case "CONSTR_GENERATED":
      return { kind: "generated", expression: { node: tree.raw_expr }, ...at };
    case "CONSTR_IDENTITY":
      return {
        kind: "identity",
        always: tree.generated_when === "a",
        options: sequenceOptions(tree.options),
        ...at,
      };
    default:
      return constraintOn(tree, [column]);
  }
}

/** A constraint in the table's list, or of ADD CONSTRAINT. */
export const tableConstraint = (tree: Constraint): TableConstraint =>
  constraintOn(tree, stringsOf(tree.contype === "CONSTR_FOREIGN" ? tree.fk_attrs : tree.keys));

function constraintOn(tree: Constraint, columns: readonly string[]): TableConstraint {
  switch (tree.contype) {
    case "CONSTR_PRIMARY":
    case "CONSTR_UNIQUE":
      return keyConstraint(tree, columns);
    case "CONSTR_CHECK":
      return checkConstraint(tree);
    case "CONSTR_FOREIGN":
      return foreignKey(tree, columns);
    case "CONSTR_EXCLUSION":
      return exclusion(tree);
    default:
      throw notSupported("this constraint", positionOf(tree.location));
  }
}

const named = (tree: Constraint): { readonly name?: string } =>
  tree.conname === undefined ? {} : { name: tree.conname };

export const deferralOf = (tree: Constraint): Deferral => ({
  deferrable: tree.deferrable ?? false,
  initiallyDeferred: tree.initdeferred ?? false,
});

function keyConstraint(tree: Constraint, columns: readonly string[]): KeyConstraint {
  return {
    kind: tree.contype === "CONSTR_PRIMARY" ? "primaryKey" : "unique",
    ...named(tree),
    columns,
    including: stringsOf(tree.including),
    ...(tree.nulls_not_distinct ? { nullsNotDistinct: true } : {}),
    ...(tree.indexname === undefined ? {} : { usingIndex: tree.indexname }),
    ...(tree.options ? { options: relationOptions(tree.options) } : {}),
    ...(tree.indexspace === undefined ? {} : { tablespace: tree.indexspace }),
    ...deferralOf(tree),
    ...atLocation(tree.location),
  };
}

const exclusion = (tree: Constraint): ExclusionConstraint => ({
  kind: "exclusion",
  ...named(tree),
  method: tree.access_method ?? "btree",
  elements: (tree.exclusions ?? []).map((pair) => {
    assert("List" in pair, "an exclusion is an element and an operator");
    const [element, operator] = pair.List.items ?? [];
    assert(element && operator && "List" in operator, "an exclusion has an operator");
    const name = qualifiedName(stringsOf(operator.List.items));
    return { ...indexElement(element), operator: name };
  }),
  including: stringsOf(tree.including),
  ...(tree.where_clause === undefined ? {} : { where: { node: tree.where_clause } }),
  ...(tree.options ? { options: relationOptions(tree.options) } : {}),
  ...(tree.indexspace === undefined ? {} : { tablespace: tree.indexspace }),
  ...deferralOf(tree),
  ...atLocation(tree.location),
});

const checkConstraint = (tree: Constraint): CheckConstraint => ({
  kind: "check",
  ...named(tree),
  expression: { node: tree.raw_expr },
  noInherit: tree.is_no_inherit ?? false,
  notValid: tree.skip_validation ?? false,
});

const actions: { readonly [letter: string]: ReferentialAction } = {
  r: "restrict",
  c: "cascade",
  n: "setNull",
  d: "setDefault",
};

const foreignKey = (tree: Constraint, columns: readonly string[]): ForeignKeyConstraint => ({
  kind: "foreignKey",
  ...named(tree),
  columns,
  // It is looked up when the text is out of reach.
  table: withoutPosition(() => relationName(tree.pktable)),
  referenced: stringsOf(tree.pk_attrs),
  match: tree.fk_matchtype === "f" ? "full" : "simple",
  onUpdate: actions[tree.fk_upd_action ?? ""] ?? "noAction",
  onDelete: actions[tree.fk_del_action ?? ""] ?? "noAction",
  deleteSets: stringsOf(tree.fk_del_set_cols),
  notValid: tree.skip_validation ?? false,
  ...deferralOf(tree),
  ...atLocation(tree.location),
});

export const setConstraints = (tree: ConstraintsSetStmt): SetConstraints => ({
  kind: "setConstraints",
  constraints: (tree.constraints ?? []).map((node) => {
    assert("RangeVar" in node, "SET CONSTRAINTS names constraints");
    const { catalogname, schemaname, relname = "" } = node.RangeVar;
    return {
      name: relname,
      ...(schemaname === undefined ? {} : { schema: schemaname }),
      ...(catalogname === undefined ? {} : { database: catalogname }),
    };
  }),
  deferred: tree.deferred ?? false,
});
