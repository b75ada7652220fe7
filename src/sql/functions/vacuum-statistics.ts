/**
 * How often relations were vacuumed, and how many dead versions wait for it. The counts of a user's
 * table are those of its storage: TRUNCATE and what else writes it anew begin at 0.
 */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import type { ClassTuple } from "../../catalog/names.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import type { Scalar } from "../types/scalar.ts";
import { asOid, effectsOf } from "./define.ts";
import type { FunctionContext, FunctionDefinition } from "./registry.ts";
import type { VacuumCounters } from "./server.ts";

const VOID = "";

const keyOf = ({ oid, relfilenode }: ClassTuple): Oid =>
  oid < FIRST_USER_OID ? oid : (relfilenode as Oid);

const inSession = (
  signature: string,
  call: (context: FunctionContext, ...args: readonly Scalar[]) => Scalar,
): FunctionDefinition => ({ signature, session: true, call });

/** `without`: what is answered for what is not there. */
const ofVacuums = (
  name: string,
  without: Scalar,
  value: (counters: VacuumCounters) => Scalar,
): FunctionDefinition => {
  const signature = `pg_stat_get_${name}(oid)`;
  return inSession(signature, (context, id) => {
    const relation = context.catalog.find(pgClass, "key", [asOid(id as Scalar)]);
    if (relation === undefined || !"rmt".includes(relation.relkind)) return without;
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
