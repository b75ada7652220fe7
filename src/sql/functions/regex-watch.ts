/**
 * A regular expression that may go back too often, matched under a deadline. V8 looks for the end
 * of a script in its matcher too; nothing else interrupts one without ending the thread.
 * https://nodejs.org/api/vm.html#scriptrunincontextcontextifiedobject-options
 */
import { performance } from "node:perf_hooks";
import vm from "node:vm";
import { assert } from "../../base/assert.ts";
import { SqlError } from "../../base/sql-error.ts";
import { BudgetExceeded } from "../../pages/query-guard.ts";
import { onSessionThread, QuerySum } from "./limits.ts";
import type { FunctionContext } from "./registry.ts";

/** Of all watched matches of a query that has to stay on the session's thread. */
const QUERY_MS_MAX = 250;

const spent = new QuerySum();
const script = new vm.Script("match()");
const box: { match?: () => RegExpExecArray | null } = {};
vm.createContext(box);

function exceeded(): BudgetExceeded {
  const otherwise = new SqlError("54001", "regular expression is too complex");
  return new BudgetExceeded("a regular expression that goes back too often", otherwise);
}

/** Characters looked at between two checks. */
export const STEPS_BETWEEN_CHECKS = 4_096;
const QUERY_STEPS_MAX = 1_000_000;

const steps = new QuerySum();

/** Before so many more steps of a match that is divided here. Throws BudgetExceeded. */
export function checkMatching(context: FunctionContext): void {
  if (!onSessionThread(context)) return;
  if (steps.add(context, STEPS_BETWEEN_CHECKS) > QUERY_STEPS_MAX) throw exceeded();
}

/** Throws BudgetExceeded when the matches of the query together have taken too long. */
export class WatchedRegExp extends RegExp {
  #context: FunctionContext | undefined;

  /** matchAll and split match with a copy, which they make from the original. */
  constructor(pattern: string | RegExp, flags: string) {
    super(pattern, flags);
    if (pattern instanceof WatchedRegExp) this.#context = pattern.#context;
  }

  /** Throws BudgetExceeded where the query may leave for another thread. */
  begin(context: FunctionContext): this {
    if (context.mayLeave) throw exceeded();
    this.#context = context;
    this.lastIndex = 0;
    return this;
  }

  override exec(text: string): RegExpExecArray | null {
    const context = this.#context;
    assert(context, "a match before begin");
    const left = QUERY_MS_MAX - spent.add(context, 0);
    if (left <= 0) throw exceeded();
    box.match = () => super.exec(text);
    const start = performance.now();
    try {
      return script.runInContext(box, { timeout: Math.ceil(left) });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
      throw exceeded();
    } finally {
      delete box.match;
      spent.add(context, performance.now() - start);
    }
  }
}
