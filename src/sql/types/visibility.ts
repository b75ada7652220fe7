/**
 * VISIBILITY: whether the search path finds an object by its bare name, and the names that this
 * makes necessary.
 * https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-INFO-SCHEMA
 */
import type { Oid } from "../../base/ids.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgCollation } from "../../catalog/relations/pg-collation.ts";
import { pgConversion } from "../../catalog/relations/pg-conversion.ts";
import { pgDatabase } from "../../catalog/relations/pg-database.ts";
import { pgNamespace } from "../../catalog/relations/pg-namespace.ts";
import { pgOpclass } from "../../catalog/relations/pg-opclass.ts";
import { pgOperator } from "../../catalog/relations/pg-operator.ts";
import { pgOpfamily } from "../../catalog/relations/pg-opfamily.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { pgStatisticExt } from "../../catalog/relations/pg-statistic-ext.ts";
import { pgTsConfig } from "../../catalog/relations/pg-ts-config.ts";
import { pgTsDict } from "../../catalog/relations/pg-ts-dict.ts";
import { pgTsParser } from "../../catalog/relations/pg-ts-parser.ts";
import { pgTsTemplate } from "../../catalog/relations/pg-ts-template.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import { pathOfFunctions } from "../../catalog/temporary-names.ts";
import { quoteQualified } from "./keywords.ts";

/** What names are looked up in: the catalog and the effective search path. */
export interface NameScope {
  readonly catalog: CatalogReader;
  readonly searchPath: readonly Oid[];
}

/** What names that somebody gives are looked up in. */
export interface LookupScope extends NameScope {
  readonly user: { readonly oid: Oid };
}

/** An object's bare name, its schema, and who else may bear the name in another schema. */
export interface NamedObject {
  readonly name: string;
  readonly namespace: Oid;
  readonly existsIn: (namespace: Oid) => boolean;
  readonly isRoutine?: boolean;
}

/** In the path, and no schema before it has another of that name. */
export function isVisible(object: NamedObject, scope: NameScope): boolean {
  const { catalog, searchPath } = scope;
  const path = object.isRoutine ? pathOfFunctions(catalog, searchPath) : searchPath;
  for (const namespace of path) {
    if (namespace === object.namespace) return true;
    if (object.existsIn(namespace)) return false;
  }
  return false;
}

export const databaseName = ({ catalog }: NameScope): string | undefined =>
  catalog.find(pgDatabase, "key", [catalog.database])?.datname;

export const namespaceName = (catalog: CatalogReader, namespace: Oid): string | undefined =>
  catalog.find(pgNamespace, "key", [namespace])?.nspname;

/** The name, qualified if the path would not find it. */
export function displayObject(
  object: NamedObject,
  scope: NameScope,
  nameOf: typeof namespaceName = namespaceName,
): string {
  const schema = isVisible(object, scope) ? undefined : nameOf(scope.catalog, object.namespace);
  return quoteQualified(schema, object.name);
}

type Finder = (scope: NameScope, oid: Oid) => NamedObject | undefined;

export const findClass: Finder = ({ catalog }, oid) => {
  const row = catalog.find(pgClass, "key", [oid]);
  return (
    row && {
      name: row.relname,
      namespace: row.relnamespace,
      existsIn: (namespace) => !!catalog.find(pgClass, "relname_nsp", [row.relname, namespace]),
    }
  );
};

export const findType: Finder = ({ catalog }, oid) => {
  const row = catalog.find(pgType, "key", [oid]);
  return (
    row && {
      name: row.typname,
      namespace: row.typnamespace,
      existsIn: (namespace) => !!catalog.find(pgType, "typname_nsp", [row.typname, namespace]),
    }
  );
};

/** Functions of one name and the same argument types. */
export const findFunction: Finder = ({ catalog }, oid) => {
  const row = catalog.find(pgProc, "key", [oid]);
  return (
    row && {
      name: row.proname,
      namespace: row.pronamespace,
      isRoutine: true,
      existsIn: (namespace) =>
        !!catalog.find(pgProc, "proname_args_nsp", [row.proname, row.proargtypes, namespace]),
    }
  );
};

export const findOperator: Finder = ({ catalog }, oid) => {
  const row = catalog.find(pgOperator, "key", [oid]);
  return (
    row && {
      name: row.oprname,
      namespace: row.oprnamespace,
      existsIn: (namespace) =>
        !!catalog.find(pgOperator, "oprname_l_r_n", [
          row.oprname,
          row.oprleft,
          row.oprright,
          namespace,
        ]),
    }
  );
};

export const findOpclass: Finder = ({ catalog }, oid) => {
  const row = catalog.find(pgOpclass, "key", [oid]);
  return (
    row && {
      name: row.opcname,
      namespace: row.opcnamespace,
      existsIn: (namespace) =>
        !!catalog.find(pgOpclass, "am_name_nsp", [row.opcmethod, row.opcname, namespace]),
    }
  );
};

const findOpfamily: Finder = ({ catalog }, oid) => {
  const row = catalog.find(pgOpfamily, "key", [oid]);
  return (
    row && {
      name: row.opfname,
      namespace: row.opfnamespace,
      existsIn: (namespace) =>
        !!catalog.find(pgOpfamily, "am_name_nsp", [row.opfmethod, row.opfname, namespace]),
    }
  );
};

/** -1 = any encoding, 6 = UTF8, the only one of a database here. */
export const findCollationNamed = (
  catalog: CatalogReader,
  name: string,
  namespace: Oid,
): Oid | undefined =>
  (
    catalog.find(pgCollation, "name_enc_nsp", [name, 6, namespace]) ??
    catalog.find(pgCollation, "name_enc_nsp", [name, -1, namespace])
  )?.oid;

export const findCollation: Finder = ({ catalog }, oid) => {
  const row = catalog.find(pgCollation, "key", [oid]);
  return (
    row && {
      name: row.collname,
      namespace: row.collnamespace,
      existsIn: (namespace) => findCollationNamed(catalog, row.collname, namespace) !== undefined,
    }
  );
};

const findConversion: Finder = ({ catalog }, oid) => {
  const row = catalog.find(pgConversion, "key", [oid]);
  return (
    row && {
      name: row.conname,
      namespace: row.connamespace,
      existsIn: (namespace) => !!catalog.find(pgConversion, "name_nsp", [row.conname, namespace]),
    }
  );
};

const findStatistics: Finder = ({ catalog }, oid) => {
  const row = catalog.find(pgStatisticExt, "key", [oid]);
  return (
    row && {
      name: row.stxname,
      namespace: row.stxnamespace,
      existsIn: (namespace) => !!catalog.find(pgStatisticExt, "name", [row.stxname, namespace]),
    }
  );
};

export const findTsConfig: Finder = ({ catalog }, oid) => {
  const row = catalog.find(pgTsConfig, "key", [oid]);
  return (
    row && {
      name: row.cfgname,
      namespace: row.cfgnamespace,
      existsIn: (namespace) => !!catalog.find(pgTsConfig, "cfgname", [row.cfgname, namespace]),
    }
  );
};

export const findTsDictionary: Finder = ({ catalog }, oid) => {
  const row = catalog.find(pgTsDict, "key", [oid]);
  return (
    row && {
      name: row.dictname,
      namespace: row.dictnamespace,
      existsIn: (namespace) => !!catalog.find(pgTsDict, "dictname", [row.dictname, namespace]),
    }
  );
};

const findTsParser: Finder = ({ catalog }, oid) => {
  const row = catalog.find(pgTsParser, "key", [oid]);
  return (
    row && {
      name: row.prsname,
      namespace: row.prsnamespace,
      existsIn: (namespace) => !!catalog.find(pgTsParser, "prsname", [row.prsname, namespace]),
    }
  );
};

const findTsTemplate: Finder = ({ catalog }, oid) => {
  const row = catalog.find(pgTsTemplate, "key", [oid]);
  return (
    row && {
      name: row.tmplname,
      namespace: row.tmplnamespace,
      existsIn: (namespace) => !!catalog.find(pgTsTemplate, "tmplname", [row.tmplname, namespace]),
    }
  );
};

/** pg_…_is_visible functions by name. */
export const visibilityFunctions: readonly (readonly [name: string, find: Finder])[] = [
  ["pg_table_is_visible", findClass],
  ["pg_type_is_visible", findType],
  ["pg_function_is_visible", findFunction],
  ["pg_operator_is_visible", findOperator],
  ["pg_opclass_is_visible", findOpclass],
  ["pg_opfamily_is_visible", findOpfamily],
  ["pg_collation_is_visible", findCollation],
  ["pg_conversion_is_visible", findConversion],
  ["pg_statistics_obj_is_visible", findStatistics],
  ["pg_ts_config_is_visible", findTsConfig],
  ["pg_ts_dict_is_visible", findTsDictionary],
  ["pg_ts_parser_is_visible", findTsParser],
  ["pg_ts_template_is_visible", findTsTemplate],
];
