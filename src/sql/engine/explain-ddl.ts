/**
 * WHAT A DDL STATEMENT WOULD DO, found out by doing it: it runs on the transaction like any other,
 * what it locks and stages is written down, and the session takes both back. Oids that it makes are
 * numbers that nobody has reserved, so none is used up; they are shown as #1, #2, …
 */
import { unreachable } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { type Notice, notSupported } from "../../base/sql-error.ts";
import type { Row, Value } from "../../base/value.ts";
import { relationByOid } from "../../catalog/all-relations.ts";
import { DATABASE_CLASS, NAMESPACE_CLASS, RELATION_CLASS } from "../../catalog/class-oids.ts";
import type { DdlContext } from "../../catalog/ddl/context.ts";
import { executeDdl } from "../../catalog/ddl/execute.ts";
import { describerOf } from "../../catalog/ddl/lookup.ts";
import { addressOf } from "../../catalog/describe.ts";
import type { Relation } from "../../catalog/relation.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import type { DdlStatement } from "../../catalog/statement.ts";
import type { LockTag } from "../../txn/lock-tag.ts";
import type { Change } from "../../txn/overlay.ts";
import type { Mark } from "../../txn/transaction.ts";
import type { BindContext } from "../bind/context.ts";
import type { WorkQueue } from "../rows/work-queue.ts";
import type { StatementContext } from "../session/engine.ts";
import type { DdlExplanation, ExplainedChange, ExplainedLock } from "../session/explained.ts";
import { type DdlHost, workQueueOf } from "./ddl-run.ts";
import { upkeepText } from "./view-changes.ts";

interface TrialContext extends DdlContext {
  readonly rows: WorkQueue;
  /** How a materialized view with this query is maintained. */
  describeUpkeep(tree: string): string;
}

export function explainOn(
  host: DdlHost,
  statement: DdlStatement,
  context: StatementContext,
  before: Mark,
  bindContext: () => BindContext,
): DdlExplanation {
  const { nextOid } = host.parts.storage.allocator;
  const rows = workQueueOf(host, context);
  const describeUpkeep = (tree: string) => upkeepText(tree, bindContext());
  const trial = { ...host.ddlContext(context, rows), rows, describeUpkeep };
  return explainDdl(trial, statement, before, nextOid);
}

/**
 * `before`: where the statement began; `nextOid`: the first oid that is not taken. Throws what the
 * statement throws.
 */
function explainDdl(
  context: TrialContext,
  statement: DdlStatement,
  before: Mark,
  nextOid: Oid,
): DdlExplanation {
  if (statement.kind === "dropDatabase" && statement.force) {
    throw notSupported("EXPLAIN DROP DATABASE WITH (FORCE)");
  }
  const { transaction } = context;
  const notices: Notice[] = [];
  let made = 0;
  const trial: DdlContext = {
    ...context,
    allocateOid: () => (nextOid + made++) as Oid,
    notice: (notice) => notices.push(notice),
    // How far a sequence has come is kept outside of transactions.
    sequences: {
      start: () => {},
      last: (db, storage, start) => context.sequences.last(db, storage, start),
      copy: () => {},
    },
  };
  const locks = new Map<string, ExplainedLock & { readonly tag: LockTag }>();
  const unwatch = transaction.watchLocks((tag, mode) => {
    const name = `${tag.key} ${mode}`;
    if (locks.has(name)) return;
    const isHeld = transaction.heldAt(before, tag, mode);
    locks.set(name, { mode, object: describeLock(trial, tag) ?? "", tag, isHeld });
  });
  try {
    executeDdl(trial, statement);
  } finally {
    unwatch();
  }
  const shown = new Shown(nextOid, made);
  return {
    locks: [...locks.values()].map(({ mode, object, isHeld, tag }) => ({
      mode,
      object: shown.text(object === "" ? (describeLock(trial, tag) ?? tag.kind) : object),
      isHeld,
    })),
    changes: transaction.overlay
      .changesSince(before.overlay)
      .flatMap((change) => explainChange(change, transaction.database, context, shown)),
    notices,
    rows: context.rows.describe(
      (oid) => shown.text(describerOf(trial).describe(addressOf(RELATION_CLASS, oid)) ?? ""),
      ({ table, tree }) => {
        const isView = trial.catalog.find(pgClass, "key", [table])?.relkind === "m";
        return isView ? context.describeUpkeep(tree) : undefined;
      },
    ),
  };
}

/** Oids that were made for this, by number. */
class Shown {
  readonly #first: number;
  readonly #count: number;

  constructor(first: number, count: number) {
    this.#first = first;
    this.#count = count;
  }

  value(value: Value): string {
    if (value === null) return "NULL";
    if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString("hex")}`;
    if (Array.isArray(value)) return `{${value.map((item) => this.value(item)).join(",")}}`;
    if (typeof value === "number") return this.#number(value);
    if (typeof value === "string") return JSON.stringify(this.text(value));
    return String(value);
  }

  /** Stored expressions and names of what has no name hold oids, too. */
  text(text: string): string {
    return text.replaceAll(/\d+/g, (digits) => this.#number(Number(digits)));
  }

  #number(value: number): string {
    const number = value - this.#first + 1;
    return number >= 1 && number <= this.#count ? `#${number}` : String(value);
  }
}

function describeLock(context: DdlContext, tag: LockTag): string | undefined {
  const describer = describerOf(context);
  switch (tag.kind) {
    case "database":
      return describer.describe(addressOf(DATABASE_CLASS, tag.db));
    case "relation":
      return describer.describe(addressOf(RELATION_CLASS, tag.oid));
    case "object":
      return describer.describe(addressOf(tag.classOid, tag.oid));
    case "name": {
      const scope =
        tag.scope === 0 ? undefined : describer.describe(addressOf(NAMESPACE_CLASS, tag.scope));
      return `name ${JSON.stringify(tag.name)}${scope === undefined ? "" : ` in ${scope}`}`;
    }
    case "advisory":
    case "key":
    case "row":
    case "transaction":
      return undefined;
    default:
      return unreachable(tag);
  }
}

function explainChange(
  change: Change,
  database: Oid,
  { transaction }: DdlContext,
  shown: Shown,
): ExplainedChange[] {
  const { table, db, key, after } = change;
  const relation = relationByOid(table.rel);
  if (relation === undefined) return [];
  const before =
    change.before === undefined ? transaction.stored(table, db, key) : (change.before ?? undefined);
  if (before === undefined && after === null) return [];
  const kind = after === null ? "delete" : before === undefined ? "insert" : "update";
  const names = table.key.map((at) => relation.columnNames[at] ?? "");
  return [
    {
      relation: relation.name,
      database: db === database || db === 0 ? undefined : shown.value(db),
      kind,
      key: names.map((name, at) => [name, shown.value(key[at] ?? null)]),
      name: nameIn(relation, after ?? before ?? [], shown),
      values: after === null ? [] : valuesOf(relation, before, after, shown),
    },
  ];
}

const NAME = 19;

/** The first column of type name. */
function nameIn(relation: Relation, row: Row, shown: Shown): string | undefined {
  const at = Object.values(relation.columns).findIndex(({ type }) => type === NAME);
  return at < 0 ? undefined : shown.value(row[at] ?? null);
}

/** All values of a new row, of a changed one those that differ. */
function valuesOf(relation: Relation, before: Row | undefined, after: Row, shown: Shown) {
  return relation.columnNames.flatMap((name, at): (readonly [string, string])[] => {
    const value = shown.value(after[at] ?? null);
    const isSame = before !== undefined && shown.value(before[at] ?? null) === value;
    return isSame ? [] : [[name, value]];
  });
}
