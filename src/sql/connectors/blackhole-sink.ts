/** Counts what it is given, as every sink does, and forgets it. */
import type { SinkConnector } from "./connector.ts";

const nothing = async (): Promise<void> => {};

export const blackholeSink = (): SinkConnector => ({
  connect: async () => ({}),
  resume: async () => undefined,
  begin: nothing,
  remove: nothing,
  add: nothing,
  keep: async () => ({}),
  close: nothing,
});
