/** CREATE, ALTER and DROP DATABASE. */
import type {
  AlterDatabaseSetStmt,
  AlterDatabaseStmt,
  CreatedbStmt,
  DefElem,
  DropdbStmt,
} from "libpg-query";
import { SqlError } from "../../base/sql-error.ts";
import type {
  AlterDatabase,
  CreateDatabase,
  DatabaseTablespace,
  DropDatabase,
} from "../../catalog/database-statement.ts";
import type { AlterDefaults } from "../../catalog/role-statement.ts";
import {
  bigintOption,
  booleanOption,
  integerOption,
  optionsByName,
  textOption,
  type Writable,
} from "./names.ts";
import { atLocation } from "./positions.ts";
import { settingChange } from "./settings.ts";

export function createDatabase(tree: CreatedbStmt): CreateDatabase {
  let statement: CreateDatabase = { kind: "createDatabase", name: tree.dbname ?? "" };
  let locale: string | undefined;
  for (const [name, option] of optionsByName(tree.options)) {
    if (name === "locale") locale = textOption(option);
    else statement = { ...statement, ...databaseOption(name, option) };
  }
  return locale === undefined ? statement : { collate: locale, ctype: locale, ...statement };
}

const texts: { readonly [option: string]: keyof CreateDatabase } = {
  owner: "owner",
  template: "template",
  lc_collate: "collate",
  lc_ctype: "ctype",
  icu_locale: "icuLocale",
  locale_provider: "localeProvider",
  collation_version: "collationVersion",
  tablespace: "tablespace",
  strategy: "strategy",
};

/** An option without a value is as good as none: = DEFAULT. */
function databaseOption(name: string, option: DefElem): Partial<CreateDatabase> {
  const text = texts[name];
  if (name === "location") return { location: atLocation(option.location) };
  if (text === undefined && !others.has(name)) throw unknownOption(name, option);
  if (option.arg === undefined) return {};
  if (text !== undefined) return { [text]: textOption(option) };
  switch (name) {
    case "encoding": {
      const isNumber = "Integer" in option.arg;
      const name = isNumber ? integerOption(option) : (textOption(option) ?? "");
      return { encoding: { name, ...atLocation(option.location) } };
    }
    case "oid":
      return { oid: Number(BigInt.asUintN(32, bigintOption(option))) };
    default:
      return alterableOption(name, option);
  }
}

const others = new Set(["encoding", "oid", "connection_limit", "allow_connections", "is_template"]);

const unknownOption = (name: string, option: DefElem): SqlError =>
  new SqlError("42601", `option "${name}" not recognized`, atLocation(option.location));

type Alterable = Omit<AlterDatabase, "kind" | "name">;

/** What CREATE and ALTER DATABASE both can say. */
function alterableOption(name: string, option: DefElem): Partial<Alterable> {
  if (option.arg === undefined) return {};
  if (name === "connection_limit") return { connectionLimit: integerOption(option) };
  if (name === "allow_connections") return { allowConnections: booleanOption(option) };
  return { isTemplate: booleanOption(option) };
}

export function alterDatabase(tree: AlterDatabaseStmt): AlterDatabase | DatabaseTablespace {
  const name = tree.dbname ?? "";
  const options = optionsByName(tree.options);
  for (const [each, option] of options) {
    const isKnown = ["connection_limit", "allow_connections", "is_template", "tablespace"];
    if (!isKnown.includes(each)) throw unknownOption(each, option);
  }
  const tablespace = options.get("tablespace");
  if (tablespace) {
    if (options.size > 1) {
      throw new SqlError(
        "0A000",
        `option "tablespace" cannot be specified with other options`,
        atLocation(tablespace.location),
      );
    }
    return { kind: "databaseTablespace", name, tablespace: textOption(tablespace) ?? "" };
  }
  const statement: Writable<AlterDatabase> = { kind: "alterDatabase", name };
  for (const [each, option] of options) Object.assign(statement, alterableOption(each, option));
  return statement;
}

export const alterDatabaseDefaults = (tree: AlterDatabaseSetStmt): AlterDefaults => ({
  kind: "alterDefaults",
  database: tree.dbname ?? "",
  change: settingChange(tree.setstmt),
});

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
