/** PostgreSQL counts the time of a commit, as of any timestamp, in µs since 2000-01-01 UTC. */
const POSTGRES_EPOCH_MS = 946_684_800_000;

/** From milliseconds since 1970; fractions of a microsecond are dropped. */
export const postgresMicros = (ms: number): number => Math.floor((ms - POSTGRES_EPOCH_MS) * 1000);
