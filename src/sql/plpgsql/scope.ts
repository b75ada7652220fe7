/** DECLARE as a block begins: each variable with its type and first value. */

import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { Scalar } from "../types/scalar.ts";
import type { Port, TypeTarget } from "./port.ts";
import { Store } from "./store.ts";
import type { Declaration, DeclaredType, SqlText } from "./tree.ts";
import { type Frame, row, scalar, shapeOf } from "./variables.ts";

const RECORD = 2249 as Oid;
const REFCURSOR = 1790 as Oid;

type Evaluate = (sql: SqlText) => { readonly value: Scalar; readonly type: Oid };

export function declare(each: Declaration, frame: Frame, port: Port, evaluate: Evaluate): void {
  if (each.kind === "refused") throw notSupported(`${each.what} in PL/pgSQL`);
  if (each.kind === "alias") {
    const found = frame.find(each.of);
    if (!found) throw new SqlError("42704", `variable "${each.of.join(".")}" does not exist`);
    frame.add(found.variable, each.name);
    return;
  }
  if (each.kind === "cursor") {
    const bound = scalar(each.name, REFCURSOR, each.name);
    frame.add({ ...bound, cursor: { declaration: each, frame } });
    return;
  }
  const { name, notNull, initial } = each;
  const declared = typeOf(each.type, frame, port);
  const { type, typmod } = declared;
  const collation = each.collation ? port.collation(each.collation, type) : declared.collation;
  const fields = type === RECORD ? undefined : port.fieldsOf(type);
  const given = initial && evaluate(initial);
  const store = new Store(port);
  if (type === RECORD || fields) {
    const variable = row(
      name,
      type,
      fields,
      fields?.map(() => null),
    );
    frame.add(variable);
    if (given) store.assign(frame, [name], given.value, given.type);
    return;
  }
  const made = scalar(name, type, null, typmod, notNull);
  const variable = { ...made, collation, isConstant: each.isConstant };
  if (given) store.setScalar(variable, given.value, given.type);
  frame.add(variable);
}

export function typeOf(declared: DeclaredType, frame: Frame, port: Port): TypeTarget {
  switch (declared.kind) {
    case "type":
      return port.resolveType(declared.text);
    case "rowOf":
      return { type: port.rowTypeOf(declared.path), typmod: -1 };
    case "like": {
      const found = frame.find(declared.path);
      return found ? shapeOf(found) : port.columnType(declared.path);
    }
  }
}
