/** WHAT POLYMORPHIC OUTPUTS of a call stand for, by the argument that says so. */
import type { Oid } from "../../base/ids.ts";
import { typeUnder } from "../../catalog/domains.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgRange } from "../../catalog/relations/pg-range.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import * as t from "../bind/type-oids.ts";
import { elementTypeOf } from "../types/type-io.ts";

const ARRAYS: ReadonlySet<Oid> = new Set([t.ANYARRAY, t.ANYCOMPATIBLEARRAY]);
const RANGES: ReadonlySet<Oid> = new Set([t.ANYRANGE, t.ANYCOMPATIBLERANGE]);
const MULTIRANGES: ReadonlySet<Oid> = new Set([t.ANYMULTIRANGE, t.ANYCOMPATIBLEMULTIRANGE]);

function elementOf(catalog: CatalogReader, parameter: Oid, arg: Oid): Oid | undefined {
  const type = typeUnder(catalog, arg).type;
  if (ARRAYS.has(parameter)) return elementTypeOf(type, catalog);
  if (RANGES.has(parameter)) return catalog.find(pgRange, "key", [type])?.rngsubtype;
  if (!MULTIRANGES.has(parameter)) return arg;
  return catalog.find(pgRange, "rngmultitypid", [type])?.rngsubtype;
}

/** `declared` itself where nothing says more. */
export function outputType(
  catalog: CatalogReader,
  declared: Oid,
  parameters: readonly Oid[],
  args: readonly Oid[],
): Oid {
  if (!t.isPolymorphic(declared)) return declared;
  const alike = parameters.indexOf(declared);
  if (alike >= 0) return args[alike] ?? declared;
  if (RANGES.has(declared) || MULTIRANGES.has(declared)) return declared;
  const at = parameters.findIndex(t.isPolymorphic);
  const element = elementOf(catalog, parameters[at] ?? declared, args[at] ?? declared);
  if (element === undefined || !ARRAYS.has(declared)) return element ?? declared;
  return catalog.find(pgType, "key", [element])?.typarray ?? declared;
}
