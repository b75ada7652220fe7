/** Indexes: a pg_class row, a pg_index row and the table that knows it has indexes. */
import type { Tuple } from "../relation.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgIndex } from "../relations/pg-index.ts";
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
    if (indkey.includes(0) !== (index.indexprs !== null)) {
      yield `${self}: indkey and indexprs disagree about expressions`;
    }
    for (const attnum of indkey) {
      if (attnum === 0 || isColumn(view, index, attnum)) continue;
      yield `${self}: relation ${index.indrelid} has no column ${attnum}`;
    }
  }
}

function isColumn(view: DatabaseView, index: IndexTuple, attnum: number): boolean {
  const column = view.find(pgAttribute, index.indrelid, attnum);
  // System columns have numbers below 0 and, of user relations, no rows.
  return attnum < 0 || (column !== undefined && !column.attisdropped);
}

export function* checkPrimaryKeys(view: DatabaseView): Faults {
  for (const index of view.examined(pgIndex)) {
    if (!index.indisprimary) continue;
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
