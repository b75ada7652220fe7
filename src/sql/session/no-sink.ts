/** Where answers go that nobody waits for: of the server's own statements. */
import { AssertionError } from "../../base/assert.ts";
import type { ResultSink } from "./api.ts";

const nothing = (): void => {};

export const NO_SINK: ResultSink = {
  rowDescription: nothing,
  row: nothing,
  commandComplete: nothing,
  emptyQuery: nothing,
  portalSuspended: nothing,
  notice: nothing,
  copyOut: nothing,
  copyData: nothing,
  copyDone: nothing,
  copyIn: () => {
    throw new AssertionError("the server's own statements copy nothing");
  },
  parameterStatus: nothing,
  notification: nothing,
  full: false,
  drained: () => Promise.resolve(),
  flush: nothing,
};
