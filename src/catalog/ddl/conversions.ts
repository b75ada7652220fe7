/**
 * CREATE CONVERSION of a function of the server's own, for encodings that this converts.
 * https://www.postgresql.org/docs/15/sql-createconversion.html
 */
import { type Oid, oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { CONVERSION_CLASS, NAMESPACE_CLASS, PROC_CLASS } from "../class-oids.ts";
import { addDependency, addOwner } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { encodingName, encodingNumber } from "../encodings.ts";
import type { CreateConversion } from "../handled-statement.ts";
import { pgConversion } from "../relations/pg-conversion.ts";
import { lockName } from "./alter-objects.ts";
import type { DdlContext } from "./context.ts";
import { findRoutineOfTypes } from "./find-routine.ts";
import { creationNamespace } from "./lookup.ts";

const [INT4, BOOL, CSTRING, INTERNAL] = [oid(23), oid(16), oid(2275), oid(2281)];
const ARGUMENTS = [INT4, INT4, CSTRING, INTERNAL, INT4, BOOL];
const SQL_ASCII = 0;

/** Throws 42501, 42704, 42710, 42883, 42P17, XX000. */
export function createConversion(context: DdlContext, statement: CreateConversion): void {
  const { catalog, user } = context;
  const { name } = statement.name;
  const namespace = creationNamespace(context, statement.name);
  const from = encodingNamed(statement.source, "source");
  const to = encodingNamed(statement.target, "destination");
  if (from === SQL_ASCII || to === SQL_ASCII) {
    const message = `encoding conversion to or from "SQL_ASCII" is not supported`;
    throw new SqlError("42P17", message);
  }
  const { oid: conproc, proname } = findRoutineOfTypes(context, statement.function, ARGUMENTS);
  checkEncodings(context, conproc, proname, from, to);
  lockName(context, CONVERSION_CLASS, namespace.oid, name);
  if (catalog.find(pgConversion, "name_nsp", [name, namespace.oid])) {
    throw new SqlError("42710", `conversion "${name}" already exists`);
  }
  if (statement.isDefault) refuseSecondDefault(context, namespace.oid, from, to);
  const oid = context.allocateOid();
  catalog.insert(pgConversion, {
    ...{ oid, conname: name, connamespace: namespace.oid, conowner: user.oid },
    ...{ conforencoding: from, contoencoding: to, conproc, condefault: statement.isDefault },
  });
  const self = addressOf(CONVERSION_CLASS, oid);
  addDependency(catalog, self, addressOf(PROC_CLASS, conproc), "n");
  addDependency(catalog, self, addressOf(NAMESPACE_CLASS, namespace.oid), "n");
  addOwner(catalog, self, user.oid);
}

function encodingNamed(name: string, which: string): number {
  const number = encodingNumber(name);
  if (number >= 0) return number;
  throw new SqlError("42704", `${which} encoding "${name}" does not exist`);
}

function refuseSecondDefault(context: DdlContext, namespace: Oid, from: number, to: number) {
  lockName(context, CONVERSION_CLASS, namespace, `default ${from} ${to}`);
  const rows = context.catalog.list(pgConversion, "default", [namespace, from, to]);
  if (!rows.some(({ condefault }) => condefault)) return;
  const encodings = `${encodingName(from)} to ${encodingName(to)}`;
  throw new SqlError("42710", `default conversion for ${encodings} already exists`);
}

/** PostgreSQL has the function convert nothing, which looks at the encodings. */
function checkEncodings(
  { catalog }: DdlContext,
  conproc: Oid,
  proname: string,
  from: number,
  to: number,
): void {
  const known = [...catalog.all(pgConversion)].filter((row) => row.conproc === conproc);
  if (known.some((row) => row.conforencoding === from && row.contoencoding === to)) return;
  const sides = [
    ["source", from, known.map(({ conforencoding }) => conforencoding)],
    ["destination", to, known.map(({ contoencoding }) => contoencoding)],
  ] as const;
  for (const [side, given, all] of sides) {
    if (new Set(all).size !== 1 || all[0] === given) continue;
    const expected = `expected ${side} encoding "${encodingName(all[0] as number)}"`;
    throw new SqlError("XX000", `${expected}, but got "${encodingName(given)}"`);
  }
  const [, wrong] = sides.find(([, given, all]) => !all.includes(given)) ?? sides[0];
  const sets = proname.includes("win") ? "WIN" : "ISO 8859";
  throw new SqlError("XX000", `unexpected encoding ID ${wrong} for ${sets} character sets`);
}
