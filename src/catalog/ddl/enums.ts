/**
 * ENUMS: labels are rows of pg_enum, in the order of enumsortorder. A value is its label's oid, so
 * that a label can be renamed, and moves to another place never.
 * https://www.postgresql.org/docs/15/datatype-enum.html
 */
import type { Oid } from "../../base/ids.ts";
import { notice, SqlError } from "../../base/sql-error.ts";
import { TYPE_CLASS } from "../class-oids.ts";
import { tagOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { Tuple } from "../relation.ts";
import { pgEnum } from "../relations/pg-enum.ts";
import type { TypeName } from "../statement.ts";
import type { AddLabel, CreateEnum, RenameLabel } from "../type-statement.ts";
import type { DdlContext } from "./context.ts";
import { findType } from "./find-part.ts";
import { typeItself } from "./find-routine.ts";
import { allocateType, insertArrayType, insertType, placeForType } from "./new-types.ts";
import { checkOwnership } from "./object-ownership.ts";

type LabelTuple = Tuple<(typeof pgEnum)["columns"]>;

const ENUM = {
  typlen: 4,
  typbyval: true,
  typtype: "e",
  typcategory: "E",
  typinput: 3506 as Oid, // enum_in
  typoutput: 3507 as Oid,
  typreceive: 3532 as Oid,
  typsend: 3533 as Oid,
  typalign: "i",
  typstorage: "p",
};

export function createEnum(context: DdlContext, { type: named, labels }: CreateEnum): void {
  const namespace = placeForType(context, named);
  const oids = allocateType(context);
  insertType(context, namespace.oid, named.name, oids, ENUM);
  const numbers = labels.map(() => evenOid(context)).sort((a, b) => a - b);
  labels.forEach((label, at) => {
    checkLabel(label);
    if (labels.indexOf(label) < at) throw duplicateKey(oids.type, label);
    insertLabel(context, oids.type, numbers[at] as Oid, label, at + 1);
  });
  insertArrayType(context, namespace.oid, named.name, oids, "i");
}

/** Labels with even oids are in the order of their oids. */
function evenOid(context: DdlContext): Oid {
  for (;;) {
    const oid = context.allocateOid();
    if (oid % 2 === 0) return oid;
  }
}

const LABEL_BYTES_MAX = 63;

function checkLabel(label: string): void {
  if (Buffer.byteLength(label) <= LABEL_BYTES_MAX) return;
  const detail = `Labels must be ${LABEL_BYTES_MAX} bytes or less.`;
  throw new SqlError("42602", `invalid enum label "${label}"`, { detail });
}

function duplicateKey(type: Oid, label: string): SqlError {
  const constraint = "pg_enum_typid_label_index";
  const message = `duplicate key value violates unique constraint "${constraint}"`;
  const detail = `Key (enumtypid, enumlabel)=(${type}, ${label}) already exists.`;
  return new SqlError("23505", message, {
    detail,
    schema: "pg_catalog",
    table: "pg_enum",
    constraint,
  });
}

function insertLabel(context: DdlContext, type: Oid, oid: Oid, label: string, order: number) {
  context.catalog.insert(pgEnum, {
    oid,
    enumtypid: type,
    enumsortorder: order,
    enumlabel: label,
  });
}

/** The enum, locked against other changes, and its labels in their order. */
function enumToAlter(context: DdlContext, name: TypeName): { type: Oid; labels: LabelTuple[] } {
  const row = typeItself(context, name);
  if (row.typtype !== "e") {
    throw new SqlError("42809", `${context.expressions.typeText(row.oid)} is not an enum`);
  }
  const address = addressOf(TYPE_CLASS, row.oid);
  checkOwnership(
    context,
    findType(context, { kind: "type", isDomain: false, type: name }).ownership,
  );
  context.transaction.lock(tagOf(context.catalog.database, address), "ShareUpdateExclusive");
  const labels = [...context.catalog.list(pgEnum, "typid_label", [row.oid])];
  labels.sort((a, b) => a.enumsortorder - b.enumsortorder);
  return { type: row.oid, labels };
}

export function addLabel(context: DdlContext, statement: AddLabel): void {
  const { label, beside } = statement;
  const { type, labels } = enumToAlter(context, statement.type);
  checkLabel(label);
  if (labels.some(({ enumlabel }) => enumlabel === label)) {
    const message = `enum label "${label}" already exists`;
    if (!statement.ifNotExists) throw new SqlError("42710", message);
    context.notice(notice(`${message}, skipping`, {}, "42710"));
    return;
  }
  const at = beside ? placeBeside(labels, beside) : labels.length;
  const order = orderAt(labels, at) ?? orderAt(renumber(context, labels), at);
  const oid = oidFor(context, labels, at);
  insertLabel(context, type, oid, label, order as number);
  context.transaction.newLabels.add(oid);
}

function placeBeside(
  labels: readonly LabelTuple[],
  { label, isAfter }: NonNullable<AddLabel["beside"]>,
): number {
  const at = labels.findIndex(({ enumlabel }) => enumlabel === label);
  if (at < 0) throw missingLabel(label);
  return isAfter ? at + 1 : at;
}

const missingLabel = (label: string): SqlError =>
  new SqlError("22023", `"${label}" is not an existing enum label`);

type Ordered = Pick<LabelTuple, "enumsortorder">;

/** A place between two others; undefined when no float4 is left between them. */
function orderAt(labels: readonly Ordered[], at: number): number | undefined {
  const before = labels[at - 1]?.enumsortorder;
  const after = labels[at]?.enumsortorder;
  if (before === undefined) return after === undefined ? 1 : Math.fround(after - 1);
  if (after === undefined) return Math.fround(before + 1);
  const middle = Math.fround(Math.fround(before + after) / 2);
  return middle === before || middle === after ? undefined : middle;
}

/** From the last one down, so that no two have the same place meanwhile. */
function renumber(context: DdlContext, labels: readonly LabelTuple[]): Ordered[] {
  for (let at = labels.length - 1; at >= 0; at--) {
    const row = labels[at] as LabelTuple;
    context.catalog.update(pgEnum, row, { enumsortorder: at + 1 });
  }
  return labels.map((_, at) => ({ enumsortorder: at + 1 }));
}

/** Even where that is in the order of the even ones, otherwise odd. */
function oidFor(context: DdlContext, labels: readonly LabelTuple[], at: number): Oid {
  for (;;) {
    const oid = context.allocateOid();
    const inOrder = labels.every(
      ({ oid: other }, place) => other % 2 === 1 || (place < at ? other < oid : other > oid),
    );
    if (inOrder === (oid % 2 === 0)) return oid;
  }
}

export function renameLabel(context: DdlContext, statement: RenameLabel): void {
  const { label, newLabel } = statement;
  const { labels } = enumToAlter(context, statement.type);
  checkLabel(newLabel);
  const row = labels.find(({ enumlabel }) => enumlabel === label);
  if (!row) throw missingLabel(label);
  if (labels.some(({ enumlabel }) => enumlabel === newLabel)) {
    throw new SqlError("42710", `enum label "${newLabel}" already exists`);
  }
  context.catalog.update(pgEnum, row, { enumlabel: newLabel });
}
