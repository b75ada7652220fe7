/** The server's own log: JSON lines on standard error. No texts of statements. */
import pino, { type Logger } from "pino";
import type { LogLevel } from "./log-levels.ts";

export type { Logger };

export const createLogger = (level: LogLevel): Logger =>
  pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
