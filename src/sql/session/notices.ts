/**
 * Which notices a client wants.
 * https://www.postgresql.org/docs/15/runtime-config-client.html#GUC-CLIENT-MIN-MESSAGES
 */
import type { NoticeSeverity } from "../../base/sql-error.ts";

const ranks: { readonly [level: string]: number } = {
  debug5: 1,
  debug4: 2,
  debug3: 3,
  debug2: 4,
  debug1: 5,
  log: 6,
  info: 7,
  notice: 8,
  warning: 9,
  error: 10,
};
const severityRanks: { readonly [severity in NoticeSeverity]: number } = {
  DEBUG: 5,
  LOG: 6,
  INFO: 7,
  NOTICE: 8,
  WARNING: 9,
};

/** INFO always passes. */
export const severityPasses = (severity: NoticeSeverity, least: string): boolean =>
  severity === "INFO" || severityRanks[severity] >= (ranks[least] ?? 0);
