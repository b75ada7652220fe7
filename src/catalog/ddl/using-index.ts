/**
 * ADD CONSTRAINT … USING INDEX: a unique index that is there becomes the index of a key. It must be
 * what the constraint would have made, or a dump could not be restored.
 * https://www.postgresql.org/docs/15/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX
 */
import type { Oid } from "../../base/ids.ts";
import { notice, SqlError } from "../../base/sql-error.ts";
import { RELATION_CLASS } from "../class-oids.ts";
import { referencesOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { ClassTuple } from "../names.ts";
import type { Tuple } from "../relation.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgIndex } from "../relations/pg-index.ts";
import type { KeyConstraint } from "../statement.ts";
import type { DdlContext } from "./context.ts";
import type { AttributeTuple } from "./defaults.ts";
import { checkConstraintName } from "./generated-names.ts";
import {
  BTREE,
  type ConstrainedTable,
  checkSinglePrimaryKey,
  defaultOpclass,
  insertKeyConstraint,
} from "./keys.ts";
import { lockRelation, lockRelationName, wrongKind } from "./lookup.ts";

type IndexTuple = Tuple<(typeof pgIndex)["columns"]>;

/** The constraint with the columns of the index that it names, which is fit for it. */
export function columnsOfIndex(
  context: DdlContext,
  table: ClassTuple,
  key: KeyConstraint,
): KeyConstraint {
  const { catalog } = context;
  const name = key.usingIndex ?? "";
  const relation = catalog.find(pgClass, "relname_nsp", [name, table.relnamespace]);
  if (!relation) throw new SqlError("42704", `index "${name}" does not exist`).at(key.position);
  const index = catalog.find(pgIndex, "key", [relation.oid]);
  if (!index) throw wrongKind(relation, "index");
  lockRelation(context, relation.oid, "AccessExclusive");
  const fault = unfitness(context, table, relation, index);
  if (fault) throw fault.at(key.position);
  const names = index.indkey.map((attnum) => columnOf(context, table.oid, attnum).attname);
  return {
    ...key,
    columns: names.slice(0, index.indnkeyatts),
    including: names.slice(index.indnkeyatts),
  };
}

const columnOf = (context: DdlContext, table: Oid, attnum: number): AttributeTuple =>
  context.catalog.find(pgAttribute, "key", [table, attnum]) as AttributeTuple;

/** What keeps the index from being that of a key, in PostgreSQL's order. */
function unfitness(
  context: DdlContext,
  table: ClassTuple,
  relation: ClassTuple,
  index: IndexTuple,
): SqlError | undefined {
  const { relname: name, relam } = relation;
  const state = (what: string) => new SqlError("55000", `index "${name}" ${what}`);
  const kind = (message: string) =>
    new SqlError("42809", message, {
      detail: "Cannot create a primary key or unique constraint using such an index.",
    });
  const constraints = context.catalog.list(pgConstraint, "conrelid_contypid_conname", [
    index.indrelid,
  ]);
  if (constraints.some((row) => row.conindid === relation.oid && row.contype !== "f")) {
    return state("is already associated with a constraint");
  }
  if (index.indrelid !== table.oid) return state(`does not belong to table "${table.relname}"`);
  if (!index.indisvalid) return state("is not valid");
  if (!index.indisunique) return kind(`"${name}" is not a unique index`);
  if (index.indexprs !== null) return kind(`index "${name}" contains expressions`);
  if (index.indpred !== null) return kind(`"${name}" is a partial index`);
  if (relam !== BTREE) return new SqlError("42809", `index "${name}" is not a btree`);
  const odd = index.indclass.findIndex((_, at) => sortsOddly(context, index, at));
  if (odd < 0) return undefined;
  return kind(`index "${name}" column number ${odd + 1} does not have default sorting behavior`);
}

function sortsOddly(context: DdlContext, index: IndexTuple, at: number): boolean {
  const column = columnOf(context, index.indrelid, index.indkey[at] ?? 0);
  const own = columnOf(context, index.indexrelid, at + 1);
  return (
    index.indclass[at] !== defaultOpclass(context, column.atttypid).oid ||
    index.indcollation[at] !== column.attcollation ||
    own.attoptions !== null ||
    index.indoption[at] !== 0
  );
}

/** Stages the constraint over the index, which takes its name or gives its own. */
export function createKeyOverIndex(
  context: DdlContext,
  table: ConstrainedTable,
  key: KeyConstraint,
): void {
  const { catalog } = context;
  const found = [key.usingIndex ?? "", table.namespace];
  const relation = catalog.find(pgClass, "relname_nsp", found) as ClassTuple;
  const name = key.name ?? relation.relname;
  if (name !== relation.relname) renameIndex(context, relation, name);
  checkSinglePrimaryKey(context, table, key);
  checkConstraintName(context, table, name);
  const self = addressOf(RELATION_CLASS, relation.oid);
  for (const row of referencesOf(catalog, self)) {
    if (row.refclassid === RELATION_CLASS && row.deptype === "a") catalog.delete(pgDepend, row);
  }
  const index = catalog.find(pgIndex, "key", [relation.oid]) as IndexTuple;
  insertKeyConstraint(context, table, key, index.indkey, name, relation.oid);
  const indisprimary = key.kind === "primaryKey";
  if (!indisprimary && !key.deferrable) return;
  catalog.update(pgIndex, index, { indisprimary, indimmediate: !key.deferrable });
}

function renameIndex(context: DdlContext, index: ClassTuple, name: string): void {
  const { catalog } = context;
  const what = "ALTER TABLE / ADD CONSTRAINT USING INDEX will rename index";
  context.notice(notice(`${what} "${index.relname}" to "${name}"`));
  lockRelationName(context, index.relnamespace, index.relname);
  lockRelationName(context, index.relnamespace, name);
  if (catalog.find(pgClass, "relname_nsp", [name, index.relnamespace])) {
    throw new SqlError("42P07", `relation "${name}" already exists`);
  }
  catalog.update(pgClass, index, { relname: name });
}
