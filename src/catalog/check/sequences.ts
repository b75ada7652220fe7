/** Sequences: what they count in, and the columns that they belong to. */
import { RELATION_CLASS } from "../class-oids.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgSequence } from "../relations/pg-sequence.ts";
import { rowText } from "./values.ts";
import type { DatabaseView, Faults } from "./view.ts";

const COLUMNS = "last_value,log_cnt,is_called";
/** Bits of int2, int4, int8. */
const BITS: Readonly<Record<number, bigint>> = { 21: 16n, 23: 32n, 20: 64n };

export function* checkSequenceRelations(view: DatabaseView): Faults {
  for (const relation of view.examined(pgClass)) {
    if (relation.relkind !== "S") continue;
    const self = rowText(pgClass, relation);
    if (!view.find(pgSequence, relation.oid)) yield `${self}: the sequence has no pg_sequence row`;
    const columns = [...view.list(pgAttribute, ["attrelid"], [relation.oid])];
    columns.sort((a, b) => a.attnum - b.attnum);
    const names = columns.filter((row) => row.attnum > 0).map((row) => row.attname);
    if (names.join() !== COLUMNS) yield `${self}: the sequence has columns ${names}`;
    if (relation.relfilenode === 0) yield `${self}: the sequence has no storage`;
  }
}

export function* checkSequenceRules(view: DatabaseView): Faults {
  for (const row of view.examined(pgSequence)) {
    const self = rowText(pgSequence, row);
    const relkind = view.find(pgClass, row.seqrelid)?.relkind;
    if (relkind !== "S") yield `${self}: its relation is of kind ${relkind}`;
    const bits = BITS[row.seqtypid];
    if (bits === undefined) {
      yield `${self}: it counts in type ${row.seqtypid}`;
      continue;
    }
    const limit = 1n << (bits - 1n);
    const { seqmin, seqmax, seqstart, seqincrement, seqcache } = row;
    if (seqmin < -limit || seqmax >= limit || seqmin >= seqmax) {
      yield `${self}: its bounds are ${seqmin} and ${seqmax}`;
    }
    if (seqstart < seqmin || seqstart > seqmax) yield `${self}: it starts at ${seqstart}`;
    if (seqincrement === 0n) yield `${self}: its increment is 0`;
    if (seqcache < 1n) yield `${self}: its cache is ${seqcache}`;
  }
}

/** A sequence that belongs to a column is in the table's schema and of its owner. */
export function* checkOwnedSequences(view: DatabaseView): Faults {
  for (const row of view.examined(pgDepend)) {
    if (row.classid !== RELATION_CLASS || row.refclassid !== RELATION_CLASS) continue;
    const sequence = view.find(pgClass, row.objid);
    const table = view.find(pgClass, row.refobjid);
    if (sequence?.relkind !== "S" || !table) continue;
    const self = `${rowText(pgClass, sequence)}: the sequence of column ${row.refobjsubid} of ${table.oid}`;
    if (row.refobjsubid === 0)
      yield `${rowText(pgClass, sequence)}: it depends on a whole relation`;
    if (sequence.relnamespace !== table.relnamespace) yield `${self} is not in the table's schema`;
    if (sequence.relowner !== table.relowner) yield `${self} has not the table's owner`;
    if (row.deptype !== "i") continue;
    const column = view.find(pgAttribute, row.refobjid, row.refobjsubid);
    if (column && column.attidentity === "")
      yield `${self} is internal to a column without identity`;
  }
}

/** An identity column has exactly one sequence that is part of it. */
export function* checkIdentities(view: DatabaseView): Faults {
  for (const row of view.examined(pgAttribute)) {
    if (row.attidentity === "" || row.attisdropped) continue;
    const self = rowText(pgAttribute, row);
    const sequences = view
      .list(
        pgDepend,
        ["refclassid", "refobjid", "refobjsubid", "deptype"],
        [RELATION_CLASS, row.attrelid, row.attnum, "i"],
      )
      .filter((dependency) => view.find(pgClass, dependency.objid)?.relkind === "S");
    if (sequences.length !== 1) yield `${self}: the identity has ${sequences.length} sequences`;
    if (!row.attnotnull) yield `${self}: the identity may be null`;
    if (row.atthasdef) yield `${self}: it has both an identity and a default`;
  }
}
