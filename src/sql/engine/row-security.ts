/**
 * ROW SECURITY: the policies of each table that a statement reads or writes, put where their rows
 * come from. What is not put somewhere here goes on being refused, see readable.ts.
 * https://www.postgresql.org/docs/15/ddl-rowsecurity.html
 */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { hasRole } from "../../catalog/memberships.ts";
import type { ClassTuple } from "../../catalog/names.ts";
import { isRowSecured } from "../../catalog/privileges.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgPolicy } from "../../catalog/relations/pg-policy.ts";
import { type BodyPlace, bindModifyIn, bindQueryIn } from "../bind/body-statement.ts";
import { decodeTree } from "../bind/codec.ts";
import type { BindContext } from "../bind/context.ts";
import { expandStored } from "../bind/expand-views.ts";
import { isInner, mapFields, mapItems } from "../bind/map-tree.ts";
import type {
  BoundModify,
  BoundPart,
  BoundRuled,
  BoundWriting,
  MergeAction,
  PolicyCheck,
} from "../bind/modify.ts";
import { bindingOf, type ModifyNode, runnableTree, runnableWriting } from "../bind/query.ts";
import { replaceColumns } from "../bind/replace-columns.ts";
import type { BoundReading } from "../bind/routine-calls.ts";
import { type Binding, Parameters } from "../bind/scope.ts";
import type { BoundQuery, Expression, Query, RangeTableEntry, SelectQuery } from "../bind/tree.ts";
import { BOOL } from "../bind/type-oids.ts";
import { walk } from "../translate/walk.ts";
import { readsTarget, roleIn } from "./readable.ts";

/** As bindQueryIn: each table that row security hides rows of is what the role sees of it. */
export function bindSecuredQuery(
  node: unknown,
  context: BindContext,
  place: BodyPlace | undefined,
): BoundReading {
  const bound = bindQueryIn(node, context, place);
  return isOn(context) ? new Securing(context).reading(bound) : bound;
}

/** Of a query that is there already, its views expanded. */
export const securedQuery = (query: BoundQuery, context: BindContext): BoundQuery =>
  isOn(context) ? new Securing(context).reading(query) : query;

/** As bindModifyIn: what is written is what policies let be seen, and is checked by them. */
export function bindSecuredModify(
  node: ModifyNode,
  context: BindContext,
  place: BodyPlace | undefined,
): BoundWriting {
  const read = bindModifyIn(node, context, place);
  const bound = place ? runnableWriting(context, read) : read;
  if (!isOn(context)) return bound;
  const securing = new Securing(context);
  return {
    ...bound,
    steps: bound.steps.map((step) => ({ ...step, part: securing.part(step.part) })),
    main: bound.main.kind === "ruled" ? securing.ruled(bound.main) : securing.part(bound.main),
  };
}

const isOn = ({ types }: BindContext): boolean => types.setting("row_security") !== "off";

type RelationEntry = RangeTableEntry & { readonly kind: "relation" };
type Command = "r" | "a" | "w" | "d";

/** Who reads, and the tables whose policies do. */
interface Reader {
  readonly role: Oid;
  readonly path: readonly Oid[];
  /** Rows of every relation in FROM are locked. */
  readonly locks: boolean;
}

/** Of a row that is there: what lets it be seen. */
type PolicyUsing = Pick<PolicyCheck["policy"], "using" | "isTarget">;

/** How new rows, or those that are there, are asked. */
interface Asked {
  /** The statement reads rows of the table, too. */
  readonly reads: boolean;
  readonly using: PolicyUsing | undefined;
  readonly reader: Reader;
}

/** Those that are for a role and a command, by name. */
interface Applicable {
  readonly permissive: readonly Expression[];
  readonly restrictive: readonly { readonly name: string; readonly condition: Expression }[];
}

class Securing {
  readonly #binding: Binding;
  readonly #context: BindContext;
  readonly #user: Reader;
  /** Entries that are written to, which have what there is to say of them. */
  readonly #written = new Set<unknown>();

  constructor(context: BindContext) {
    this.#context = context;
    this.#binding = bindingOf(context, new Parameters([], false));
    this.#user = { role: context.types.user.oid, path: [], locks: false };
  }

  reading<T>(tree: T): T {
    return this.#map(tree, this.#user) as T;
  }

  /** The table below views has the policies that hold for whoever answers for the last one. */
  part(part: BoundPart): BoundPart {
    if (part.kind === "select") return this.reading(part);
    const views = part.through?.views ?? [];
    for (const { query, view } of views) this.#refuseIn(query, view);
    const role = this.#roleOf(views.at(-1)?.view);
    const row = this.#securedRow(part.table.relation, role);
    const own = row ? this.#target(part, row, { ...this.#user, role }) : part;
    if (own.kind !== "insert" && !own.instead) this.#written.add(own.query.rangeTable[0]);
    return this.reading(own);
  }

  /** Throws 0A000: what a rule reads and writes is secured for its owner. */
  ruled(bound: BoundRuled): BoundRuled {
    for (const { part } of bound.parts) {
      if (part.through) continue;
      const isSecured = this.#securedRow(part.table.relation, this.#user.role) !== undefined;
      if (!isSecured && this.reading(part) === part) continue;
      throw notSupported("row security behind rules");
    }
    return bound;
  }

  /** Whose rights hold for what the view names; without one, the user's. */
  #roleOf(view: Oid | undefined): Oid {
    const row = view && this.#context.catalog.find(pgClass, "key", [view]);
    return row ? roleIn(row, this.#user.role) : this.#user.role;
  }

  /** 0A000: what a view's columns and condition look into counts as the statement's. */
  #refuseIn(query: Query, view: Oid): void {
    if (query.kind !== "select") return;
    const roles = [this.#roleOf(view), this.#user.role];
    walk([query.where, query.targets], (node) => {
      const relation = node.kind === "relation" ? (node["relation"] as Oid) : undefined;
      if (relation && roles.some((role) => this.#securedRow(relation, role))) {
        throw notSupported("row security in a sub-select of a view that is written through");
      }
      return true;
    });
  }

  #target(part: BoundModify, row: ClassTuple, reader: Reader): BoundModify {
    const reads = readsTarget(part);
    const checks = (command: Command, using?: PolicyUsing) =>
      this.#checks(row, command, { reads, using, reader });
    const others = ("checkOptions" in part ? part.checkOptions : undefined) ?? [];
    switch (part.kind) {
      case "insert": {
        const checkOptions = [...others, ...checks("a")];
        const secured = { ...part, checkOptions, secured: true } as const;
        const { onConflict } = part;
        if (onConflict?.action.kind !== "update") return secured;
        const both = { existing: checks("w", { using: true }), changed: checks("w") };
        return {
          ...secured,
          onConflict: { ...onConflict, action: { ...onConflict.action, checks: both } },
        };
      }
      case "update": {
        const query = this.#hidden(part.query, row, reads ? ["w", "r"] : ["w"], reader);
        return {
          ...part,
          query,
          checkOptions: [...others, ...checks("w")],
          secured: true,
        } as const;
      }
      case "delete": {
        const query = this.#hidden(part.query, row, reads ? ["d", "r"] : ["d"], reader);
        return { ...part, query, secured: true } as const;
      }
      case "merge": {
        const query = reads ? this.#hidden(part.query, row, ["r"], reader) : part.query;
        const actions = part.actions.map((action) => this.#action(action, row, { reads, reader }));
        return { ...part, query, actions, secured: true } as const;
      }
    }
  }

  /** A row that MERGE must not change is refused where UPDATE and DELETE would not see it. */
  #action(action: MergeAction, row: ClassTuple, asked: Omit<Asked, "using">): MergeAction {
    if (action.kind === "nothing") return action;
    const using = { using: true, isTarget: true } as const;
    const existing = (command: Command) =>
      this.#checks(row, command, { ...asked, using, reads: false });
    const changed = (command: Command, reads = asked.reads) =>
      this.#checks(row, command, { ...asked, using: undefined, reads });
    switch (action.kind) {
      case "insert":
        return { ...action, checks: { existing: [], changed: changed("a", false) } };
      case "update":
        return { ...action, checks: { existing: existing("w"), changed: changed("w") } };
      case "delete":
        return { ...action, checks: { existing: existing("d"), changed: [] } };
    }
  }

  #hidden(
    query: SelectQuery,
    row: ClassTuple,
    commands: readonly Command[],
    reader: Reader,
  ): SelectQuery {
    const [target, ...others] = query.rangeTable;
    if (!target) return query;
    const security = allOf(commands.map((command) => this.#using(row, command, 1, reader)));
    return { ...query, rangeTable: [{ ...target, security } as RangeTableEntry, ...others] };
  }

  #checks(
    row: ClassTuple,
    command: Command,
    { reads, using, reader }: Asked,
  ): readonly PolicyCheck[] {
    const own = this.#applicable(row, command, using ? "using" : "check", 1, reader);
    const seen = reads ? [this.#applicable(row, "r", "using", 1, reader)] : [];
    const policy: PolicyCheck["policy"] = { table: row.relname, ...using };
    return [own, ...seen].flatMap(({ permissive, restrictive }): PolicyCheck[] =>
      permissive.length === 0
        ? [{ policy, condition: FALSE }]
        : [
            { policy, condition: anyOf(permissive) },
            ...restrictive.map(({ name, condition }) => ({
              policy: { ...policy, name },
              condition,
            })),
          ],
    );
  }

  #map(node: unknown, reader: Reader): unknown {
    if (!isInner(node) || this.#written.has(node)) return node;
    if (Array.isArray(node)) return mapItems(node, (each) => this.#map(each, reader));
    const record = node as Record<string, unknown>;
    const inside = this.#readerOf(record, reader);
    return mapFields(record, (value, key) => {
      if (key === "query") return this.#map(value, inside);
      if (key !== "rangeTable") return this.#map(value, { ...inside, locks: false });
      const locking = (record["locking"] ?? []) as SelectQuery["locking"];
      return mapItems(value as unknown[], (entry, at) => {
        const locks = inside.locks || locking.some(({ table }) => table === at + 1);
        return this.#entry(entry, at + 1, { ...inside, locks });
      });
    });
  }

  /** What a view names is read by its owner. */
  #readerOf({ kind, view }: Record<string, unknown>, reader: Reader): Reader {
    if (kind !== "subquery" || view === undefined) return reader;
    const row = this.#context.catalog.find(pgClass, "key", [view as Oid]);
    return row ? { ...reader, role: roleIn(row, this.#user.role) } : reader;
  }

  #entry(node: unknown, number: number, reader: Reader): unknown {
    const entry = node as RangeTableEntry;
    if (this.#written.has(entry) || (entry.kind === "relation" && entry.security)) return entry;
    const row =
      entry.kind === "relation" ? this.#securedRow(entry.relation, reader.role) : undefined;
    const own = this.#map(entry, reader);
    if (!row) return own;
    const seen = this.#using(row, "r", number, reader);
    const locked = reader.locks ? [this.#using(row, "w", number, reader)] : [];
    return { ...(own as RelationEntry), security: allOf([seen, ...locked]) };
  }

  #securedRow(relation: Oid, role: Oid): ClassTuple | undefined {
    const { catalog } = this.#context;
    const row = catalog.find(pgClass, "key", [relation]);
    return row && isRowSecured(catalog, role, row) ? row : undefined;
  }

  #using(row: ClassTuple, command: Command, number: number, reader: Reader): Expression {
    const { permissive, restrictive } = this.#applicable(row, command, "using", number, reader);
    if (permissive.length === 0) return FALSE;
    return allOf([...restrictive.map(({ condition }) => condition), anyOf(permissive)]);
  }

  #applicable(
    row: ClassTuple,
    command: Command,
    what: "using" | "check",
    number: number,
    reader: Reader,
  ): Applicable {
    const { catalog } = this.#context;
    const permissive: Expression[] = [];
    const restrictive: { readonly name: string; readonly condition: Expression }[] = [];
    for (const policy of catalog.list(pgPolicy, "polrelid_polname", [row.oid])) {
      if (policy.polcmd !== "*" && policy.polcmd !== command) continue;
      const isFor = (role: Oid) => role === INVALID_OID || hasRole(catalog, reader.role, role);
      if (!policy.polroles.some(isFor)) continue;
      const { polqual, polwithcheck, polname: name } = policy;
      const tree = what === "check" ? (polwithcheck ?? polqual) : polqual;
      if (tree === null) continue;
      const condition = this.#condition(tree, row, number, reader);
      if (policy.polpermissive) permissive.push(condition);
      else restrictive.push({ name, condition });
    }
    return { permissive, restrictive };
  }

  /** Over the entry of this number; what it looks into is secured for the same role. */
  #condition(tree: string, row: ClassTuple, number: number, reader: Reader): Expression {
    if (reader.path.includes(row.oid)) {
      const message = `infinite recursion detected in policy for relation "${row.relname}"`;
      throw new SqlError("42P17", message);
    }
    const stored = expandStored(this.#binding, decodeTree(tree), "AccessShare", []);
    const runnable = runnableTree(() => this.#context, stored);
    const own = replaceColumns(runnable, (column) => ({ ...column, table: number }));
    return this.#map(own, {
      ...reader,
      path: [...reader.path, row.oid],
      locks: false,
    }) as Expression;
  }
}

const FALSE: Expression = {
  kind: "constant",
  value: 0n,
  type: BOOL,
  typmod: -1,
  collation: INVALID_OID,
};

const joined = (operator: "and" | "or", args: readonly Expression[]): Expression =>
  args.length === 1
    ? (args[0] as Expression)
    : { kind: "boolean", operator, args, type: BOOL, typmod: -1, collation: INVALID_OID };
const allOf = (conditions: readonly Expression[]): Expression => joined("and", conditions);
const anyOf = (conditions: readonly Expression[]): Expression => joined("or", conditions);
