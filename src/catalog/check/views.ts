/**
 * Views and sinks: each has its query, a view in one rule, which reads as a tree, names what is
 * there, yields the relation's columns, and needs in pg_depend exactly what it names.
 */
import type { Oid } from "../../base/ids.ts";
import { CONNECTION_CLASS, NAMESPACE_CLASS, RELATION_CLASS, REWRITE_CLASS } from "../class-oids.ts";
import type { ObjectLookup } from "../dependencies.ts";
import type { Tuple } from "../relation.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgRewrite } from "../relations/pg-rewrite.ts";
import { rwConnector } from "../relations/rw-connector.ts";
import { lookupOf, objectExists, objectText } from "./objects.ts";
import { rowText } from "./values.ts";
import type { DatabaseView, Faults } from "./view.ts";

interface Address {
  readonly classOid: Oid;
  readonly oid: Oid;
  readonly subId: number;
}

/** What a stored query says, as the layer above reads it. */
export interface StoredQueryFacts {
  readonly columns: readonly {
    readonly type: Oid;
    readonly typmod: number;
    readonly collation: Oid;
  }[];
  /** Whatever it names, the system's own objects too. */
  readonly objects: readonly Address[];
  /** What must be in pg_depend. */
  readonly references: readonly Address[];
}
/** Throws when the text is no stored query. */
export type ReadQuery = (text: string, lookup: ObjectLookup) => StoredQueryFacts;

export type ReadRule = (
  rule: Pick<Tuple<(typeof pgRewrite)["columns"]>, "ev_class" | "ev_qual" | "ev_action">,
  lookup: ObjectLookup,
) => Omit<StoredQueryFacts, "columns">;

/** Views, materialized views. */
const WITH_RULE = "vm";
/** Tables, views, partitioned tables: what may have rules for what is written. */
const WITH_RULES = "rvp";

export function* checkRules(view: DatabaseView): Faults {
  for (const rule of view.own(pgRewrite)) {
    const self = rowText(pgRewrite, rule);
    const relation = view.find(pgClass, rule.ev_class);
    if (rule.ev_type !== "1") {
      if (!WITH_RULES.includes(relation?.relkind ?? "")) yield `${self}: its relation has no rules`;
      if (!relation?.relhasrules) yield `${self}: its relation says that it has no rules`;
      if (rule.rulename === "_RETURN") yield `${self}: it is called like the rule of a view`;
      continue;
    }
    const relkind = relation?.relkind;
    if (relkind === undefined || !WITH_RULE.includes(relkind))
      yield `${self}: relation ${rule.ev_class} is of kind ${relkind}`;
    if (rule.rulename !== "_RETURN") yield `${self}: the rule is called ${rule.rulename}`;
    if (rule.ev_type !== "1" || !rule.is_instead || rule.ev_qual !== "<>") {
      yield `${self}: it is no rule of a view`;
    }
  }
  for (const relation of view.own(pgClass)) {
    if (!WITH_RULE.includes(relation.relkind)) continue;
    const self = rowText(pgClass, relation);
    const rules = view
      .list(pgRewrite, ["ev_class"], [relation.oid])
      .filter(({ ev_type }) => ev_type === "1");
    if (rules.length !== 1) yield `${self}: the view has ${rules.length} rules`;
    if (!relation.relhasrules) yield `${self}: the view says that it has no rules`;
    const isStored = relation.relfilenode !== 0;
    if (isStored !== (relation.relkind === "m")) {
      yield `${self}: the view ${isStored ? "has a" : "has no"} storage`;
    }
  }
}

/** A query, and what is recorded of it. */
interface OwnQuery {
  readonly self: string;
  readonly relation: Oid;
  readonly tree: string;
  /** What depends on what the query names. */
  readonly dependent: Address;
}

function* ownQueries(view: DatabaseView): Iterable<OwnQuery> {
  for (const rule of view.own(pgRewrite)) {
    if (rule.ev_type !== "1") continue;
    const dependent = { classOid: REWRITE_CLASS, oid: rule.oid, subId: 0 };
    const { ev_class: relation, ev_action: tree } = rule;
    yield { self: rowText(pgRewrite, rule), relation, tree, dependent };
  }
  for (const row of view.own(rwConnector)) {
    if (row.query === null) continue;
    const dependent = { classOid: RELATION_CLASS, oid: row.relid, subId: 0 };
    const self = rowText(rwConnector, row);
    yield { self, relation: row.relid, tree: row.query, dependent };
  }
}

/** The rules about what the queries say, for who can read them. */
export const checkViewQueries = (read: ReadQuery) =>
  function* viewQueries(view: DatabaseView): Faults {
    const lookup = lookupOf(view);
    for (const own of ownQueries(view)) {
      const { self } = own;
      let facts: StoredQueryFacts;
      try {
        facts = read(own.tree, lookup);
      } catch (error) {
        yield `${self}: its query cannot be read: ${error instanceof Error ? error.message : error}`;
        continue;
      }
      yield* missingObjects(view, self, facts);
      yield* columnFaults(view, own, facts);
      yield* dependencyFaults(view, own, facts);
    }
  };

/** What the other rules say. */
export const checkOtherRules = (read: ReadRule) =>
  function* otherRules(view: DatabaseView): Faults {
    const lookup = lookupOf(view);
    for (const rule of view.own(pgRewrite)) {
      if (rule.ev_type === "1") continue;
      const self = rowText(pgRewrite, rule);
      let facts: ReturnType<ReadRule>;
      try {
        facts = read(rule, lookup);
      } catch (error) {
        yield `${self}: it cannot be read: ${error instanceof Error ? error.message : error}`;
        continue;
      }
      yield* missingObjects(view, self, facts);
      const own = { classOid: RELATION_CLASS, oid: rule.ev_class, subId: 0 };
      const due = new Set([...facts.references.map((each) => `n ${keyOf(each)}`)]);
      due.add(`a ${keyOf(own)}`);
      const address = [REWRITE_CLASS, rule.oid, 0] as const;
      for (const row of view.list(pgDepend, ["classid", "objid", "objsubid"], [...address])) {
        const at = { classOid: row.refclassid, oid: row.refobjid, subId: row.refobjsubid };
        if (due.delete(`${row.deptype} ${keyOf(at)}`)) continue;
        const text = objectText(at.classOid, at.oid, at.subId);
        yield `${self}: it has a dependency ${row.deptype} on ${text}, which it does not name`;
      }
      for (const missing of due) yield `${self}: it has no dependency ${missing}`;
    }
  };

function* missingObjects(
  view: DatabaseView,
  self: string,
  { objects }: Pick<StoredQueryFacts, "objects">,
): Faults {
  for (const { classOid, oid, subId } of objects) {
    if (objectExists(view, classOid, oid, subId)) continue;
    yield `${self}: it names ${objectText(classOid, oid, subId)}, which is not there`;
  }
}

function* columnFaults(
  view: DatabaseView,
  { self, relation }: OwnQuery,
  { columns }: StoredQueryFacts,
): Faults {
  const rows = [...view.list(pgAttribute, ["attrelid"], [relation])];
  rows.sort((a, b) => a.attnum - b.attnum);
  if (rows.length !== columns.length) {
    yield `${self}: it yields ${columns.length} columns, and the relation has ${rows.length}`;
  }
  for (const [at, row] of rows.entries()) {
    const column = columns[at];
    if (!column) continue;
    const same =
      column.type === row.atttypid &&
      column.typmod === row.atttypmod &&
      column.collation === row.attcollation;
    if (!same)
      yield `${self}: it yields another type than column ${row.attnum} of the relation has`;
  }
}

/** What is recorded beside what a query names: of a sink, its schema and its connection. */
function* dependencyFaults(
  view: DatabaseView,
  { self, relation, dependent }: OwnQuery,
  { references }: StoredQueryFacts,
): Faults {
  const isRule = dependent.classOid === REWRITE_CLASS;
  const due = new Set(references.map((each) => `n ${keyOf(each)}`));
  if (isRule) {
    // A rule is part of its view, and needs it like whatever it names.
    const own = { classOid: RELATION_CLASS, oid: relation, subId: 0 };
    due.add(`i ${keyOf(own)}`);
    const isOwn = ({ classOid, oid }: Address) => classOid === RELATION_CLASS && oid === relation;
    if (!references.some(isOwn)) due.add(`n ${keyOf(own)}`);
  }
  const connection = isRule ? 0 : view.find(rwConnector, relation)?.connection;
  if (connection) due.add(`n ${keyOf({ classOid: CONNECTION_CLASS, oid: connection, subId: 0 })}`);
  const rows = view.list(
    pgDepend,
    ["classid", "objid", "objsubid"],
    [dependent.classOid, dependent.oid, 0],
  );
  for (const row of rows) {
    const at = { classOid: row.refclassid, oid: row.refobjid, subId: row.refobjsubid };
    if (due.delete(`${row.deptype} ${keyOf(at)}`)) continue;
    if (!isRule && at.classOid === NAMESPACE_CLASS) continue;
    const text = objectText(at.classOid, at.oid, at.subId);
    yield `${self}: it has a dependency ${row.deptype} on ${text}, which it does not name`;
  }
  for (const missing of due) yield `${self}: it has no dependency ${missing}`;
}

const keyOf = ({ classOid, oid, subId }: Address): string => `${classOid} ${oid} ${subId}`;
