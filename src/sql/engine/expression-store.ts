/**
 * Defaults, checks and generation expressions between DDL and the binder: bound once, kept as a
 * tree in its codec, with what they refer to.
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type {
  ExpressionBinder,
  QueryInputs,
  RoutineBody,
  RoutineSignature,
  StoredExpression,
  StoredQuery,
  StoredRoutineDefaults,
  StoredRule,
  TableExpression,
  TriggerCondition,
} from "../../catalog/ddl/context.ts";
import type { SqlBody } from "../../catalog/routine-statement.ts";
import type { RuleDefinition } from "../../catalog/rule-statement.ts";
import type { QualifiedName, RawExpression } from "../../catalog/statement.ts";
import { goesByClock } from "../bind/clock.ts";
import {
  decodeQuery,
  decodeTree,
  encodeActions,
  encodeBody,
  encodeTree,
  encodeTrees,
} from "../bind/codec.ts";
import type { BindContext } from "../bind/context.ts";
import { Names } from "../bind/names.ts";
import { canCoerce } from "../bind/polymorphic.ts";
import { bindExpression, bindParameterDefault, executable } from "../bind/query.ts";
import { collectOfBody, collectOfRule, collectReferences } from "../bind/references.ts";
import { bindRule } from "../bind/rule.ts";
import { checkStillStands } from "../bind/still-stands.ts";
import { bindSqlBody } from "../bind/stored-body.ts";
import {
  bindCheck,
  bindDomainCheck,
  bindGenerated,
  columnsIn,
  type DomainBase,
  type GeneratedColumn,
  withColumnNumbers,
} from "../bind/table-expression.ts";
import type { Expression } from "../bind/tree.ts";
import { bindTriggerWhen, overOneRow, triggerWhenIn } from "../bind/trigger-when.ts";
import { defaultByType } from "../bind/type-default.ts";
import { typeText } from "../bind/type-text.ts";
import { bodyFiredBy, type FiredBy, refusedIn } from "../plpgsql/bodies.ts";
import { upkeepOf } from "../rows/view-upkeep.ts";
import { typeFacts } from "../translate/type-facts.ts";
import { parseText } from "../types/type-io.ts";
import { checkBody, checkSqlBody } from "./body-check.ts";
import { partitionCheck } from "./partition-conditions.ts";
import { checkProcedural } from "./procedural-check.ts";
import { whatIsDenied } from "./readable.ts";
import { securedQuery } from "./row-security.ts";
import { isSameStored, supportFunction } from "./support-functions.ts";
import { storedQuery, whyStoredNotUpdatable } from "./view-store.ts";

const NEXTVAL = 1574 as Oid;
const [INT8, REGCLASS] = [20 as Oid, 2205 as Oid];
const NONE = 0 as Oid;

export class ExpressionStore implements ExpressionBinder {
  readonly #context: () => BindContext;

  constructor(context: () => BindContext) {
    this.#context = context;
  }

  bindDefault(
    expression: RawExpression,
    column: { readonly name: string; readonly type: Oid; readonly typmod: number },
  ): StoredExpression | undefined {
    const { name, type, typmod } = column;
    const use = { kind: "column default", column: name, target: { type, typmod } } as const;
    const bound = bindExpression(expression.node, this.#context(), use);
    return bound.kind === "constant" && bound.value === null ? undefined : this.#stored(bound);
  }

  defaultByType(type: Oid): string | undefined {
    const bound = defaultByType(this.#context().types, type);
    return bound && encodeTree(bound);
  }

  bindView(query: RawExpression, columns: readonly string[]): StoredQuery {
    return storedQuery(query, columns, this.#context());
  }

  prepareRun(tree: string, role: Oid, secured = false): QueryInputs {
    const context = this.#context();
    const query = decodeQuery(tree);
    const relations = new Set<Oid>();
    const bound = executable(query, {
      ...context,
      lockRelation: (relation, mode) => {
        context.lockRelation?.(relation, mode);
        relations.add(relation);
      },
    });
    const read = secured ? securedQuery(bound, context) : { query };
    const denied = whatIsDenied(read, context.catalog, role);
    if (denied !== undefined) throw new SqlError("42501", denied);
    return { relations, clock: goesByClock(bound.query, this.#names()) };
  }

  checkStillStands(tree: string): void {
    checkStillStands(decodeQuery(tree), this.#names());
  }

  whyNotFollowed(tree: string): string | undefined {
    const { query } = executable(decodeQuery(tree), this.#context());
    const upkeep = upkeepOf(query, this.#names(), typeFacts(this.#context().catalog));
    if (upkeep.kind === "recompute") return upkeep.why;
    return "keys" in upkeep ? "a query of groups" : undefined;
  }

  whyNotUpdatable(tree: string): string | undefined {
    return whyStoredNotUpdatable(tree);
  }

  bindCheck(
    expression: RawExpression,
    relation: Oid,
    of: "CHECK" | "POLICY" | "PUBLICATION WHERE" = "CHECK",
  ): TableExpression {
    return this.#storedOf(bindCheck(expression.node, this.#context(), relation, of), relation);
  }

  partitionCheck(relation: Oid): TableExpression | undefined {
    const check = partitionCheck(this.#context().types, relation);
    return check && this.#storedOf(check, relation);
  }

  storedOver(tree: string, relation: Oid): StoredExpression {
    return this.#storedOf(decodeTree(tree), relation);
  }

  bindDomainCheck(expression: RawExpression, base: DomainBase): StoredExpression {
    return this.#stored(bindDomainCheck(expression.node, this.#context(), base));
  }

  bindGenerated(
    expression: RawExpression,
    relation: Oid,
    column: GeneratedColumn,
  ): StoredExpression {
    const bound = bindGenerated(expression.node, this.#context(), relation, column);
    return this.#storedOf(bound, relation);
  }

  bindParameterDefaults(
    given: readonly { readonly expression: RawExpression; readonly type: Oid }[],
  ): StoredRoutineDefaults {
    const context = this.#context();
    const trees = given.map(({ expression, type }) =>
      bindParameterDefault(expression.node, context, type),
    );
    const names = this.#names();
    return {
      tree: encodeTrees(trees),
      references: trees.flatMap((tree) => collectReferences(tree, names)),
      count: trees.length,
    };
  }

  bindTriggerWhen({ type, when }: TriggerCondition, relation: Oid): StoredExpression {
    const tree = bindTriggerWhen(when?.node, type, relation, this.#context());
    const references = collectReferences(overOneRow(tree), this.#names(), relation);
    return { tree: encodeTree(tree), references };
  }

  triggerWhenIn(
    tree: string,
    rowType: Oid,
    numbers: ReadonlyMap<number, number>,
  ): string | undefined {
    const made = triggerWhenIn(decodeTree(tree), rowType, numbers);
    return made && encodeTree(made);
  }

  bindRule(rule: RuleDefinition, relation: Oid): StoredRule {
    const bound = bindRule(rule, relation, this.#context());
    const { condition, actions } = bound;
    return {
      tree: encodeActions(actions),
      condition: condition && encodeTree(condition),
      references: collectOfRule(bound, this.#names(), relation).references,
      returning: actions.flatMap((action) => {
        const returning = action.kind === "notify" ? undefined : action.returning;
        return returning ? [returning.targets.map(({ expression }) => expression)] : [];
      }),
    };
  }

  checkProcedural(body: RoutineBody): void {
    checkProcedural(body);
  }

  whyNotRun(source: string, name: string, firedBy: FiredBy): string | undefined {
    return refusedIn([bodyFiredBy(source, name, firedBy).body.block]);
  }

  checkBody(body: RoutineBody): void {
    checkBody(body, this.#context());
  }

  bindSqlBody(body: SqlBody, signature: RoutineSignature): StoredExpression {
    const statements = bindSqlBody(body, signature, this.#context());
    const [only] = statements;
    return {
      tree: encodeBody(body.isReturn && only ? only : statements),
      references: collectOfBody(statements, this.#names()),
    };
  }

  checkSqlBody(tree: string, signature: RoutineSignature): void {
    checkSqlBody(tree, signature, this.#context());
  }

  copyFor(
    relation: Oid,
    tree: string,
    numbers: ReadonlyMap<number, number>,
  ): TableExpression | undefined {
    const copy = withColumnNumbers(decodeTree(tree), numbers);
    return copy && this.#storedOf(copy, relation);
  }

  supportFunction(name: QualifiedName, types: readonly Oid[]) {
    return supportFunction(name, types, this.#names(), this.#context());
  }

  isSameStored(from: Oid, to: Oid): boolean {
    return isSameStored(this.#names(), from, to);
  }

  checkInput(type: Oid, text: string): void {
    parseText(type, text, -1, this.#context().types);
  }

  canCoerce(types: readonly Oid[], targets: readonly Oid[]): boolean {
    return canCoerce(this.#names(), types, targets, "implicit");
  }

  typeText(type: Oid, typmod?: number): string {
    return typeText(this.#names(), type, typmod);
  }

  nextvalOf(sequence: Oid): StoredExpression {
    const argument: Expression = {
      kind: "constant",
      value: BigInt(sequence),
      type: REGCLASS,
      typmod: -1,
      collation: NONE,
    };
    return this.#stored({
      kind: "function",
      function: NEXTVAL,
      args: [argument],
      returnsSet: false,
      variadic: false,
      form: "call",
      type: INT8,
      typmod: -1,
      collation: NONE,
    });
  }

  #names(): Names {
    const { builtin, catalog, searchPath } = this.#context();
    return new Names(builtin, catalog, searchPath);
  }

  #stored(tree: Expression): StoredExpression {
    return { tree: encodeTree(tree), references: collectReferences(tree, this.#names()) };
  }

  #storedOf(tree: Expression, relation: Oid): TableExpression {
    const references = collectReferences(tree, this.#names(), relation);
    return { tree: encodeTree(tree), references, columns: columnsIn(tree) };
  }
}
