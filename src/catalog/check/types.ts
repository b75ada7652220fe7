/** Types: a table and its row type name each other, a type and its array name each other. */
import { pgClass } from "../relations/pg-class.ts";
import { pgEnum } from "../relations/pg-enum.ts";
import { pgType } from "../relations/pg-type.ts";
import { rowText } from "./values.ts";
import type { DatabaseView, Faults } from "./view.ts";

/** Relations of these kinds have a row type; the others have none. */
const HAVE_ROW_TYPE = "rvmcfpx";

export function* checkRowTypes(view: DatabaseView): Faults {
  for (const relation of view.examined(pgClass)) {
    const self = rowText(pgClass, relation);
    if (!HAVE_ROW_TYPE.includes(relation.relkind)) {
      if (relation.reltype !== 0) yield `${self}: relkind ${relation.relkind} has no row type`;
      continue;
    }
    const type = view.find(pgType, relation.reltype);
    if (!type) {
      yield `${self}: it has no row type`;
      continue;
    }
    const of = `${self}: its row type ${type.oid}`;
    if (type.typrelid !== relation.oid) yield `${of} is that of relation ${type.typrelid}`;
    if (type.typtype !== "c") yield `${of} is of kind ${type.typtype}`;
    if (type.typname !== relation.relname) yield `${of} is called ${type.typname}`;
    if (type.typnamespace !== relation.relnamespace) yield `${of} is in another schema`;
    if (type.typowner !== relation.relowner) yield `${of} has another owner`;
  }
}

export function* checkTypesOfRelations(view: DatabaseView): Faults {
  for (const type of view.examined(pgType)) {
    if ((type.typtype === "c") !== (type.typrelid !== 0)) {
      yield `${rowText(pgType, type)}: typtype is ${type.typtype}, typrelid ${type.typrelid}`;
    }
    const relation = view.find(pgClass, type.typrelid);
    if (relation && relation.reltype !== type.oid) {
      yield `${rowText(pgType, type)}: relation ${relation.oid} has row type ${relation.reltype}`;
    }
  }
}

export function* checkArrayTypes(view: DatabaseView): Faults {
  for (const type of view.examined(pgType)) {
    const array = view.find(pgType, type.typarray);
    if (type.typtype === "c" && !array) yield `${rowText(pgType, type)}: it has no array type`;
    if (!array) continue;
    const of = `${rowText(pgType, type)}: its array type ${array.oid}`;
    if (array.typelem !== type.oid) yield `${of} is one over type ${array.typelem}`;
    if (array.typarray !== 0) yield `${of} has an array type itself`;
    // record[] is a pseudo-type itself.
    const category = array.typtype === "p" ? "P" : "A";
    if (array.typcategory !== category) yield `${of} is of category ${array.typcategory}`;
    if (!array.typname.startsWith("_")) yield `${of} is called ${array.typname}`;
    if (array.typnamespace !== type.typnamespace) yield `${of} is in another schema`;
    if (array.typowner !== type.typowner) yield `${of} has another owner`;
  }
}

/** An array type (and not a fixed vector of the system's) is that of its element type. */
export function* checkElementTypes(view: DatabaseView): Faults {
  for (const array of view.examined(pgType)) {
    if (array.typcategory !== "A" || !array.typname.startsWith("_")) continue;
    const element = view.find(pgType, array.typelem);
    if (element && element.typarray === array.oid) continue;
    yield `${rowText(pgType, array)}: type ${array.typelem} has array type ${element?.typarray}`;
  }
}

/** Labels are an enum's; those with even oids are in the order of their oids. */
export function* checkLabels(view: DatabaseView): Faults {
  const last = new Map<number, number>();
  for (const row of [...view.examined(pgEnum)].sort((a, b) => a.enumsortorder - b.enumsortorder)) {
    const { oid, enumtypid } = row;
    const kind = view.find(pgType, enumtypid)?.typtype;
    if (kind !== "e") yield `${rowText(pgEnum, row)}: its type is of kind ${kind}`;
    if (oid % 2 === 1) continue;
    if ((last.get(enumtypid) ?? 0) > oid) yield `${rowText(pgEnum, row)}: its oid is out of order`;
    last.set(enumtypid, oid);
  }
}
