/** PostgreSQL counts the time of a commit, as of any timestamp, in µs since 2000-01-01 UTC. */
import { wallTime } from "./wall-clock.ts";

const POSTGRES_EPOCH_MS = 946_684_800_000;

/** From milliseconds since 1970; fractions of a microsecond are dropped. */
export const postgresMicros = (ms: number): number => Math.floor((ms - POSTGRES_EPOCH_MS) * 1000);

/** The wall clock's µs. */
export const postgresNow = (): bigint => BigInt(postgresMicros(wallTime()));
