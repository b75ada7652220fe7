/** CASTS TO DOMAINS: the value itself, once it has been held against what the domain demands. */
import type { Oid } from "../../base/ids.ts";
import { type DomainRules, domainRules } from "../../catalog/domains.ts";
import { decodeTree } from "../bind/codec.ts";
import type { Expression } from "../bind/tree.ts";
import type { Emitter } from "./emitter.ts";
import type { Scope } from "./scope.ts";

type Node<K extends Expression["kind"]> = Extract<Expression, { kind: K }>;

export function emitCoerceToDomain(
  emitter: Emitter,
  scope: Scope,
  { arg, type }: Node<"coerceToDomain">,
): string {
  const rules = rulesOf(emitter, type);
  if (!rules) return emitter.expression(scope, arg);
  const before = emitter.volatile;
  emitter.volatile = false;
  const text = emitter.expression(scope, arg);
  const again = !emitter.volatile;
  emitter.volatile ||= before;
  if (again) return checked(emitter, scope, type, rules, text);
  // What may give another value the second time is computed once.
  const value = checked(emitter, scope, type, rules, "given.value");
  return `(WITH given(value) AS MATERIALIZED (SELECT ${text}) SELECT ${value} FROM given)`;
}

/** What a client sends for a domain was read as a value of the type under it. */
export function emitParameter(
  emitter: Emitter,
  scope: Scope,
  { number, type }: Node<"parameter">,
): string {
  const text = emitter.bind({ kind: "parameter", number });
  const rules = rulesOf(emitter, type);
  return rules ? checked(emitter, scope, type, rules, text) : text;
}

const rulesOf = (emitter: Emitter, type: Oid): DomainRules | undefined =>
  domainRules(emitter.context.catalog, type);

function checked(
  emitter: Emitter,
  scope: Scope,
  domain: Oid,
  { notNull, checks }: DomainRules,
  value: string,
): string {
  const whens: string[] = [];
  if (notNull) {
    whens.push(`WHEN ${value} IS NULL THEN ${emitter.internal("domain_null")}(${domain})`);
  }
  for (const { name, tree } of checks) {
    const holds = emitter.withDomainValue(value, () => emitter.condition(scope, decodeTree(tree)));
    const violated = `${emitter.internal("domain_check")}(${domain}, ${emitter.constant(name)})`;
    whens.push(`WHEN NOT (${holds}) THEN ${violated}`);
  }
  return `CASE ${whens.join(" ")} ELSE ${value} END`;
}
