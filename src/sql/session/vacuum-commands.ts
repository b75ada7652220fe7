/**
 * VACUUM and ANALYZE, and what VACUUM's options mean here.
 * https://www.postgresql.org/docs/15/sql-vacuum.html,
 * https://www.postgresql.org/docs/15/sql-analyze.html
 *
 *   index_cleanup          off leaves the entries of removed versions to a later sweep
 *   truncate               off leaves free pages in the file, where they are filled again
 *   freeze                 versions bear epochs, which never wrap around: nothing has to be frozen
 *   disable_page_skipping  no page is ever skipped
 *   process_toast          long values lie in their rows, so they cannot be left out
 *   parallel               is an upper limit, and no workers are used
 *   full                   writes users' relations anew, and is VACUUM for catalogs
 */
import { notSupported, SqlError } from "../../base/sql-error.ts";
import {
  booleanOf,
  type StatementOption,
  textOf,
  unrecognized,
} from "../../catalog/statement-option.ts";
import type { Statement, VacuumStatement } from "../parse/statement.ts";
import { after } from "./after.ts";
import { done, type Outcome } from "./command.ts";
import { checkAlone } from "./ddl-commands.ts";
import type { VacuumRequest } from "./engine.ts";
import type { SessionState } from "./state.ts";

const WORKERS_MAX = 1024;
const ANALYZE_OPTIONS = new Set(["verbose", "skip_locked"]);

interface Options {
  verbose: boolean;
  skip_locked: boolean;
  analyze: boolean;
  freeze: boolean;
  full: boolean;
  disable_page_skipping: boolean;
  process_toast: boolean;
  truncate: boolean;
  index_cleanup: boolean;
  workers: number;
}

export function runVacuum(
  state: SessionState,
  statement: Statement,
  body: VacuumStatement,
): Outcome | Promise<Outcome> {
  const { block, context } = state;
  const { tag } = statement;
  const request = requestOf(body, () => checkAlone(state, tag));
  block.noteQuery();
  block.noteText(statement.text);
  const vacuumed = state.attempt(() => block.transaction.vacuum(request, context));
  return after(vacuumed, () => {
    if (body.isVacuum) state.commitNow = true;
    return done(tag);
  });
}

export function analyzeRequest(body: VacuumStatement): VacuumRequest {
  const { verbose, skip_locked: skipLocked } = readOptions(body);
  return { targets: body.targets, verbose, skipLocked, analyze: true, vacuum: undefined };
}

/** `checkPlace` throws where VACUUM must not run. */
function requestOf(body: VacuumStatement, checkPlace: () => void): VacuumRequest {
  const { targets, isVacuum } = body;
  if (!isVacuum) return analyzeRequest(body);
  const options = readOptions(body);
  const { verbose, skip_locked: skipLocked } = options;
  if (options.full && options.workers > 0) {
    throw new SqlError("0A000", "VACUUM FULL cannot be performed in parallel");
  }
  if (targets.some(({ columns }) => columns.length > 0) && !options.analyze) {
    throw new SqlError("0A000", "ANALYZE option must be specified when a column list is provided");
  }
  checkPlace();
  if (options.full && options.disable_page_skipping) {
    const message = "VACUUM option DISABLE_PAGE_SKIPPING cannot be used with FULL";
    throw new SqlError("0A000", message);
  }
  if (options.full && !options.process_toast) {
    throw new SqlError("0A000", "PROCESS_TOAST required with VACUUM FULL");
  }
  if (!options.process_toast) throw notSupported("PROCESS_TOAST off");
  const { index_cleanup: withEntries, truncate: shrinks, full } = options;
  const vacuum = { withEntries, shrinks, full };
  return { targets, verbose, skipLocked, analyze: options.analyze, vacuum };
}

/** Of ANALYZE, those that it shares with VACUUM. */
function readOptions({ isVacuum, options: given }: VacuumStatement): Options {
  const options: Options = {
    verbose: false,
    skip_locked: false,
    analyze: false,
    freeze: false,
    full: false,
    disable_page_skipping: false,
    process_toast: true,
    truncate: true,
    index_cleanup: true,
    workers: 0,
  };
  for (const option of given) {
    if (!isVacuum && !ANALYZE_OPTIONS.has(option.name)) throw unrecognized(option, "ANALYZE");
    switch (option.name) {
      case "verbose":
      case "skip_locked":
      case "analyze":
      case "freeze":
      case "full":
      case "disable_page_skipping":
      case "process_toast":
      case "truncate":
        options[option.name] = booleanOf(option);
        break;
      case "index_cleanup":
        options.index_cleanup = isAuto(option) || booleanOf(option);
        break;
      case "parallel":
        options.workers = workersOf(option);
        break;
      default:
        throw unrecognized(option, "VACUUM");
    }
  }
  return options;
}

const isAuto = (option: StatementOption): boolean =>
  option.value === undefined || textOf(option).toLowerCase() === "auto";

function workersOf({ name, value, position }: StatementOption): number {
  if (value === undefined) {
    const message = `parallel option requires a value between 0 and ${WORKERS_MAX}`;
    throw new SqlError("42601", message).at(position);
  }
  if (value.kind !== "integer") throw new SqlError("42601", `${name} requires an integer value`);
  if (value.value < 0 || value.value > WORKERS_MAX) {
    const message = `parallel workers for vacuum must be between 0 and ${WORKERS_MAX}`;
    throw new SqlError("42601", message).at(position);
  }
  return value.value;
}
