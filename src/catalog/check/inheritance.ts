/** Inheritance: who is whose child, and what a child counts of its parents. */
import { RELATION_CLASS } from "../class-oids.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgInherits } from "../relations/pg-inherits.ts";
import { rowText } from "./values.ts";
import type { DatabaseView, Faults } from "./view.ts";

/** A child depends on its parent, and the parent says that it may have children. */
export function* checkParents(view: DatabaseView): Faults {
  for (const row of view.own(pgInherits)) {
    const parent = view.find(pgClass, row.inhparent);
    if (parent && !parent.relhassubclass) {
      yield `${rowText(pgInherits, row)}: relation ${row.inhparent} says that it has no children`;
    }
    const found = view.list(
      pgDepend,
      ["classid", "objid", "objsubid", "refclassid", "refobjid", "refobjsubid"],
      [RELATION_CLASS, row.inhrelid, 0, RELATION_CLASS, row.inhparent, 0],
    );
    if (found.length !== 1)
      yield `${rowText(pgInherits, row)}: it has ${found.length} dependencies`;
    if (ancestors(view, row.inhparent).includes(row.inhrelid)) {
      yield `${rowText(pgInherits, row)}: it is its own ancestor`;
    }
  }
}

function ancestors(view: DatabaseView, relation: number): readonly number[] {
  const found = [relation];
  for (const each of found) {
    for (const { inhparent } of view.list(pgInherits, ["inhrelid"], [each])) {
      if (!found.includes(inhparent)) found.push(inhparent);
    }
  }
  return found;
}

/** attinhcount says how many parents have the column; it is local if none has. */
export function* checkInheritedColumns(view: DatabaseView): Faults {
  for (const row of view.own(pgAttribute)) {
    if (row.attnum < 1 || row.attisdropped) continue;
    const parents = view.list(pgInherits, ["inhrelid"], [row.attrelid]);
    const having = parents.filter(({ inhparent }) =>
      view
        .list(pgAttribute, ["attrelid", "attname"], [inhparent, row.attname])
        .some(({ atttypid }) => atttypid === row.atttypid),
    );
    const isTable = "rpf".includes(view.find(pgClass, row.attrelid)?.relkind ?? "");
    if (isTable && row.attinhcount !== having.length) {
      yield `${rowText(pgAttribute, row)}: ${having.length} parents have it, not ${row.attinhcount}`;
    }
    if (!row.attislocal && row.attinhcount === 0) {
      yield `${rowText(pgAttribute, row)}: it is neither local nor inherited`;
    }
  }
}

/** coninhcount of a check is how many parents have it. */
export function* checkInheritedChecks(view: DatabaseView): Faults {
  for (const row of view.own(pgConstraint)) {
    if (row.contype !== "c" || row.conrelid === 0) continue;
    const parents = view.list(pgInherits, ["inhrelid"], [row.conrelid]);
    const having = parents.filter(({ inhparent }) =>
      view
        .list(pgConstraint, ["conrelid", "conname"], [inhparent, row.conname])
        .some(({ contype, connoinherit }) => contype === "c" && !connoinherit),
    );
    if (row.coninhcount === having.length && (row.conislocal || row.coninhcount > 0)) continue;
    yield `${rowText(pgConstraint, row)}: ${having.length} parents have it, not ${row.coninhcount}`;
  }
}
