/** Columns: as many as the relation counts, numbered without gaps, of the type that they say. */
import type { Tuple } from "../relation.ts";
import { pgAttrdef } from "../relations/pg-attrdef.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgType } from "../relations/pg-type.ts";
import { rowText } from "./values.ts";
import type { DatabaseView, Faults } from "./view.ts";

type AttributeTuple = Tuple<(typeof pgAttribute)["columns"]>;

export function* checkAttributeNumbers(view: DatabaseView): Faults {
  for (const relation of view.examined(pgClass)) {
    const rows = view.list(pgAttribute, ["attrelid"], [relation.oid]);
    const numbers = rows.map((row) => row.attnum).filter((attnum) => attnum > 0);
    numbers.sort((a, b) => a - b);
    if (numbers.length !== relation.relnatts) {
      yield `${rowText(pgClass, relation)}: relnatts is ${relation.relnatts}, and it has ${numbers.length} columns`;
    }
    const gap = numbers.findIndex((attnum, at) => attnum !== at + 1);
    if (gap >= 0) yield `${rowText(pgClass, relation)}: it has no column ${gap + 1}`;
  }
}

/** What pg_attribute repeats of pg_type is the same there. */
export function* checkAttributeTypes(view: DatabaseView): Faults {
  for (const row of view.examined(pgAttribute)) {
    if (row.attisdropped) continue;
    const type = view.find(pgType, row.atttypid);
    if (!type) continue; // the broken reference is reported
    const same =
      row.attlen === type.typlen &&
      row.attbyval === type.typbyval &&
      row.attalign === type.typalign;
    if (!same) yield `${rowText(pgAttribute, row)}: it is not laid out as type ${type.typname}`;
  }
}

export function* checkDroppedAttributes(view: DatabaseView): Faults {
  for (const row of view.examined(pgAttribute)) {
    if (!row.attisdropped) continue;
    const faults = [
      row.attname === `........pg.dropped.${row.attnum}........` ? "" : "its name",
      row.atttypid === 0 ? "" : "its type",
      row.attnotnull ? "NOT NULL" : "",
      row.atthasdef ? "a default" : "",
      row.attgenerated === "" ? "" : "a generation expression",
    ].filter((what) => what !== "");
    for (const what of faults) {
      yield `${rowText(pgAttribute, row)}: the column is dropped and still has ${what}`;
    }
  }
}

/** atthasdef and pg_attrdef say the same. */
export function* checkDefaults(view: DatabaseView): Faults {
  for (const row of view.examined(pgAttribute)) {
    const found = view.list(pgAttrdef, ["adrelid", "adnum"], [row.attrelid, row.attnum]);
    if (!["", "s"].includes(row.attgenerated)) {
      yield `${rowText(pgAttribute, row)}: it is generated as ${row.attgenerated}`;
    }
    if (row.attgenerated !== "" && found.length === 0 && !row.attisdropped) {
      yield `${rowText(pgAttribute, row)}: it is generated from no expression`;
    }
    if (row.atthasdef === found.length > 0) continue;
    yield `${rowText(pgAttribute, row)}: atthasdef is ${row.atthasdef}, and it has ${found.length} defaults`;
  }
  for (const row of view.examined(pgAttrdef)) {
    const column: AttributeTuple | undefined = view.find(pgAttribute, row.adrelid, row.adnum);
    if (column && !column.attisdropped && row.adnum > 0) continue;
    yield `${rowText(pgAttrdef, row)}: there is no column ${row.adnum} of relation ${row.adrelid}`;
  }
}
