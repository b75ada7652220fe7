/**
 * RULES ARE APPLIED to a statement that writes when it is bound: it becomes several, which run one
 * after the other. In a statement of a rule stands, for NEW, what the first statement gives its
 * columns, for OLD the row that it finds; and what that reads and asks for is joined in.
 * https://www.postgresql.org/docs/15/rules-update.html
 */
import type { Oid } from "../../base/ids.ts";
import { FIRST_USER_OID } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgRewrite } from "../../catalog/relations/pg-rewrite.ts";
import { hasInsteadTrigger } from "../../catalog/view-triggers.ts";
import { storedRule } from "./codec.ts";
import { currentConflict } from "./conflict-arbiter.ts";
import { refreshStored } from "./expand-views.ts";
import { defaultsOf } from "./insert.ts";
import type { BoundRule, RuleAction, RuleNotify, UntypedModify } from "./modify.ts";
import { visibleItem } from "./range-table.ts";
import {
  joined,
  type Original,
  originalOf,
  overOriginal,
  returningOf,
  sourceOf,
} from "./rule-join.ts";
import { type Binding, Scope } from "./scope.ts";
import { checkKind, columnsOf } from "./target-table.ts";
import { cannotChange, conjunction, eventLetter, throughViews } from "./through-views.ts";
import type { Expression, RangeTableEntry } from "./tree.ts";
import { BOOL } from "./type-oids.ts";
import { oldRow } from "./update.ts";

/** Where a statement comes from, which decides whose rows are counted. */
type Origin = "client" | "instead" | "also";

interface Asked {
  /** Whose rights it needs; 0 = the user's. */
  readonly by: Oid;
  readonly bound: UntypedModify;
}

interface Product {
  readonly part: RuleAction;
  readonly origin: Origin;
  readonly asked: readonly Asked[];
}

export interface Ruled {
  readonly parts: readonly Pick<Product, "part" | "asked">[];
  readonly answer: number | undefined;
  readonly told: readonly RuleNotify[];
}

/** `told`: what rules have listeners told, so far. */
type Applying = Binding & { readonly told: RuleNotify[] };

/** undefined = the statement has no rules. Throws 0A000, 42P17, 55000. */
export function applyRules(binding: Binding, written: UntypedModify): Ruled | undefined {
  const { relation, name } = written.table;
  if (written.kind === "merge") {
    const rows = binding.context.catalog.list(pgRewrite, "rel_rulename", [relation]);
    if (rows.length === 0) return undefined;
    const detail = "MERGE is not supported for relations with rules.";
    throw new SqlError("0A000", `cannot execute MERGE on relation "${name}"`, { detail });
  }
  if (written.kind === "insert" && written.onConflict) refuseOnConflict(binding, written);
  const below = rulesFor(binding, written).length > 0 ? written : throughViews(binding, written);
  if (rulesFor(binding, below).length === 0) return undefined;
  if (written.kind !== "insert" && written.currentOf !== undefined) {
    throw notSupported("WHERE CURRENT OF on a relation with rules");
  }
  const told: RuleNotify[] = [];
  const first: Product = { part: written, origin: "client", asked: [] };
  const parts = rewritten({ ...binding, told }, first, []);
  const { commonTables } = written.kind === "insert" ? written.source : written.query;
  if (parts.length > 1 && commonTables.length > 0) {
    const message =
      "WITH cannot be used in a query that is rewritten by rules into multiple queries";
    throw new SqlError("0A000", message);
  }
  const own = parts.findIndex(({ origin }) => origin === "client");
  const last = parts.findLastIndex(
    ({ origin, part }) => origin === "instead" && part.kind === written.kind,
  );
  const answer = own >= 0 ? own : last;
  return { parts, answer: answer < 0 ? undefined : answer, told };
}

/** Of a statement in WITH. Throws 0A000. */
export function refuseRules(binding: Binding, part: UntypedModify): void {
  if (part.kind === "merge") return;
  const own = rulesFor(binding, part);
  const rules = own.length > 0 ? own : rulesFor(binding, throughViews(binding, part));
  if (rules.length === 0) return;
  const { instead, condition, actions } = rules[0] as Rule;
  const nothing = actions[0]?.kind === "notify" ? " NOTIFY" : actions.length > 0 ? "" : " NOTHING";
  const kind = !instead
    ? "DO ALSO"
    : condition
      ? "conditional DO INSTEAD"
      : actions.length > 1
        ? "multi-statement DO INSTEAD"
        : `DO INSTEAD${nothing}`;
  const message = `${kind} rules are not supported for data-modifying statements in WITH`;
  throw new SqlError("0A000", message);
}

interface Rule extends BoundRule {
  readonly instead: boolean;
}

/** Rules for the event of the statement, by name. */
function rulesFor(binding: Binding, { kind, table }: RuleAction): readonly Rule[] {
  const rows = binding.context.catalog
    .list(pgRewrite, "rel_rulename", [table.relation])
    .filter((row) => row.ev_type === eventLetter(kind) && fires(binding, row.ev_enabled))
    .toSorted((a, b) => Buffer.compare(Buffer.from(a.rulename), Buffer.from(b.rulename)));
  if (rows.length > 0 && table.relation < FIRST_USER_OID) {
    throw notSupported(`the rule ON ${kind.toUpperCase()} TO ${table.name}`);
  }
  return rows.map((row) => ({ instead: row.is_instead, ...storedRule(row) }));
}

/** https://www.postgresql.org/docs/15/runtime-config-client.html#GUC-SESSION-REPLICATION-ROLE */
function fires({ context }: Binding, enabled: string): boolean {
  const isReplica = context.types.setting("session_replication_role") === "replica";
  return enabled === "A" || enabled === (isReplica ? "R" : "O");
}

/** Throws 0A000. */
function refuseOnConflict(binding: Binding, written: RuleAction): void {
  const acts = rulesFor(binding, written).some(({ actions }) => actions.length > 0);
  const { relation } = written.table;
  const rows = binding.context.catalog.list(pgRewrite, "rel_rulename", [relation]);
  if (!acts && !rows.some(({ ev_type }) => ev_type === eventLetter("update"))) return;
  const what = "cannot be used with table that has INSERT or UPDATE rules";
  throw new SqlError("0A000", `INSERT with ON CONFLICT clause ${what}`);
}

/** The statement with what its rules make of it, and theirs of that; `path`: rules that do so. */
function rewritten(binding: Applying, product: Product, path: readonly string[]): Product[] {
  const { part } = product;
  if (part.kind === "insert" && part.onConflict) refuseOnConflict(binding, part);
  const rules = rulesFor(binding, part);
  if (rules.length === 0) return belowViews(binding, product, part, path);
  const event = `${part.table.relation} ${part.kind}`;
  const fired = fire(binding, product, rules);
  if (fired.products.length > 0 && path.includes(event)) {
    const message = "infinite recursion detected in rules for relation";
    throw new SqlError("42P17", `${message} "${part.table.name}"`);
  }
  const made = fired.products.flatMap((each) => {
    if ("part" in each) return rewritten(binding, each, [...path, event]);
    binding.told.push(each);
    return [];
  });
  if (!fired.own) return made;
  const own = belowViews(binding, product, fired.own, [...path, event]);
  // Rules of UPDATE and DELETE look for rows that are not to be found afterwards.
  return part.kind === "insert" ? [...own, ...made] : [...made, ...own];
}

/** What is left of a statement when its own rules have been applied. */
function belowViews(
  binding: Applying,
  { origin, asked }: Product,
  part: RuleAction,
  path: readonly string[],
): Product[] {
  const through = throughViews(binding, part);
  const [last, ...before] = asked.toReversed();
  const needed = last ? { ...last, bound: throughViews(binding, last.bound) } : undefined;
  const product = {
    part: through,
    origin,
    asked: needed ? [...before.toReversed(), needed] : [],
  };
  const isBelow = through.table.relation !== part.table.relation;
  return isBelow ? rewritten(binding, product, path) : [product];
}

interface Fired {
  readonly products: readonly (Product | RuleNotify)[];
  /** What is left of the statement itself. */
  readonly own: RuleAction | undefined;
}

function fire(binding: Binding, { part, asked }: Product, rules: readonly Rule[]): Fired {
  const original = originalOf(binding, part);
  const { relation, name } = part.table;
  const owner = binding.context.catalog.find(pgClass, "key", [relation])?.relowner as Oid;
  const needs = asked.length > 0 ? asked : [{ by: 0 as Oid, bound: part }];
  const inverted: Expression[] = [];
  const products: (Product | RuleNotify)[] = [];
  let isReplaced = false;
  let returns = false;
  for (const { instead, condition, actions } of rules) {
    if (instead && !condition) isReplaced = true;
    if (instead && condition && !isReplaced) {
      inverted.push(notTrue(overOriginal(binding, original, condition, 0)));
    }
    for (const action of actions) {
      if (action.kind === "notify") {
        products.push(action);
        continue;
      }
      const current = currentAction(binding, action);
      const made = joined(binding, original, current, condition);
      const returning = returningOf(original, part.returning, made);
      if (returning && returns) {
        throw new SqlError("0A000", "cannot have RETURNING lists in multiple rules");
      }
      returns ||= returning !== undefined;
      const { returning: _, ...rest } = made;
      products.push({
        part: { ...rest, ...(returning ? { returning } : {}) } as RuleAction,
        origin: instead ? "instead" : "also",
        asked: [...needs, { by: owner, bound: current }],
      });
    }
  }
  if ((isReplaced || inverted.length > 0) && part.returning && !returns) {
    const event = part.kind.toUpperCase();
    throw new SqlError("0A000", `cannot perform ${event} RETURNING on relation "${name}"`, {
      hint: `You need an unconditional ON ${event} DO INSTEAD rule with a RETURNING clause.`,
    });
  }
  if (isReplaced) return { products, own: undefined };
  const { catalog } = binding.context;
  const isChanged =
    original.facts.relkind !== "v" || hasInsteadTrigger(catalog, relation, part.kind);
  if (inverted.length > 0 && !isChanged) {
    const detail = "Views with conditional DO INSTEAD rules are not automatically updatable.";
    throw cannotChange(part.kind, name, detail);
  }
  return { products, own: inverted.length > 0 ? onlyWhere(original, part, inverted) : part };
}

const BOOLEAN = { type: BOOL, typmod: -1, collation: 0 as Oid };

const notTrue = (arg: Expression): Expression => ({
  kind: "booleanTest",
  test: "notTrue",
  arg,
  ...BOOLEAN,
});

/** What is left of a statement for rows of which other conditions do not hold. */
function onlyWhere(
  original: Original,
  part: RuleAction,
  conditions: readonly Expression[],
): RuleAction {
  if (part.kind !== "insert") {
    const where = conjunction([part.query.where, ...conditions]);
    return { ...part, query: { ...part.query, ...(where ? { where } : {}) } } as RuleAction;
  }
  const source = sourceOf(part.source);
  const where = conjunction([original.where, ...conditions]);
  return { ...part, source: { ...source, ...(where ? { where } : {}) } };
}

/** A stored statement on its table as that is now. Locks it. */
export function currentAction(binding: Binding, stored: RuleAction): RuleAction {
  const action = refreshStored(binding, stored);
  const scope = new Scope(binding, undefined);
  const relation = binding.names.findRelation(action.table.relation);
  if (!relation) throw new SqlError("42P01", `relation "${action.table.name}" does not exist`);
  if (relation.relkind !== "v") {
    checkKind(binding.context.catalog, relation, action.kind.toUpperCase());
  }
  binding.context.lockTarget?.(relation.oid);
  const table = { relation: relation.oid, name: relation.name };
  const columns = columnsOf(scope, relation.oid);
  if (action.kind === "insert") {
    const given = columns.filter(({ number }) => action.columns.includes(number));
    const defaults = defaultsOf(scope, { relation, columns }, given);
    const { onConflict } = action;
    const conflict = onConflict && { onConflict: currentConflict(scope, relation, onConflict) };
    return { ...action, ...conflict, table, defaults };
  }
  const [entry] = action.query.rangeTable as [RangeTableEntry];
  const old = oldRow({ relation, columns, item: visibleItem(entry, 1) });
  const query = { ...action.query, targets: [...old, ...action.query.targets] };
  return { ...action, table, query } as RuleAction;
}
