/** Indexes: a pg_class row, a pg_index row and the table that knows it has indexes. */
import { methodOf } from "../access-methods.ts";
import type { Tuple } from "../relation.ts";
import { pgAm } from "../relations/pg-am.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgIndex } from "../relations/pg-index.ts";
import { pgOpclass } from "../relations/pg-opclass.ts";
import { rowText } from "./values.ts";
import type { DatabaseView, Faults } from "./view.ts";

type IndexTuple = Tuple<(typeof pgIndex)["columns"]>;

const isIndex = (relkind: string): boolean => relkind === "i" || relkind === "I";

export function* checkIndexRelations(view: DatabaseView): Faults {
  for (const relation of view.examined(pgClass)) {
    if (!isIndex(relation.relkind) || view.find(pgIndex, relation.oid)) continue;
    yield `${rowText(pgClass, relation)}: the index has no pg_index row`;
  }
  for (const index of view.examined(pgIndex)) {
    const self = rowText(pgIndex, index);
    const relation = view.find(pgClass, index.indexrelid);
    const table = view.find(pgClass, index.indrelid);
    if (!relation || !table) continue; // the broken reference is reported
    if (!isIndex(relation.relkind)) yield `${self}: its relation is of kind ${relation.relkind}`;
    if (!"rpmt".includes(table.relkind))
      yield `${self}: it indexes a relation of kind ${table.relkind}`;
    if (!table.relhasindex) yield `${self}: relation ${table.oid} says that it has no index`;
    if (relation.relnamespace !== table.relnamespace)
      yield `${self}: it is not in its table's schema`;
    if (relation.relowner !== table.relowner) yield `${self}: it has not its table's owner`;
    if (relation.relpersistence !== table.relpersistence)
      yield `${self}: it is kept as ${relation.relpersistence}, its table ${table.relpersistence}`;
    if (relation.relnatts !== index.indnatts) {
      yield `${self}: indnatts is ${index.indnatts}, relnatts ${relation.relnatts}`;
    }
  }
}

export function* checkIndexColumns(view: DatabaseView): Faults {
  for (const index of view.examined(pgIndex)) {
    const self = rowText(pgIndex, index);
    const { indnatts, indnkeyatts, indkey } = index;
    if (indkey.length !== indnatts)
      yield `${self}: indkey has ${indkey.length} columns, not ${indnatts}`;
    for (const name of ["indcollation", "indclass", "indoption"] as const) {
      const { length } = index[name];
      if (length !== indnkeyatts)
        yield `${self}: ${name} has ${length} columns, not ${indnkeyatts}`;
    }
    const expressions = treesIn(index.indexprs);
    const wanted = indkey.filter((attnum) => attnum === 0).length;
    if (expressions !== wanted) {
      yield `${self}: indkey names ${wanted} expressions, and indexprs has ${expressions}`;
    }
    for (const attnum of indkey) {
      if (attnum === 0 || isColumn(view, index, attnum)) continue;
      yield `${self}: relation ${index.indrelid} has no column ${attnum}`;
    }
  }
}

/** How many trees are in the value; one that is not an object is reported elsewhere. */
function treesIn(stored: string | null): number {
  if (stored === null) return 0;
  const { tree } = JSON.parse(stored) as { readonly tree?: unknown };
  return Array.isArray(tree) ? tree.length : 1;
}

/** What an index has of its access method: no more than that can, and classes of its own. */
export function* checkIndexMethods(view: DatabaseView): Faults {
  for (const index of view.examined(pgIndex)) {
    const self = rowText(pgIndex, index);
    const relation = view.find(pgClass, index.indexrelid);
    const row = relation && view.find(pgAm, relation.relam);
    const method = row && methodOf(row);
    if (!method) {
      yield `${self}: ${relation?.relam} is no index access method`;
      continue;
    }
    const { indisunique, indnatts, indnkeyatts, indoption, indclass } = index;
    if (indisunique && !method.canUnique) yield `${self}: ${method.name} has no unique indexes`;
    if (indnkeyatts > 1 && !method.canMultiColumn)
      yield `${self}: ${method.name} has one column, not ${indnkeyatts}`;
    if (indnatts > indnkeyatts && !method.canInclude)
      yield `${self}: ${method.name} includes no columns`;
    if (!method.canOrder && indoption.some((option) => option !== 0))
      yield `${self}: ${method.name} keeps no order`;
    if (index.indisclustered && !method.canCluster)
      yield `${self}: tables are not clustered by ${method.name}`;
    for (const opclass of indclass) {
      const found = view.find(pgOpclass, opclass);
      if (found && found.opcmethod !== method.oid)
        yield `${self}: operator class ${opclass} is of access method ${found.opcmethod}`;
    }
  }
}

/** One index at most orders a table, one is its identity, and the table says so. */
export function* checkIndexMarks(view: DatabaseView): Faults {
  for (const table of view.examined(pgClass)) {
    const indexes = view.list(pgIndex, ["indrelid"], [table.oid]);
    const clustered = indexes.filter((index) => index.indisclustered).length;
    const identities = indexes.filter((index) => index.indisreplident).length;
    const self = rowText(pgClass, table);
    if (clustered > 1) yield `${self}: it is clustered by ${clustered} indexes`;
    // Dropping the index leaves the table as it is.
    const most = table.relreplident === "i" ? 1 : 0;
    if (identities > most) yield `${self}: ${identities} indexes are its replica identity`;
  }
}

function isColumn(view: DatabaseView, index: IndexTuple, attnum: number): boolean {
  const column = view.find(pgAttribute, index.indrelid, attnum);
  // System columns have numbers below 0 and, of user relations, no rows.
  return attnum < 0 || (column !== undefined && !column.attisdropped);
}

export function* checkPrimaryKeys(view: DatabaseView): Faults {
  for (const index of view.examined(pgIndex)) {
    if (!index.indisprimary || view.find(pgClass, index.indrelid)?.relkind === "t") continue;
    const self = rowText(pgIndex, index);
    if (!index.indisunique) yield `${self}: the primary key is not unique`;
    const keys = view.list(pgIndex, ["indrelid", "indisprimary"], [index.indrelid, true]);
    if (keys.length > 1)
      yield `${self}: relation ${index.indrelid} has ${keys.length} primary keys`;
    for (const attnum of index.indkey.slice(0, index.indnkeyatts)) {
      if (view.find(pgAttribute, index.indrelid, attnum)?.attnotnull !== false) continue;
      yield `${self}: column ${attnum} of the primary key may be null`;
    }
  }
}
