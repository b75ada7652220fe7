/** CREATE DATABASE and DROP DATABASE. */
import type { CreatedbStmt, DefElem, DropdbStmt } from "libpg-query";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { CreateDatabase, DropDatabase, RoleSpec } from "../../catalog/statement.ts";
import { booleanOption, integerOption, optionsByName, textOption } from "./names.ts";
import { atLocation, positionOf } from "./positions.ts";

export function createDatabase(tree: CreatedbStmt): CreateDatabase {
  let statement: CreateDatabase = { kind: "createDatabase", name: tree.dbname ?? "" };
  let locale: string | undefined;
  let collate: string | undefined;
  let ctype: string | undefined;
  for (const [name, option] of optionsByName(tree.options)) {
    if (name === "locale") locale = textOption(option);
    else if (name === "lc_collate") collate = textOption(option);
    else if (name === "lc_ctype") ctype = textOption(option);
    else statement = { ...statement, ...databaseOption(name, option) };
  }
  if (locale !== undefined && (collate !== undefined || ctype !== undefined)) {
    throw new SqlError("42601", "conflicting or redundant options", {
      detail: "LOCALE cannot be specified together with LC_COLLATE or LC_CTYPE.",
    });
  }
  const chosen = {
    ...((collate ?? locale) === undefined ? {} : { collate: collate ?? locale ?? "" }),
    ...((ctype ?? locale) === undefined ? {} : { ctype: ctype ?? locale ?? "" }),
  };
  return Object.keys(chosen).length === 0 ? statement : { ...statement, locale: chosen };
}

function databaseOption(name: string, option: DefElem): Partial<CreateDatabase> {
  const text = option.arg === undefined ? undefined : textOption(option);
  switch (name) {
    case "owner":
      return text === undefined ? {} : { owner: ownerOf(text) };
    case "template":
      return text === undefined ? {} : { template: text };
    case "encoding":
      return text === undefined ? {} : { encoding: encodingOf(option, text) };
    case "connection_limit":
      return text === undefined ? {} : { connectionLimit: connectionLimit(option) };
    case "allow_connections":
      return text === undefined ? {} : { allowConnections: booleanOption(option) };
    case "is_template":
      return text === undefined ? {} : { isTemplate: booleanOption(option) };
    default:
      return refuseOption(name, option, text);
  }
}

function ownerOf(name: string): RoleSpec {
  return { kind: "name", name };
}

function connectionLimit(option: DefElem): number {
  const limit = integerOption(option);
  if (limit < -1) throw new SqlError("22023", `invalid connection limit: ${limit}`);
  return limit;
}

/** Encodings have numbers too; 6 is UTF8. https://www.postgresql.org/docs/15/multibyte.html */
function encodingOf(option: DefElem, text: string): string {
  if (option.arg === undefined || !("Integer" in option.arg)) return text;
  if (text === "6") return "UTF8";
  if (Number(text) < 0 || Number(text) > 41) {
    throw new SqlError(
      "42704",
      `${text} is not a valid encoding code`,
      atLocation(option.location),
    );
  }
  throw notSupported(`encoding ${text}`, positionOf(option.location));
}

/** Words whose only value here is what the server does anyway are accepted with that value. */
const onlyValues: { readonly [option: string]: string | undefined } = {
  tablespace: "pg_default",
  locale_provider: "libc",
};
const refusedOptions = new Set(["icu_locale", "collation_version", "strategy", "oid"]);

function refuseOption(
  name: string,
  option: DefElem,
  text: string | undefined,
): Partial<CreateDatabase> {
  if (name in onlyValues) {
    if (text === undefined || text === onlyValues[name]) return {};
    throw notSupported(`${name} ${text}`, positionOf(option.location));
  }
  if (name === "location" || refusedOptions.has(name)) {
    throw notSupported(name.toUpperCase(), positionOf(option.location));
  }
  throw new SqlError("42601", `option "${name}" not recognized`, atLocation(option.location));
}

export function dropDatabase(tree: DropdbStmt): DropDatabase {
  let force = false;
  for (const node of tree.options ?? []) {
    if (!("DefElem" in node)) continue;
    if (node.DefElem.defname !== "force") {
      throw new SqlError(
        "42601",
        `unrecognized DROP DATABASE option "${node.DefElem.defname}"`,
        atLocation(node.DefElem.location),
      );
    }
    force = true;
  }
  return {
    kind: "dropDatabase",
    name: tree.dbname ?? "",
    ifExists: tree.missing_ok ?? false,
    force,
  };
}
