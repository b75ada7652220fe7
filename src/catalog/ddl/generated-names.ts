/**
 * NAMES THAT POSTGRESQL MAKES UP: t_pkey, t_a_b_key, t_id_seq, _t. Each is locked when it is
 * chosen, so that nobody else takes it meanwhile.
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { nameTag } from "../../txn/lock-tag.ts";
import { CONSTRAINT_CLASS } from "../class-oids.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgType } from "../relations/pg-type.ts";
import type { DdlContext } from "./context.ts";
import { lockRelationName } from "./lookup.ts";

/** NAMEDATALEN - 1 */
export const IDENTIFIER_BYTES_MAX = 63;

/** As many bytes of the text as fit, cut between characters. */
export function clip(text: string, bytes: number): string {
  const buffer = Buffer.from(text);
  if (buffer.length <= bytes) return text;
  let end = bytes;
  while (end > 0 && ((buffer[end] ?? 0) & 0xc0) === 0x80) end--;
  return buffer.toString("utf8", 0, end);
}

/** name1_name2_label within the length of an identifier: the longer of the two names gives way. */
export function makeObjectName(name1: string, name2: string | undefined, label: string): string {
  const overhead = Buffer.byteLength(label) + 1 + (name2 === undefined ? 0 : 1);
  const room = IDENTIFIER_BYTES_MAX - overhead;
  let first = Buffer.byteLength(name1);
  let second = name2 === undefined ? 0 : Buffer.byteLength(name2);
  while (first + second > room) {
    if (first > second) first--;
    else second--;
  }
  const parts = [clip(name1, first)];
  if (name2 !== undefined) parts.push(clip(name2, second));
  return [...parts, label].join("_");
}

/**
 * A free relation name: name1_name2_label, label1, label2, … That of a key must be no constraint's
 * either.
 */
export function chooseRelationName(
  context: DdlContext,
  namespace: Oid,
  name1: string,
  name2: string | undefined,
  label: string,
): string {
  const { catalog } = context;
  for (let pass = 0; ; pass++) {
    const name = makeObjectName(name1, name2, pass === 0 ? label : `${label}${pass}`);
    lockRelationName(context, namespace, name);
    const isKey = label === "pkey" || label === "key" || label === "excl";
    const taken =
      catalog.find(pgClass, "relname_nsp", [name, namespace]) ??
      (isKey ? catalog.list(pgConstraint, "conname_nsp", [name, namespace])[0] : undefined);
    if (!taken) return name;
  }
}

/**
 * A free constraint name: name1_name2_label, label1, label2, … Names of constraints are unique in a
 * table only; made-up ones avoid those of the whole schema.
 */
export function chooseConstraintName(
  context: DdlContext,
  namespace: Oid,
  name1: string,
  name2: string | undefined,
  label: string,
): string {
  const { catalog, transaction } = context;
  for (let pass = 0; ; pass++) {
    const name = makeObjectName(name1, name2, pass === 0 ? label : `${label}${pass}`);
    const tag = nameTag(catalog.database, CONSTRAINT_CLASS, namespace, name);
    transaction.lock(tag, "AccessExclusive");
    if (catalog.list(pgConstraint, "conname_nsp", [name, namespace]).length === 0) return name;
  }
}

/** 42710 when the table has a constraint of this name. */
export function checkConstraintName(
  context: DdlContext,
  table: { readonly oid: Oid; readonly name: string },
  name: string,
): void {
  const key = [table.oid, NO_DOMAIN, name];
  if (!context.catalog.find(pgConstraint, "conrelid_contypid_conname", key)) return;
  const message = `constraint "${name}" for relation "${table.name}" already exists`;
  throw new SqlError("42710", message);
}
const NO_DOMAIN = 0;

/** Column names joined by underscores, no longer than PostgreSQL lets them be. */
export function joinColumns(columns: readonly string[]): string {
  let text = "";
  for (const column of columns) {
    text = text === "" ? column : `${text}_${column}`;
    if (Buffer.byteLength(text) > IDENTIFIER_BYTES_MAX) break;
  }
  return text;
}

/**
 * An array type that PostgreSQL named gives way to whoever wants its name. False when another type
 * has the name.
 */
export function moveArrayType(context: DdlContext, namespace: Oid, name: string): boolean {
  const { catalog } = context;
  const type = catalog.find(pgType, "typname_nsp", [name, namespace]);
  if (!type) return true;
  const element = type.typelem === 0 ? undefined : catalog.find(pgType, "key", [type.typelem]);
  if (element?.typarray !== type.oid) return false;
  catalog.update(pgType, type, { typname: chooseArrayTypeName(context, namespace, name) });
  return true;
}

/** No type has the name, or an array type that made room; 42710 otherwise. */
export function freeTypeName(context: DdlContext, namespace: Oid, name: string): void {
  if (moveArrayType(context, namespace, name)) return;
  throw new SqlError("42710", `type "${name}" already exists`, {
    hint: "A relation has an associated type of the same name, so you must use a name that doesn't conflict with any existing type.",
  });
}

/** The array type's name: an underscore before, more of them while it is taken. */
export function chooseArrayTypeName(context: DdlContext, namespace: Oid, name: string): string {
  for (let underscores = "_"; ; underscores += "_") {
    const candidate = clip(`${underscores}${name}`, IDENTIFIER_BYTES_MAX);
    lockRelationName(context, namespace, candidate);
    if (!context.catalog.find(pgType, "typname_nsp", [candidate, namespace])) return candidate;
  }
}
