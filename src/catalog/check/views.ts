/**
 * Views: each has its query in one rule, which reads as a tree, names what is there, yields the
 * view's columns, and needs in pg_depend exactly what it names.
 */
import type { Oid } from "../../base/ids.ts";
import { RELATION_CLASS, REWRITE_CLASS } from "../class-oids.ts";
import type { ObjectLookup } from "../dependencies.ts";
import type { Tuple } from "../relation.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgRewrite } from "../relations/pg-rewrite.ts";
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

type Rule = Tuple<(typeof pgRewrite)["columns"]>;

/** Views, materialized views, sinks. */
const WITH_QUERY = "vms";

export function* checkRules(view: DatabaseView): Faults {
  for (const rule of view.own(pgRewrite)) {
    const self = rowText(pgRewrite, rule);
    const relkind = view.find(pgClass, rule.ev_class)?.relkind;
    if (relkind === undefined || !WITH_QUERY.includes(relkind))
      yield `${self}: relation ${rule.ev_class} is of kind ${relkind}`;
    if (rule.rulename !== "_RETURN") yield `${self}: the rule is called ${rule.rulename}`;
    if (rule.ev_type !== "1" || !rule.is_instead || rule.ev_qual !== "<>") {
      yield `${self}: it is no rule of a view`;
    }
  }
  for (const relation of view.own(pgClass)) {
    if (!WITH_QUERY.includes(relation.relkind)) continue;
    const self = rowText(pgClass, relation);
    const rules = view.list(pgRewrite, ["ev_class"], [relation.oid]);
    if (rules.length !== 1) yield `${self}: the view has ${rules.length} rules`;
    if (!relation.relhasrules) yield `${self}: the view says that it has no rules`;
    const isStored = relation.relfilenode !== 0;
    if (isStored !== (relation.relkind === "m")) {
      yield `${self}: the view ${isStored ? "has a" : "has no"} storage`;
    }
  }
}

/** The rules about what the queries say, for who can read them. */
export const checkViewQueries = (read: ReadQuery) =>
  function* viewQueries(view: DatabaseView): Faults {
    const lookup = lookupOf(view);
    for (const rule of view.own(pgRewrite)) {
      const self = rowText(pgRewrite, rule);
      let facts: StoredQueryFacts;
      try {
        facts = read(rule.ev_action, lookup);
      } catch (error) {
        yield `${self}: its query cannot be read: ${error instanceof Error ? error.message : error}`;
        continue;
      }
      yield* missingObjects(view, self, facts);
      yield* columnFaults(view, self, rule, facts);
      yield* dependencyFaults(view, self, rule, facts);
    }
  };

function* missingObjects(view: DatabaseView, self: string, { objects }: StoredQueryFacts): Faults {
  for (const { classOid, oid, subId } of objects) {
    if (objectExists(view, classOid, oid, subId)) continue;
    yield `${self}: it names ${objectText(classOid, oid, subId)}, which is not there`;
  }
}

function* columnFaults(
  view: DatabaseView,
  self: string,
  rule: Rule,
  { columns }: StoredQueryFacts,
): Faults {
  const rows = [...view.list(pgAttribute, ["attrelid"], [rule.ev_class])];
  rows.sort((a, b) => a.attnum - b.attnum);
  if (rows.length !== columns.length) {
    yield `${self}: it yields ${columns.length} columns, and the view has ${rows.length}`;
  }
  for (const [at, row] of rows.entries()) {
    const column = columns[at];
    if (!column) continue;
    const same =
      column.type === row.atttypid &&
      column.typmod === row.atttypmod &&
      column.collation === row.attcollation;
    if (!same) yield `${self}: it yields another type than column ${row.attnum} of the view has`;
  }
}

/** The view itself twice: the rule is part of it, and needs it like whatever it names. */
function* dependencyFaults(
  view: DatabaseView,
  self: string,
  rule: Rule,
  { references }: StoredQueryFacts,
): Faults {
  const own = { classOid: RELATION_CLASS, oid: rule.ev_class, subId: 0 };
  const namesOwn = references.some(
    ({ classOid, oid }) => classOid === RELATION_CLASS && oid === rule.ev_class,
  );
  const needed = namesOwn ? references : [own, ...references];
  const due = new Set([`i ${keyOf(own)}`, ...needed.map((each) => `n ${keyOf(each)}`)]);
  for (const row of view.list(pgDepend, ["classid", "objid"], [REWRITE_CLASS, rule.oid])) {
    const at = { classOid: row.refclassid, oid: row.refobjid, subId: row.refobjsubid };
    if (due.delete(`${row.deptype} ${keyOf(at)}`)) continue;
    const text = objectText(at.classOid, at.oid, at.subId);
    yield `${self}: it has a dependency ${row.deptype} on ${text}, which it does not name`;
  }
  for (const missing of due) yield `${self}: it has no dependency ${missing}`;
}

const keyOf = ({ classOid, oid, subId }: Address): string => `${classOid} ${oid} ${subId}`;
