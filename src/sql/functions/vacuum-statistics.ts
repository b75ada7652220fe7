/**
 * How often relations were vacuumed and analyzed, and how many rows and dead versions there are.
 * The counts of a user's table are those of its storage: TRUNCATE and what else writes it anew
 * begin at 0.
 */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import type { ClassTuple } from "../../catalog/names.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import type { Scalar } from "../types/scalar.ts";
import { asOid, define, effectsOf } from "./define.ts";
import type { FunctionContext, FunctionDefinition } from "./registry.ts";
import type { VacuumCounters } from "./server.ts";

const VOID = "";

const keyOf = ({ oid, relfilenode }: ClassTuple): Oid =>
  oid < FIRST_USER_OID || relfilenode === 0 ? oid : (relfilenode as Oid);

const inSession = (
  signature: string,
  call: (context: FunctionContext, ...args: readonly Scalar[]) => Scalar,
): FunctionDefinition => ({ signature, session: true, call });

const isCounted = (relation: ClassTuple | undefined): relation is ClassTuple =>
  relation !== undefined && "rmtp".includes(relation.relkind);

/** `without`: what is answered for what is not there. */
const ofVacuums = (
  name: string,
  without: Scalar,
  value: (counters: VacuumCounters) => Scalar,
): FunctionDefinition => {
  const signature = `pg_stat_get_${name}(oid)`;
  return inSession(signature, (context, id) => {
    const relation = context.catalog.find(pgClass, "key", [asOid(id as Scalar)]);
    if (!isCounted(relation)) return without;
    return value(effectsOf(context, signature).server.vacuums(keyOf(relation)));
  });
};

const RESET_ALL = "pg_stat_reset()";
const RESET_ONE = "pg_stat_reset_single_table_counters(oid)";

export const vacuumStatisticsFunctions: readonly FunctionDefinition[] = [
  ofVacuums("vacuum_count", 0n, ({ vacuums }) => BigInt(vacuums)),
  ofVacuums("autovacuum_count", 0n, ({ autovacuums }) => BigInt(autovacuums)),
  ofVacuums("last_vacuum_time", null, ({ lastVacuum }) => lastVacuum ?? null),
  ofVacuums("last_autovacuum_time", null, ({ lastAutovacuum }) => lastAutovacuum ?? null),
  ofVacuums("analyze_count", 0n, ({ analyses }) => BigInt(analyses)),
  ofVacuums("last_analyze_time", null, ({ lastAnalyze }) => lastAnalyze ?? null),
  // As ANALYZE has counted them last; of a partitioned table they are its partitions'.
  define("pg_stat_get_live_tuples(oid)", (context, id) => {
    const relation = context.catalog.find(pgClass, "key", [asOid(id)]);
    if (!isCounted(relation) || relation.relkind === "p") return 0n;
    return BigInt(Math.max(relation.reltuples, 0));
  }),
  ofVacuums("dead_tuples", 0n, ({ dead }) => BigInt(dead)),
  inSession(RESET_ALL, (context) => {
    const effects = effectsOf(context, RESET_ALL);
    effects.server.resetDatabase(effects.database);
    for (const relation of context.catalog.all(pgClass)) {
      effects.server.resetVacuums(keyOf(relation));
    }
    return VOID;
  }),
  inSession(RESET_ONE, (context, id) => {
    const relation = context.catalog.find(pgClass, "key", [asOid(id as Scalar)]);
    if (relation) effectsOf(context, RESET_ONE).server.resetVacuums(keyOf(relation));
    return VOID;
  }),
];
