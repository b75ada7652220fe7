/** Random expressions of a given type over what a scope may name. */
import type { Random } from "../../support/random.ts";
import { moreAggregates, moreCalls, moreLiterals } from "./generator-own-types.ts";
import {
  literals as commonLiterals,
  rowColumns,
  type TypeName,
  tables,
} from "./generator-schema.ts";
import type { Scope } from "./generator-scope.ts";
import {
  aggregates as commonAggregates,
  calls as commonCalls,
  windowFunctions,
} from "./generator-templates.ts";

type ByType = Readonly<Record<TypeName, readonly string[]>>;

const both = (one: ByType, other: ByType): ByType =>
  Object.fromEntries(
    [...new Set([...Object.keys(one), ...Object.keys(other)])].map((type) => [
      type,
      [...(one[type] ?? []), ...(other[type] ?? [])],
    ]),
  );

const literals = both(commonLiterals, moreLiterals);
const calls = both(commonCalls, moreCalls);
const aggregates = both(commonAggregates, moreAggregates);

const rowTypes = tables.flatMap(({ rowType }) => rowType ?? []);

export class ExpressionGenerator {
  readonly random: Random;
  /** A query of columns of these types, for sub-selects. */
  protected innerQuery: (types: readonly TypeName[], scope: Scope, depth: number) => string = () =>
    "";

  constructor(random: Random) {
    this.random = random;
  }

  expression(type: TypeName, scope: Scope, depth: number): string {
    const column = this.random.chance(depth > 0 ? 0.4 : 0.75) && this.#column(type, scope);
    if (column) return column;
    if (depth > 0 && this.random.chance(0.06)) return this.#subSelect(type, scope, depth - 1);
    const templates = calls[type];
    if (depth > 0 && templates && this.random.chance(0.75)) {
      return this.#fill(this.random.pick(templates), scope, depth - 1);
    }
    return this.random.pick(literals[type] ?? ["NULL"]);
  }

  /** A column, or a field of a row. */
  #column(type: TypeName, scope: Scope): string | undefined {
    const plain = scope.find(type, this.random)?.sql;
    if (plain !== undefined && this.random.chance(0.92)) return plain;
    const rows = rowTypes.filter((row) => rowColumns(row).some((column) => column.type === type));
    const row = rows.length > 0 ? this.random.pick(rows) : undefined;
    const found = row === undefined ? undefined : scope.find(row, this.random)?.sql;
    if (row === undefined || found === undefined) return plain;
    const field = this.random.pick(rowColumns(row).filter((column) => column.type === type));
    return `(${found}).${field.name}`;
  }

  #subSelect(type: TypeName, scope: Scope, depth: number): string {
    const one = (wanted: TypeName) => this.innerQuery([wanted], scope, depth);
    const two = () => this.innerQuery(["int", "text"], scope, depth);
    if (type === "bool") {
      const left = this.expression("int", scope, 0);
      return this.random.pick([
        () => `EXISTS (${one("int")})`,
        () => `NOT EXISTS (${one("text")})`,
        () => `(${left} IN (${one("int")}))`,
        () => `(${left} NOT IN (${one("int")}))`,
        () => `(${left} > ALL (${one("int")}))`,
        () => `(${left} = ANY (${one("int")}))`,
        () => `(${left} <> SOME (${one("numeric")}))`,
        () => `(${left} OPERATOR(other.===) ANY (${one("int")}))`,
        () => `(${left} OPERATOR(other.===) ALL (${one("int")}))`,
        () => `((${left}, 'x') = (${two()}))`,
        () => `((${left}, 'x') < (${two()}))`,
        () => `((${left}, 'x') IN (${two()}))`,
        () => `((${left}, 'x') NOT IN (${two()}))`,
        () => `((${left}, 'x') <> ANY (${two()}))`,
        () => `(${left} = ANY ((${one("int[]")})::int[]))`,
      ])();
    }
    if (type === "int[]") return `ARRAY(${one("int")})`;
    if (type === "text[]") return `ARRAY(${one("text")})`;
    return `(${one(type)})`;
  }

  #fill(template: string, scope: Scope, depth: number): string {
    const filled = template.replace(/\$("char"|[a-z][a-z0-9]*(?:\[\])?)/g, (_, type: string) => {
      const value = this.expression(type, scope, depth);
      return /^[\w."]+$/.test(value) || /^\w+\([^()]*\)$/.test(value) ? value : `(${value})`;
    });
    return filled;
  }

  /** Over the groups of a query. */
  groupedExpression(type: TypeName, scope: Scope, depth: number): string {
    const key = this.random.chance(0.4) && scope.find(type, this.random)?.sql;
    if (key) return key;
    const { keys } = scope;
    if (type === "int" && keys.length > 0 && this.random.chance(0.1)) {
      return `grouping(${this.random.pick(keys).sql})`;
    }
    const templates = aggregates[type];
    if (templates && this.random.chance(0.75))
      return this.#aggregate(this.random.pick(templates), scope);
    const call = calls[type];
    if (call && depth > 0 && this.random.chance(0.5)) {
      return this.random
        .pick(call)
        .replace(/\$("char"|[a-z][a-z0-9]*(?:\[\])?)/g, (_, inner: string) => {
          return `(${this.groupedExpression(inner, scope, depth - 1)})`;
        });
    }
    return this.random.pick(literals[type] ?? ["NULL"]);
  }

  #aggregate(template: string, scope: Scope): string {
    const { inside } = scope;
    const order = this.random.chance(0.4)
      ? ` ORDER BY ${this.expression("int", inside, 1)}${this.random.pick(["", " DESC", " NULLS FIRST"])}`
      : "";
    const call = this.#fill(template.replace("$$", "\u0001"), inside, 1).replace("\u0001", order);
    const filter = this.random.chance(0.15)
      ? ` FILTER (WHERE ${this.expression("bool", inside, 1)})`
      : "";
    return `${call}${filter}`;
  }

  windowCall(type: TypeName, scope: Scope): string {
    const templates = windowFunctions[type];
    if (!templates) return this.expression(type, scope, 1);
    const call = this.#fill(this.random.pick(templates), scope, 1);
    const [named] = scope.windows;
    if (named !== undefined && this.random.chance(0.6)) {
      return `${call} OVER ${this.random.pick(scope.windows)}`;
    }
    return `${call} OVER (${this.window(scope)})`;
  }

  /** The inside of OVER (…). */
  window(scope: Scope): string {
    const partition = this.random.chance(0.5)
      ? `PARTITION BY ${this.expression("text", scope, 1)}`
      : "";
    const order = this.random.chance(0.7)
      ? `ORDER BY ${this.expression("int", scope, 1)}${this.random.pick(["", " DESC", " NULLS LAST"])}`
      : "";
    const frame =
      order !== "" && this.random.chance(0.3)
        ? this.random.pick([
            "ROWS 2 PRECEDING",
            "ROWS BETWEEN 1 PRECEDING AND CURRENT ROW",
            "ROWS UNBOUNDED PRECEDING",
            "RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
            "GROUPS BETWEEN CURRENT ROW AND 2 FOLLOWING EXCLUDE TIES",
            "RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING",
            "ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW",
          ])
        : "";
    return [partition, order, frame].filter((part) => part !== "").join(" ");
  }
}
