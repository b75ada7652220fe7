/**
 * TEXT SEARCH CONFIGURATIONS: rows that say which dictionaries would see the tokens of a parser.
 * https://www.postgresql.org/docs/15/sql-createtsconfig.html
 */
import type { Oid } from "../../base/ids.ts";
import { notice, notSupported, SqlError } from "../../base/sql-error.ts";
import { NAMESPACE_CLASS, TS_CONFIG_CLASS, TS_DICT_CLASS, TS_PARSER_CLASS } from "../class-oids.ts";
import type { DefinitionItem } from "../defined-statement.ts";
import { addDependencies, addDependency, addOwner, referencesOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgTsConfig } from "../relations/pg-ts-config.ts";
import { pgTsConfigMap } from "../relations/pg-ts-config-map.ts";
import type { AlterConfiguration, CreateSearchObject } from "../text-search-statement.ts";
import { tokenTypes } from "../token-types.ts";
import { lockName } from "./alter-objects.ts";
import type { DdlContext } from "./context.ts";
import { findQualified } from "./find-named.ts";
import { lockFound } from "./find-object.ts";
import { creationNamespace } from "./lookup.ts";
import { checkOwnership } from "./object-ownership.ts";
import { duplicateRow, nameIn } from "./search-objects.ts";

/** Throws 42501, 42601, 42704, 42P17, 23505. */
export function createConfiguration(context: DdlContext, statement: CreateSearchObject): void {
  const { catalog, user } = context;
  const { name } = statement.name;
  const namespace = creationNamespace(context, statement.name);
  const { parser, source } = sourceOf(context, statement.items);
  lockName(context, TS_CONFIG_CLASS, namespace.oid, name);
  if (catalog.find(pgTsConfig, "cfgname", [name, namespace.oid])) {
    throw duplicateRow("pg_ts_config", "pg_ts_config_cfgname_index", {
      cfgname: name,
      cfgnamespace: namespace.oid,
    });
  }
  const oid = context.allocateOid();
  catalog.insert(pgTsConfig, {
    ...{ oid, cfgname: name, cfgnamespace: namespace.oid, cfgowner: user.oid, cfgparser: parser },
  });
  const rows = source === undefined ? [] : catalog.list(pgTsConfigMap, "key", [source]);
  for (const { maptokentype, mapseqno, mapdict } of rows) {
    catalog.insert(pgTsConfigMap, { mapcfg: oid, maptokentype, mapseqno, mapdict });
  }
  const self = addressOf(TS_CONFIG_CLASS, oid);
  addDependency(catalog, self, addressOf(NAMESPACE_CLASS, namespace.oid), "n");
  addOwner(catalog, self, user.oid);
  addDependency(catalog, self, addressOf(TS_PARSER_CLASS, parser), "n");
  dependOnDictionaries(context, oid);
}

/** PARSER, or COPY and that one's parser. */
function sourceOf(context: DdlContext, items: readonly DefinitionItem[]) {
  let parser: Oid | undefined;
  let source: Oid | undefined;
  for (const item of items) {
    const found = (noun: "text search parser" | "text search configuration") =>
      findQualified(context, noun, nameIn(item)).address.oid;
    if (item.name === "parser") parser = found("text search parser");
    else if (item.name === "copy") source = found("text search configuration");
    else {
      const message = `text search configuration parameter "${item.name}" not recognized`;
      throw new SqlError("42601", message);
    }
  }
  if (parser !== undefined && source !== undefined) {
    throw new SqlError("42601", "cannot specify both PARSER and COPY options");
  }
  parser ??= context.catalog.find(pgTsConfig, "key", [source ?? 0])?.cfgparser;
  if (parser === undefined) throw new SqlError("42P17", "text search parser is required");
  return { parser, source };
}

function dependOnDictionaries({ catalog }: DdlContext, configuration: Oid): void {
  const self = addressOf(TS_CONFIG_CLASS, configuration);
  for (const row of referencesOf(catalog, self)) {
    if (row.refclassid === TS_DICT_CLASS) catalog.delete(pgDepend, row);
  }
  const rows = catalog.list(pgTsConfigMap, "key", [configuration]);
  const referenced = rows.map(({ mapdict }) => addressOf(TS_DICT_CLASS, mapdict));
  addDependencies(
    catalog,
    self,
    referenced.map((each) => ({ referenced: each, deptype: "n" })),
  );
}

/** Throws 42704, 42501, 22023, 23505. */
export function alterConfiguration(context: DdlContext, statement: AlterConfiguration): void {
  const { catalog } = context;
  const found = findQualified(context, "text search configuration", statement.name);
  checkOwnership(context, found.ownership);
  lockFound(context, found, "AccessExclusive");
  const { oid } = found.address;
  if (!catalog.findLayers(pgTsConfig, [oid]).own) {
    throw notSupported("a change of the system's own objects");
  }
  const named = statement.tokens && [...new Set(statement.tokens)];
  const tokens = named?.map((name) => ({ name, number: tokenNumber(name) }));
  if (statement.action === "drop") dropMappings(context, oid, tokens ?? [], statement.ifExists);
  else if (statement.action === "replace") replaceDictionary(context, oid, tokens, statement);
  else addMappings(context, oid, tokens ?? [], statement);
  dependOnDictionaries(context, oid);
}

interface Token {
  readonly name: string;
  readonly number: number;
}

function tokenNumber(name: string): number {
  const at = tokenTypes.findIndex(([alias]) => alias === name);
  if (at < 0) throw new SqlError("22023", `token type "${name}" does not exist`);
  return at + 1;
}

const mappingsOf = ({ catalog }: DdlContext, configuration: Oid, { number }: Token) =>
  catalog.list(pgTsConfigMap, "key", [configuration, number]);

const dictionariesOf = (context: DdlContext, { dictionaries }: AlterConfiguration) =>
  dictionaries.map((name) => findQualified(context, "text search dictionary", name).address.oid);

function addMappings(
  context: DdlContext,
  mapcfg: Oid,
  tokens: readonly Token[],
  statement: AlterConfiguration,
): void {
  const { catalog } = context;
  const dictionaries = dictionariesOf(context, statement);
  for (const token of tokens) {
    const { number: maptokentype } = token;
    const there = mappingsOf(context, mapcfg, token);
    if (statement.action === "alter") for (const row of there) catalog.delete(pgTsConfigMap, row);
    else if (there.length > 0) {
      const key = { mapcfg, maptokentype, mapseqno: 1 };
      throw duplicateRow("pg_ts_config_map", "pg_ts_config_map_index", key);
    }
    dictionaries.forEach((mapdict, at) => {
      catalog.insert(pgTsConfigMap, { mapcfg, maptokentype, mapseqno: at + 1, mapdict });
    });
  }
}

function replaceDictionary(
  context: DdlContext,
  configuration: Oid,
  tokens: readonly Token[] | undefined,
  statement: AlterConfiguration,
): void {
  const { catalog } = context;
  const [before, after] = dictionariesOf(context, statement);
  for (const row of catalog.list(pgTsConfigMap, "key", [configuration])) {
    const isMeant = tokens?.some(({ number }) => number === row.maptokentype) ?? true;
    if (!isMeant || row.mapdict !== before || after === undefined) continue;
    catalog.update(pgTsConfigMap, row, { mapdict: after });
  }
}

function dropMappings(
  context: DdlContext,
  configuration: Oid,
  tokens: readonly Token[],
  ifExists: boolean,
): void {
  for (const token of tokens) {
    const rows = mappingsOf(context, configuration, token);
    for (const row of rows) context.catalog.delete(pgTsConfigMap, row);
    if (rows.length > 0) continue;
    const message = `mapping for token type "${token.name}" does not exist`;
    if (!ifExists) throw new SqlError("42704", message);
    context.notice(notice(`${message}, skipping`));
  }
}
