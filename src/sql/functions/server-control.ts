/**
 * The server, its connection, and where objects are kept. There is no configuration file, no file
 * of log messages and no shared memory: what lists them is empty.
 * https://www.postgresql.org/docs/15/functions-admin.html
 */
import { type Oid, oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { encodingMaxLength } from "../../catalog/encodings.ts";
import { extensions } from "../../catalog/extensions/extensions.ts";
import type { ClassTuple } from "../../catalog/names.ts";
import { isRowSecured } from "../../catalog/privileges.ts";
import { pgAuthid } from "../../catalog/relations/pg-authid.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgCollation } from "../../catalog/relations/pg-collation.ts";
import { pgDatabase } from "../../catalog/relations/pg-database.ts";
import { pgExtension } from "../../catalog/relations/pg-extension.ts";
import { pgNamespace } from "../../catalog/relations/pg-namespace.ts";
import { pgSequence } from "../../catalog/relations/pg-sequence.ts";
import { pgTablespace } from "../../catalog/relations/pg-tablespace.ts";
import {
  ownTablespace,
  PG_DEFAULT,
  PG_GLOBAL,
  relationsIn,
  VERSION_DIRECTORY,
} from "../../catalog/tablespaces.ts";
import { encodeList } from "../types/array-value.ts";
import { inetOf } from "../types/inet.ts";
import { regclass } from "../types/reg-types.ts";
import type { Scalar } from "../types/scalar.ts";
import {
  asNumber,
  asOid,
  asText,
  define,
  defineInSession,
  defineSet,
  defineSetInSession,
  truth,
} from "./define.ts";
import type { FunctionContext, FunctionDefinition, SetFunctionDefinition } from "./registry.ts";
import { VERSION } from "./session-info.ts";

const connection: readonly FunctionDefinition[] = [
  defineInSession("inet_client_addr()", ({ peer }) => inetOf(peer.address)),
  defineInSession("inet_client_port()", ({ peer }) =>
    peer.address === null ? null : BigInt(peer.port),
  ),
  defineInSession("inet_server_addr()", ({ peer }) => inetOf(peer.local?.address ?? null)),
  defineInSession("inet_server_port()", ({ peer }) =>
    peer.local ? BigInt(peer.local.port) : null,
  ),
  defineInSession("current_query()", ({ queryText }) => queryText),
  define("getpgusername()", (context) => context.user.name),
];

const blockers: readonly FunctionDefinition[] = [
  defineInSession("pg_blocking_pids(int4)", ({ server }, pid) =>
    encodeList(server.blockersOf(asNumber(pid)).map(BigInt)),
  ),
  // SERIALIZABLE waits for nobody.
  define("pg_safe_snapshot_blocking_pids(int4)", () => encodeList([])),
  defineInSession("pg_isolation_test_session_is_blocked(int4, _int4)", ({ server }, pid, by) => {
    const interesting = new Set<unknown>(JSON.parse(asText(by)) as unknown[]);
    return truth(server.blockersOf(asNumber(pid)).some((blocker) => interesting.has(blocker)));
  }),
];

const hasStorage = "rmtSi";

const filenode = (row: ClassTuple): number => row.relfilenode || row.oid;

/** Where PostgreSQL would keep the relation; it tells relations apart, no such file exists. */
function filePath(row: ClassTuple, context: FunctionContext): Scalar {
  if (!hasStorage.includes(row.relkind)) return null;
  if (row.relisshared) return `global/${filenode(row)}`;
  const { catalog } = context;
  const tablespace = row.reltablespace || ownTablespace(catalog);
  const file = `${databaseOid(context)}/${filenode(row)}`;
  if (tablespace === PG_DEFAULT) return `base/${file}`;
  return `pg_tblspc/${tablespace}/${VERSION_DIRECTORY}/${file}`;
}

const databaseOid = ({ catalog, databaseName }: FunctionContext): Oid =>
  catalog.find(pgDatabase, "datname", [databaseName])?.oid ?? oid(0);

function relationOfFile(context: FunctionContext, tablespace: Oid, file: number): Scalar {
  if (file === 0) return null;
  const shared = tablespace === PG_GLOBAL;
  const own = ownTablespace(context.catalog);
  const home = tablespace || own;
  for (const row of context.catalog.all(pgClass)) {
    // Temporary relations have files of their sessions, which PostgreSQL looks for no relation of.
    if (row.relpersistence === "t") continue;
    const inPlace = shared
      ? row.relisshared
      : !row.relisshared && (row.reltablespace || own) === home;
    if (inPlace && hasStorage.includes(row.relkind) && filenode(row) === file) {
      return BigInt(row.oid);
    }
  }
  return null;
}

const files: readonly FunctionDefinition[] = [
  define("pg_relation_filepath(regclass)", (context, id) => {
    const row = context.catalog.find(pgClass, "key", [asOid(id)]);
    return row ? filePath(row, context) : null;
  }),
  define("pg_filenode_relation(oid, oid)", (context, tablespace, file) =>
    relationOfFile(context, asOid(tablespace), asNumber(file)),
  ),
  ...["pg_rotate_logfile()", "pg_rotate_logfile_old()"].map((signature) =>
    defineInSession(signature, (effects) => {
      effects.warning("01000", "rotation not possible because log collection not active");
      return 0n;
    }),
  ),
  define("pg_current_logfile()", () => null),
  define("pg_current_logfile(text)", (_context, format) => {
    if (["stderr", "csvlog", "jsonlog"].includes(asText(format))) return null;
    throw new SqlError("22023", `log format "${asText(format)}" is not supported`, {
      hint: 'The supported log formats are "stderr", "csvlog", and "jsonlog".',
    });
  }),
];

const securedById = ({ catalog, user }: FunctionContext, id: Oid): Scalar => {
  const row = catalog.find(pgClass, "key", [id]);
  return truth(row !== undefined && isRowSecured(catalog, user.oid, row));
};

const properties: readonly FunctionDefinition[] = [
  define("row_security_active(oid)", (context, id) => securedById(context, asOid(id))),
  define("row_security_active(text)", (context, name) =>
    securedById(context, asOid(regclass.parse(asText(name), -1, context))),
  ),
  define("pg_encoding_max_length(int4)", (_context, number) => encodingMaxLength(asNumber(number))),
  define("pg_jit_available()", () => 0n),
  // The C locale has no versions, and of ICU's Node tells none.
  define("pg_collation_actual_version(oid)", ({ catalog }, id) => {
    if (catalog.find(pgCollation, "key", [asOid(id)])) return null;
    throw new SqlError("42704", `collation with OID ${asOid(id)} does not exist`);
  }),
  define("pg_import_system_collations(regnamespace)", ({ catalog, user }, id) => {
    if (catalog.find(pgAuthid, "key", [user.oid])?.rolsuper !== true) {
      throw new SqlError("42501", "must be superuser to import system collations");
    }
    const namespace = catalog.find(pgNamespace, "key", [asOid(id)]);
    if (!namespace) throw new SqlError("3F000", `schema with OID ${asOid(id)} does not exist`);
    // All that there are, are there.
    if (namespace.nspname === "pg_catalog") return 0n;
    throw notSupported("import of collations into a schema that is not pg_catalog");
  }),
  define("pg_database_collation_actual_version(oid)", ({ catalog }, id) => {
    if (catalog.find(pgDatabase, "key", [asOid(id)])) return null;
    throw new SqlError("42704", `database with OID ${asOid(id)} does not exist`);
  }),
  define("pg_indexam_progress_phasename(oid, int8)", (_context, method, phase) =>
    asOid(method) === 403 ? (btreePhases[Number(phase) - 1] ?? null) : null,
  ),
  // Values are kept as they are.
  define("pg_column_compression(any)", () => null),
];

const btreePhases = [
  "initializing",
  "scanning table",
  "sorting live tuples",
  "sorting dead tuples",
  "loading tuples in tree",
];

const noLongerSupported = (name: string) => (): never => {
  throw new SqlError("0A000", `${name} is no longer supported`);
};

export const serverControlFunctions: readonly FunctionDefinition[] = [
  ...connection,
  ...blockers,
  ...files,
  ...properties,
  define("aclinsert(_aclitem, aclitem)", noLongerSupported("aclinsert")),
  define("aclremove(_aclitem, aclitem)", noLongerSupported("aclremove")),
];

function sequenceParameters({ catalog }: FunctionContext, id: Oid): readonly Scalar[] {
  if (!catalog.find(pgClass, "key", [id])) {
    throw new SqlError("42P01", `relation with OID ${id} does not exist`);
  }
  const row = catalog.find(pgSequence, "key", [id]);
  if (!row) throw new SqlError("XX000", `cache lookup failed for sequence ${id}`);
  return [
    row.seqstart,
    row.seqmin,
    row.seqmax,
    row.seqincrement,
    truth(row.seqcycle),
    row.seqcache,
    BigInt(row.seqtypid),
  ];
}

const empty = (signature: string): SetFunctionDefinition => defineSet(signature, () => []);

const extensionFunctions: readonly SetFunctionDefinition[] = [
  defineSet("pg_available_extensions()", () =>
    extensions.map(({ name, version, comment }) => [name, version, comment]),
  ),
  defineSet("pg_available_extension_versions()", () =>
    extensions.map(({ name, version, comment, trusted, schema }) => {
      const relocatable = truth(schema === null);
      return [name, version, 1n, truth(trusted), relocatable, schema, null, comment];
    }),
  ),
  defineSet("pg_extension_update_paths(name)", ({ catalog }, name) => {
    const known = [...catalog.all(pgExtension)].some(({ extname }) => extname === name);
    if (known) return [];
    throw new SqlError("0A000", `extension "${asText(name as Scalar)}" is not available`, {
      hint: "The extension must first be installed on the system where PostgreSQL is running.",
    });
  }),
];

const GLOBAL = "global tablespace never has databases";

export const serverControlSetFunctions: readonly SetFunctionDefinition[] = [
  ...extensionFunctions,
  {
    session: true,
    signature: "pg_tablespace_databases(oid)",
    rows({ catalog, effects }, id) {
      const tablespace = asOid(id as Scalar);
      if (tablespace === PG_GLOBAL) effects?.warning("01000", GLOBAL);
      else if (!catalog.find(pgTablespace, "key", [tablespace])) {
        effects?.warning("01000", `${tablespace} is not a tablespace OID`);
      }
      const used = new Set<Oid>();
      for (const { reader, row } of relationsIn(catalog, tablespace)) {
        if (!row.relisshared && hasStorage.includes(row.relkind)) used.add(reader.database);
      }
      return [...used].map((database) => [BigInt(database)]);
    },
  },
  defineSet("pg_sequence_parameters(oid)", (context, id) => [
    sequenceParameters(context, asOid(id as Scalar)),
  ]),
  defineSetInSession("pg_control_system()", ({ server }) => [
    [1300n, 202209061n, BigInt.asIntN(64, server.systemId), null],
  ]),
  defineSet("pg_config()", () => [["VERSION", VERSION]]),
  empty("pg_show_all_file_settings()"),
  empty("pg_hba_file_rules()"),
  empty("pg_ident_file_mappings()"),
  empty("pg_get_shmem_allocations()"),
  empty("pg_get_backend_memory_contexts()"),
  empty("pg_prepared_xact()"),
];
