/** Types as format_type shows them: SQL names, typmods, schema where the search path needs it. */
import type { Oid } from "../../base/ids.ts";
import { quoteIdentifier } from "../types/keywords.ts";
import type { TypeFacts } from "./facts.ts";
import { PG_CATALOG } from "./facts.ts";
import type { Names } from "./names.ts";

/** SQL's own names; `%` is where the typmod goes. */
const sqlNames: ReadonlyMap<number, string> = new Map([
  [16, "boolean"],
  [18, '"char"'],
  [20, "bigint"],
  [21, "smallint"],
  [23, "integer"],
  [700, "real"],
  [701, "double precision"],
  [1042, "character%"],
  [1043, "character varying%"],
  [1083, "time% without time zone"],
  [1114, "timestamp% without time zone"],
  [1184, "timestamp% with time zone"],
  [1186, "interval%"],
  [1266, "time% with time zone"],
  [1560, "bit%"],
  [1562, "bit varying%"],
  [1700, "numeric%"],
]);

/**
 * As format_type(oid, typmod). `typmod` undefined: format_type_be, with no claim about one
 * (char without a length is then "character", with -1 it is "bpchar").
 */
export function typeText(names: Names, type: Oid, typmod?: number): string {
  const facts = names.findType(type);
  if (!facts) return type === 0 ? "-" : "???";
  if (facts.isArray && facts.length === -1 && facts.name !== "int2vector" && facts.oid !== 30) {
    return `${typeText(names, facts.element, typmod)}[]`;
  }
  if (type === 1042 && typmod === -1) return "bpchar";
  if (type === 1560 && typmod === -1) return '"bit"';
  const sqlName = sqlNames.get(type);
  const modifier = typmod === undefined || typmod < 0 ? "" : modifierText(type, typmod);
  if (sqlName?.includes("%")) return sqlName.replace("%", modifier);
  return `${sqlName ?? qualifiedTypeName(names, facts)}${modifier}`;
}

function qualifiedTypeName(names: Names, facts: TypeFacts): string {
  const name = quoteIdentifier(facts.name);
  if (facts.namespace === PG_CATALOG ? names.searchPath.length > 0 : names.isTypeVisible(facts)) {
    if (names.isTypeVisible(facts)) return name;
  }
  return `${quoteIdentifier(names.namespaceName(facts.namespace))}.${name}`;
}

const intervalFields: ReadonlyMap<number, string> = new Map([
  [4, " year"],
  [2, " month"],
  [8, " day"],
  [1024, " hour"],
  [2048, " minute"],
  [4096, " second"],
  [6, " year to month"],
  [1032, " day to hour"],
  [3080, " day to minute"],
  [7176, " day to second"],
  [3072, " hour to minute"],
  [7168, " hour to second"],
  [6144, " minute to second"],
  [0x7fff, ""],
]);

/** What typmodout answers. */
function modifierText(type: Oid, typmod: number): string {
  switch (Number(type)) {
    case 1042:
    case 1043:
      return typmod > 4 ? `(${typmod - 4})` : "";
    case 1700: {
      const packed = typmod - 4;
      const scale = ((packed & 0x7ff) ^ 1024) - 1024;
      return `(${(packed >> 16) & 0xffff},${scale})`;
    }
    case 1186: {
      const fields = intervalFields.get((typmod >> 16) & 0x7fff) ?? "";
      const precision = typmod & 0xffff;
      return precision === 0xffff ? fields : `${fields}(${precision})`;
    }
    default:
      return `(${typmod})`;
  }
}
