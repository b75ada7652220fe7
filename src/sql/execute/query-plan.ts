/**
 * A TRANSLATION'S PLAN in the words of its relations: what SQLite says about its own text (EXPLAIN
 * QUERY PLAN) as a tree.
 *
 *   SQLite                                       here
 *   SCAN t1, SEARCH t2 …      side by side       Nested Loop over them, the first one outermost
 *   USE TEMP B-TREE FOR ORDER BY                 Sort around what stands before it
 *   CO-ROUTINE x, MATERIALIZE x                  below the scan of x
 *   LIST SUBQUERY 2, SCALAR SUBQUERY 3           SubPlan 2, SubPlan 3
 *
 * https://www.sqlite.org/eqp.html
 */
import type { PlanNode } from "../session/explained.ts";
import type { SourceName } from "../translate/translation.ts";

/** A row of EXPLAIN QUERY PLAN. */
export interface EqpRow {
  readonly id: number;
  readonly parent: number;
  /** Ten times the binary logarithm of the cost that SQLite expects; 0 = none. */
  readonly cost: number;
  readonly detail: string;
}

interface Branch {
  readonly row: EqpRow;
  readonly children: readonly Branch[];
}

export function planTree(
  rows: readonly EqpRow[],
  sources: ReadonlyMap<string, SourceName> = new Map(),
): PlanNode {
  return new PlanBuilder(sources).levelOf(branchesOf(rows, 0));
}

const branchesOf = (rows: readonly EqpRow[], parent: number): Branch[] =>
  rows
    .filter((row) => row.parent === parent)
    .map((row) => ({ row, children: branchesOf(rows, row.id) }));

const node = (kind: string, more: Partial<PlanNode> = {}): PlanNode => ({
  kind,
  title: kind,
  titled: [],
  cost: undefined,
  details: [],
  children: [],
  subplans: [],
  ...more,
});

const TEMP_TREE = /^USE TEMP B-TREE FOR (?:(.*) OF )?(ORDER BY|GROUP BY|DISTINCT|\S+.*)$/;
const wrappers: Readonly<Record<string, string>> = {
  "ORDER BY": "Sort",
  "GROUP BY": "Group",
  DISTINCT: "Distinct",
};
const SCAN = /^(SCAN|SEARCH) (\S+|\(subquery-\d+\))(?: (.*))?$/;
const SUBPLAN = /^(?:REUSE )?(CORRELATED )?(?:LIST|SCALAR) SUBQUERY (\d+)$/;
const SOURCE = /^(CO-ROUTINE|MATERIALIZE) (.*)$/;

class PlanBuilder {
  readonly #sources: ReadonlyMap<string, SourceName>;
  /** Sub-selects that stand before the scan of them, by alias. */
  readonly #pending = new Map<string, Branch>();

  constructor(sources: ReadonlyMap<string, SourceName>) {
    this.#sources = sources;
  }

  /** One level of the tree: loops side by side, and what is done with their rows. */
  levelOf(branches: readonly Branch[]): PlanNode {
    for (const branch of branches) {
      const alias = SOURCE.exec(branch.row.detail)?.[2];
      if (alias !== undefined) this.#pending.set(alias, branch);
    }
    const loops: PlanNode[] = [];
    const subplans: { readonly name: string; readonly plan: PlanNode }[] = [];
    const around: string[] = [];
    for (const { row, children } of branches) {
      const { detail } = row;
      const subplan = SUBPLAN.exec(detail);
      const tree = TEMP_TREE.exec(detail);
      if (SOURCE.test(detail)) continue;
      if (subplan !== null) {
        const correlated = subplan[1] === undefined ? "" : " (correlated)";
        const name = `SubPlan ${subplan[2]}${correlated}`;
        if (children.length > 0) subplans.push({ name, plan: this.levelOf(children) });
      } else if (tree !== null) around.push(wrappers[tree[2] ?? ""] ?? "Sort");
      else loops.push(this.#step(row, children));
    }
    if (branches[0]?.row.detail === "SETUP") {
      return node("Recursive Union", { children: branches.map((branch) => this.#arm(branch)) });
    }
    let plan =
      loops.length === 1 ? (loops[0] as PlanNode) : node("Nested Loop", { children: loops });
    if (loops.length === 0) plan = node("Result");
    for (const kind of around) plan = node(kind, { children: [plan] });
    return { ...plan, subplans: [...plan.subplans, ...subplans] };
  }

  #step(row: EqpRow, children: readonly Branch[]): PlanNode {
    const { detail } = row;
    if (detail === "SCAN CONSTANT ROW") return node("Result");
    const values = /^SCAN (\d+)-ROW VALUES CLAUSE$/.exec(detail)?.[1];
    if (values !== undefined) {
      return node("Values", { details: [["Rows", Number(values)]] });
    }
    const scan = SCAN.exec(detail);
    if (scan !== null) return this.#scan(row, scan);
    const outer = /^RIGHT-JOIN (\S+)$/.exec(detail)?.[1];
    if (outer !== undefined) {
      const title = `Right Join ${describeSource(outer, this.#sources.get(outer))}`;
      return node("Right Join", { title, children: [this.levelOf(children)] });
    }
    if (children.length === 0) return node(titleOf(detail));
    if (/^(COMPOUND QUERY|MERGE|RECURSIVE|MULTI-INDEX|SETUP|UNION|EXCEPT|INTERSECT)/.test(detail)) {
      const arms = children.map((child) => this.#arm(child));
      return node(titleOf(detail), { children: arms });
    }
    return node(titleOf(detail), { children: [this.levelOf(children)] });
  }

  /** One arm of a set operation or of a recursion. */
  #arm({ row, children }: Branch): PlanNode {
    if (children.length === 0) return this.#step(row, children);
    return node(titleOf(row.detail), { children: [this.levelOf(children)] });
  }

  /** The sub-select that a scan reads; of a common table, by its name, the first one that does. */
  #takePending(alias: string, source: SourceName | undefined): Branch | undefined {
    const key = this.#pending.has(alias)
      ? alias
      : [...this.#pending.keys()].find((other) => {
          const table = this.#sources.get(other);
          return source?.kind === "cte" && table?.kind === "cte" && table.name === source.name;
        });
    const found = this.#pending.get(key ?? "");
    this.#pending.delete(key ?? "");
    return found;
  }

  #scan({ cost }: EqpRow, [, verb, alias = "", rest = ""]: RegExpExecArray): PlanNode {
    const source = this.#sources.get(alias);
    const below = this.#takePending(alias, source);
    const kind = verb === "SCAN" ? "Scan" : "Search";
    const index = indexOf(rest, source);
    const by = index === undefined ? "" : ` by ${index.name}`;
    const on = `${describeSource(alias, source)}`;
    const isEmpty = source?.kind === "table";
    const details: (readonly [string, string])[] = [["Relation Name", source?.name ?? alias]];
    if (source?.alias !== undefined) details.push(["Alias", source.alias]);
    if (index !== undefined) details.push(["Index Name", index.name]);
    if (index?.columns) details.push(["Index Columns", index.columns]);
    if (/LEFT-JOIN$/.test(rest)) details.push(["Join Type", "Left"]);
    if (isEmpty) details.push(["Rows", "none: nothing was ever stored"]);
    return node(kind, {
      title: `${kind} on ${on}${by}`,
      titled: ["Relation Name", "Alias", "Index Name"],
      cost: cost > 0 ? Math.round(2 ** (cost / 10)) : undefined,
      details,
      children: below === undefined || isEmpty ? [] : [this.levelOf(below.children)],
    });
  }
}

const words: Readonly<Record<SourceName["kind"], string>> = {
  relation: "",
  table: "",
  index: "index ",
  function: "function ",
  subquery: "subquery ",
  cte: "CTE ",
  values: "values ",
};

function describeSource(alias: string, source: SourceName | undefined): string {
  if (source === undefined) return alias.startsWith("(") ? "subquery" : alias;
  const own = source.alias === undefined || source.alias === source.name ? "" : ` ${source.alias}`;
  return `${words[source.kind]}${source.name}${own}`;
}

interface IndexUse {
  readonly name: string;
  readonly columns: string | undefined;
}

/** Columns that only say which versions are visible are left out. */
function indexOf(rest: string, source: SourceName | undefined): IndexUse | undefined {
  const match =
    /USING (AUTOMATIC )?(?:PARTIAL )?(?:COVERING )?(?:INDEX(?: (\w+))?|(PRIMARY KEY))(?: \((.*?)\))?/.exec(
      rest,
    );
  if (match === null) return undefined;
  const [, automatic, name, key, terms] = match;
  const columns = terms
    ?.split(" AND ")
    .map((term) => term.replace(/[=<>?].*$/, ""))
    .filter((column) => !["xmin", "xmax", "db"].includes(column))
    .join(", ");
  if (source?.kind === "index") return { name: "key", columns: source.keys?.join(", ") };
  if (automatic !== undefined) return { name: "a temporary index", columns };
  const number = key === undefined ? Number(/_(\d+)$/.exec(name ?? "")?.[1] ?? 0) : 0;
  return { name: source?.indexes?.[number] ?? name ?? "key", columns };
}

/** SQLite's capitals as words. */
const titleOf = (detail: string): string =>
  detail
    .toLowerCase()
    .replaceAll(/(^|[\s(-])([a-z])/g, (_, before, letter) => before + letter.toUpperCase());
