/**
 * TYPE NAMES as format_type prints them.
 * https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-INFO-CATALOG
 */

import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { TypeTuple } from "../../catalog/names.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import { sqlTypeNames } from "../../catalog/sql-type-names.ts";
import { namespaceAlias } from "../../catalog/temporary-names.ts";
import { INTERVAL_FIELDS } from "../../catalog/type-name.ts";
import { quoteQualified } from "./keywords.ts";
import { T } from "./type-oids.ts";
import { findType, isVisible, type NameScope } from "./visibility.ts";

/** typmodout of interval: fields in the upper half, precision (65535 = all) in the lower. */
function intervalModifier(typmod: number): string {
  const fields = INTERVAL_FIELDS[(typmod >> 16) & 0x7fff];
  if (fields === undefined) {
    throw new SqlError("XX000", `invalid INTERVAL typmod: 0x${typmod.toString(16)}`);
  }
  const precision = typmod & 0xffff;
  return precision === 0xffff ? fields : `${fields}(${precision})`;
}

const numericModifier = (typmod: number): string =>
  `(${((typmod - 4) >> 16) & 0xffff},${(((typmod - 4) & 0x7ff) ^ 1024) - 1024})`;

/** typmodout; of what SQL knows without a modifier, none is shown. */
export function formatTypmod(type: Oid, typmod: number): string {
  const zone = sqlTypeNames.get(type)?.[1] ?? "";
  if (typmod < 0) return zone;
  switch (type) {
    case T.bool:
    case T.int2:
    case T.int4:
    case T.int8:
    case T.float4:
    case T.float8:
      return "";
    case T.varchar:
    case T.bpchar:
      return typmod > 4 ? `(${typmod - 4})` : "";
    case T.numeric:
      return typmod >= 4 ? numericModifier(typmod) : "";
    case T.interval:
      return intervalModifier(typmod);
    default:
      return `(${typmod})${zone}`;
  }
}

/**
 * format_type(type, typmod). `typmod` undefined = not given, which makes bpchar print as
 * `character`. `qualify` schema-qualifies every type that SQL has no own word for.
 */
export function formatType(
  type: Oid,
  typmod: number | undefined,
  scope: NameScope,
  qualify = false,
): string {
  if (type === 0) return "-";
  const modifier = typmod ?? -1;
  const known = sqlTypeNames.get(type);
  if (known) return known[0] + formatTypmod(type, modifier);
  if (type === T.bpchar && (modifier >= 0 || typmod === undefined)) {
    return `character${formatTypmod(type, modifier)}`;
  }
  if (type === T.bit && (modifier >= 0 || typmod === undefined)) {
    return `bit${formatTypmod(type, modifier)}`;
  }
  const row = scope.catalog.find(pgType, "key", [type]);
  if (!row) return "???";
  if (isTrueArray(row)) return `${formatType(row.typelem, typmod, scope, qualify)}[]`;
  return formatNamed(row, modifier, scope, qualify);
}

function formatNamed(row: TypeTuple, typmod: number, scope: NameScope, qualify: boolean): string {
  const named = findType(scope, row.oid);
  const bare = !qualify && named !== undefined && isVisible(named, scope);
  const schema = bare ? undefined : namespaceAlias(scope.catalog, row.typnamespace);
  return quoteQualified(schema, row.typname) + formatTypmod(row.oid, typmod);
}

const ARRAY_SUBSCRIPTS = 6179 as Oid;

/** A varlena array with elements, of records too; int2vector, name and point are not. */
const isTrueArray = (row: TypeTuple): boolean =>
  row.typelem !== 0 &&
  row.typsubscript === ARRAY_SUBSCRIPTS &&
  row.typname !== "oidvector" &&
  row.typname !== "int2vector";

/** How messages name a type: format_type without typmod. */
export const typeLabel = (type: Oid, scope: NameScope): string =>
  formatType(type, undefined, scope);
