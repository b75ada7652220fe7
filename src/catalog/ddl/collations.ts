/**
 * CREATE COLLATION: of ICU's locales, and of libc's C and POSIX, which compare bytes.
 * https://www.postgresql.org/docs/15/sql-createcollation.html
 */
import { notice, notSupported, SqlError } from "../../base/sql-error.ts";
import { COLLATION_CLASS, NAMESPACE_CLASS } from "../class-oids.ts";
import type { CreateCollation, RefreshCollation } from "../defined-statement.ts";
import { addDependency, addOwner } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { icuLocale } from "../icu.ts";
import { pgCollation } from "../relations/pg-collation.ts";
import { booleanOf, conflicting, type StatementOption, textOf } from "../statement-option.ts";
import { lockName } from "./alter-objects.ts";
import type { DdlContext } from "./context.ts";
import { findQualified } from "./find-named.ts";
import { creationNamespace } from "./lookup.ts";
import { checkOwnership } from "./object-ownership.ts";

const UTF8 = 6;
const ANY_ENCODING = -1;

const OPTIONS = [
  ...["from", "locale", "lc_collate", "lc_ctype"],
  ...["provider", "deterministic", "version"],
];
type Options = ReadonlyMap<string, StatementOption>;

/** Throws 42601, 42P17, 42710, 0A000, and what looking up names throws. */
export function createCollation(context: DdlContext, statement: CreateCollation): void {
  const { catalog, user } = context;
  const { name } = statement.collation;
  const namespace = creationNamespace(context, statement.collation);
  const options = optionsOf(statement.options);
  const values = copied(context, options) ?? defined(options);
  lockName(context, COLLATION_CLASS, namespace.oid, name);
  if (isTaken(context, statement, namespace.oid, values.collencoding)) return;
  const oid = context.allocateOid();
  catalog.insert(pgCollation, {
    ...{ oid, collname: name, collnamespace: namespace.oid, collowner: user.oid },
    ...values,
    collversion: options.has("version") ? textOf(options.get("version") as StatementOption) : null,
  });
  const self = addressOf(COLLATION_CLASS, oid);
  addDependency(catalog, self, addressOf(NAMESPACE_CLASS, namespace.oid), "n");
  addOwner(catalog, self, user.oid);
}

function optionsOf(written: readonly StatementOption[]): Options {
  const options = new Map<string, StatementOption>();
  for (const option of written) {
    const { name, position } = option;
    if (!OPTIONS.includes(name)) {
      throw new SqlError("42601", `collation attribute "${name}" not recognized`).at(position);
    }
    if (options.has(name)) throw conflicting(option);
    options.set(name, option);
  }
  const together = (detail: string) =>
    new SqlError("42601", "conflicting or redundant options", { detail });
  if (options.has("locale") && (options.has("lc_collate") || options.has("lc_ctype"))) {
    throw together("LOCALE cannot be specified together with LC_COLLATE or LC_CTYPE.");
  }
  if (options.has("from") && options.size > 1) {
    throw together("FROM cannot be specified together with any other options.");
  }
  return options;
}

/** What FROM takes over. */
function copied(context: DdlContext, options: Options) {
  const from = options.get("from")?.value;
  if (!from) return undefined;
  const [name = "", schema] = (from.kind === "names" ? from.names : [String(from)]).toReversed();
  const found = findQualified(context, "collation", {
    ...(schema === undefined ? {} : { schema }),
    name,
  });
  const row = context.catalog.find(pgCollation, "key", [found.address.oid]);
  if (!row || row.collprovider === "d") {
    throw new SqlError("42P17", `collation "${row?.collname}" cannot be copied`);
  }
  const { collprovider, collisdeterministic, collencoding } = row;
  const { collcollate, collctype, colliculocale } = row;
  return {
    ...{ collprovider, collisdeterministic, collencoding },
    ...{ collcollate, collctype, colliculocale },
  };
}

function defined(options: Options) {
  const text = (name: string): string | undefined => {
    const option = options.get(name);
    return option && textOf(option);
  };
  const provider = text("provider")?.toLowerCase() ?? "libc";
  const deterministic = options.get("deterministic");
  const collisdeterministic = deterministic === undefined || booleanOf(deterministic);
  if (provider === "icu") {
    if (options.has("version")) throw notSupported("VERSION of a collation of ICU's");
    return ofIcu(text("locale"), collisdeterministic);
  }
  if (provider !== "libc") {
    throw new SqlError("42P17", `unrecognized collation provider: ${text("provider")}`);
  }
  const collcollate = text("locale") ?? text("lc_collate");
  const collctype = text("locale") ?? text("lc_ctype");
  if (collcollate === undefined) throw missing("lc_collate");
  if (collctype === undefined) throw missing("lc_ctype");
  if (!collisdeterministic) {
    throw new SqlError("0A000", "nondeterministic collations not supported with this provider");
  }
  for (const locale of [collcollate, collctype]) {
    if (locale !== "C" && locale !== "POSIX") throw notSupported(`locale "${locale}"`);
  }
  return {
    collprovider: "c",
    collisdeterministic,
    collencoding: UTF8,
    collcollate,
    collctype,
    colliculocale: null,
  };
}

const missing = (name: string) => new SqlError("42P17", `parameter "${name}" must be specified`);

function ofIcu(locale: string | undefined, collisdeterministic: boolean) {
  if (locale === undefined) throw missing("locale");
  icuLocale(locale);
  return {
    ...{ collprovider: "i", collisdeterministic, collencoding: ANY_ENCODING },
    ...{ collcollate: null, collctype: null, colliculocale: locale },
  };
}

function isTaken(
  context: DdlContext,
  { collation: { name }, ifNotExists }: CreateCollation,
  namespace: number,
  encoding: number,
): boolean {
  const isThere = (each: number) =>
    context.catalog.find(pgCollation, "name_enc_nsp", [name, each, namespace]) !== undefined;
  const shadow = encoding === ANY_ENCODING ? UTF8 : ANY_ENCODING;
  const isSame = isThere(encoding);
  if (!isSame && !isThere(shadow)) return false;
  const which = isSame && encoding === UTF8 ? ` for encoding "UTF8"` : "";
  const message = `collation "${name}"${which} already exists`;
  if (!ifNotExists) throw new SqlError("42710", message);
  context.notice(notice(`${message}, skipping`, {}, "42710"));
  return true;
}

/** libc's C and POSIX have no version, and of ICU's Node tells none. */
export function refreshCollation(context: DdlContext, { collation }: RefreshCollation): void {
  const found = findQualified(context, "collation", collation);
  checkOwnership(context, found.ownership);
  const row = context.catalog.find(pgCollation, "key", [found.address.oid]);
  if (row?.collprovider === "d") {
    throw new SqlError("42P17", "cannot refresh version of default collation", {
      hint: "Use ALTER DATABASE ... REFRESH COLLATION VERSION instead.",
    });
  }
  if (row?.collversion !== null) {
    throw new SqlError("XX000", "invalid collation version change");
  }
  context.notice(notice("version has not changed"));
}
