/** The statement runs again on a new snapshot; nothing has to be waited for. */
import { Wait } from "../../txn/wait.ts";

export class StartAgain extends Wait {
  override readonly what = "nothing";
  override readonly startsAgain = true;
  override start() {
    return { done: Promise.resolve(), cancel: () => {} };
  }
}
