/** COLLATE "name" of a type that has collations. */
import type { CollateClause } from "@pgsql/types";
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { strings } from "./node.ts";
import type { Scope } from "./scope.ts";
import { UNKNOWN } from "./type-oids.ts";
import { typeText } from "./type-text.ts";

/** 42804 for a type without collations, 42704 for a collation that there is not. */
export function bindCollationName(scope: Scope, node: CollateClause, type: Oid): Oid {
  const position = scope.at(node.location);
  const { names } = scope;
  if (type !== UNKNOWN && names.type(type).collation === INVALID_OID) {
    const message = `collations are not supported by type ${typeText(names, type)}`;
    throw new SqlError("42804", message).at(position);
  }
  const parts = strings(node.collname);
  const schema = parts.length > 1 ? parts.at(-2) : undefined;
  const namespace = schema === undefined ? undefined : names.getNamespace(schema, position);
  const found = names.findCollation(namespace, parts.at(-1) ?? "");
  if (found) return found.oid;
  const message = `collation "${parts.join(".")}" for encoding "UTF8" does not exist`;
  throw new SqlError("42704", message).at(position);
}
