/**
 * Expressions of checks, defaults, generated columns, indexes, publications and statistics: how
 * many a table has, which columns they are about, and that all they use is in pg_depend.
 */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import {
  ATTRDEF_CLASS,
  CONSTRAINT_CLASS,
  PUBLICATION_REL_CLASS,
  RELATION_CLASS,
  STATISTICS_CLASS,
} from "../class-oids.ts";
import type { ObjectLookup } from "../dependencies.ts";
import { addressOf, type ObjectAddress } from "../describe.ts";
import type { Tuple } from "../relation.ts";
import { pgAttrdef } from "../relations/pg-attrdef.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgIndex } from "../relations/pg-index.ts";
import { pgPublicationRel } from "../relations/pg-publication-rel.ts";
import { pgStatisticExt } from "../relations/pg-statistic-ext.ts";
import { lookupOf, objectText } from "./objects.ts";
import { rowText } from "./values.ts";
import type { DatabaseView, Faults } from "./view.ts";

/** What stored expressions over the columns of a relation say of themselves. */
export interface ReadExpression {
  /** Numbers of the columns, each once, as they come; 0 = the whole row. */
  readonly columns: readonly number[];
  readonly references: readonly {
    readonly classOid: Oid;
    readonly oid: Oid;
    readonly subId: number;
  }[];
}
export type ExpressionReader = (
  tree: string,
  relation: Oid,
  lookup: ObjectLookup,
) => ReadExpression;

/** relchecks counts the checks of a relation. */
export function* checkCounts(view: DatabaseView): Faults {
  for (const relation of view.examined(pgClass)) {
    const key = [relation.oid, "c"];
    const { length } = view.list(pgConstraint, ["conrelid", "contype"], key);
    if (length === relation.relchecks) continue;
    yield `${rowText(pgClass, relation)}: relchecks is ${relation.relchecks}, and it has ${length} checks`;
  }
}

export const checkExpressions = (read: ExpressionReader) =>
  function* expressions(view: DatabaseView): Faults {
    const lookup = lookupOf(view);
    for (const row of view.own(pgConstraint)) {
      if (row.conbin === null || row.oid < FIRST_USER_OID) continue;
      const self = rowText(pgConstraint, row);
      const { columns, references } = read(row.conbin, row.conrelid, lookup);
      if (columns.join() !== (row.conkey ?? []).join()) {
        yield `${self}: conkey is ${row.conkey}, and the check is about columns ${columns}`;
      }
      yield* missing(view, addressOf(CONSTRAINT_CLASS, row.oid), references);
    }
    for (const row of view.own(pgAttrdef)) {
      if (row.oid < FIRST_USER_OID) continue;
      const { columns, references } = read(row.adbin, row.adrelid, lookup);
      yield* missing(view, addressOf(ATTRDEF_CLASS, row.oid), references);
      yield* generatedFaults(view, row, columns);
    }
    for (const { indexrelid, indrelid, indexprs, indpred } of view.own(pgIndex)) {
      if (indexrelid < FIRST_USER_OID) continue;
      for (const tree of [indexprs, indpred]) {
        if (tree === null) continue;
        const { references } = read(tree, indrelid, lookup);
        yield* missing(view, addressOf(RELATION_CLASS, indexrelid), references, indrelid);
      }
    }
    for (const { oid, prqual, prrelid } of view.own(pgPublicationRel)) {
      if (prqual === null) continue;
      const { references } = read(prqual, prrelid, lookup);
      yield* missing(view, addressOf(PUBLICATION_REL_CLASS, oid), references);
    }
    for (const { oid, stxexprs, stxrelid } of view.own(pgStatisticExt)) {
      if (stxexprs === null) continue;
      const { references } = read(stxexprs, stxrelid, lookup);
      yield* missing(view, addressOf(STATISTICS_CLASS, oid), references, stxrelid);
    }
  };

/** `part`: the table that takes the object along when it goes. */
function* missing(
  view: DatabaseView,
  { classOid, oid }: ObjectAddress,
  references: ReadExpression["references"],
  part?: Oid,
): Faults {
  for (const { classOid: refclass, oid: ref, subId } of references) {
    const deptype = refclass === RELATION_CLASS && ref === part ? "a" : "n";
    const found = view.list(
      pgDepend,
      ["classid", "objid", "refclassid", "refobjid", "refobjsubid", "deptype"],
      [classOid, oid, refclass, ref, subId, deptype],
    );
    if (found.length > 0) continue;
    const other = objectText(refclass, ref, subId);
    yield `${objectText(classOid, oid, 0)}: it uses ${other} and does not depend on it`;
  }
}

/** A default is of no columns, a generated column of none that is generated. */
function* generatedFaults(
  view: DatabaseView,
  row: Tuple<(typeof pgAttrdef)["columns"]>,
  columns: readonly number[],
): Faults {
  const { adrelid, adnum } = row;
  const self = rowText(pgAttrdef, row);
  const generated = view.find(pgAttribute, adrelid, adnum)?.attgenerated ?? "";
  if (generated === "" && columns.length > 0) yield `${self}: the default is of columns ${columns}`;
  for (const attnum of columns) {
    const uses = view.find(pgAttribute, adrelid, attnum);
    if (uses && uses.attgenerated !== "") yield `${self}: it is of generated column ${attnum}`;
  }
}
