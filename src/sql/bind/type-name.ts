/** Type names in expressions: x::varchar(10), CAST(x AS numeric(10,2)[]). */
import type { Node, TypeName } from "@pgsql/types";
import type { Oid } from "../../base/ids.ts";
import { notSupported } from "../../base/sql-error.ts";
import { resolveTypeName } from "../../catalog/type-name.ts";
import type { QuotedType } from "../parse/quoted-types.ts";
import { PG_CATALOG } from "./facts.ts";
import { strings } from "./node.ts";
import type { Scope } from "./scope.ts";

export interface TypeAndModifier {
  readonly type: Oid;
  readonly typmod: number;
}

/** 42704 where there is no such type. */
export function bindTypeName(scope: Scope, node: TypeName & QuotedType): TypeAndModifier {
  const parts = strings(node.names);
  const name = parts.at(-1) ?? "";
  const schema = parts.length > 1 ? parts.at(-2) : undefined;
  const position = scope.at(node.location);
  if (node.pct_type) throw notSupported("%TYPE", position);
  const isArray = (node.arrayBounds?.length ?? 0) > 0;
  if (!node.typmods?.length) {
    const builtin = findPlain(scope, schema, name);
    if (builtin && !isArray) return { type: builtin.oid, typmod: -1 };
    if (builtin && builtin.array !== 0) return { type: builtin.array, typmod: -1 };
  }
  const resolved = resolveTypeName(
    scope.binding.context.catalog,
    {
      name,
      ...(schema === undefined ? {} : { schema }),
      modifiers: (node.typmods ?? []).map((modifier) => modifierOf(modifier)),
      arrayDimensions: node.arrayBounds?.length ?? 0,
      ...(node.isQuoted ? { isExact: true } : {}),
      ...(position === undefined ? {} : { position }),
    },
    scope.names.searchPath,
    scope.binding.context.types.user.oid,
  );
  return { type: resolved.row.oid, typmod: resolved.typmod };
}

/** A finished type by name, in memory where it is built in. */
function findPlain(scope: Scope, schema: string | undefined, name: string) {
  const { names } = scope;
  const namespace = schema === "pg_catalog" ? PG_CATALOG : undefined;
  if (schema !== undefined && namespace === undefined) return undefined;
  const found = names.findTypeByName(namespace, name);
  return found?.defined ? found : undefined;
}

/** Undefined: it is not simple, which is an error of the types that have modifiers. */
function modifierOf(node: Node): number | string | undefined {
  if ("A_Const" in node) {
    const { ival, fval, sval } = node.A_Const;
    if (sval) return sval.sval ?? "";
    if (fval) return fval.fval ?? "";
    if (ival) return ival.ival ?? 0;
  }
  if ("ColumnRef" in node) {
    const names = strings(node.ColumnRef.fields);
    if (names.length === 1) return names[0] ?? "";
  }
  return undefined;
}
