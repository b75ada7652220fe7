/**
 * WITH (backfill_rate_limit = n) of what a job makes: it is the job's, and no parameter of the
 * relation. https://docs.risingwave.com/sql/commands/sql-create-mv
 */
import { SqlError } from "../../base/sql-error.ts";
import type { RelationOption } from "../../catalog/index-statement.ts";
import type { DdlStatement } from "../../catalog/statement.ts";

const NAME = "backfill_rate_limit";
const RATE_MAX = 2 ** 31 - 1;

interface Rated {
  readonly body: DdlStatement;
  /** Rows a second; undefined: the session's setting holds. */
  readonly rate: number | undefined;
}

/** Throws 22023, 42601. */
export function takeRate(body: DdlStatement): Rated {
  switch (body.kind) {
    case "createIndex":
      return { body: { ...body, options: others(body.options) }, rate: rateIn(body.options) };
    case "createTableAs": {
      const { storage } = body;
      if (!storage) return { body, rate: undefined };
      const { options } = storage;
      return {
        body: { ...body, storage: { ...storage, options: others(options) } },
        rate: rateIn(options),
      };
    }
    case "createSink": {
      const given = body.options.filter(({ key }) => key === NAME);
      const options = body.options.filter(({ key }) => key !== NAME);
      const rate = rateIn(given.map(({ value }) => ({ name: NAME, value })));
      return { body: { ...body, options }, rate };
    }
    default:
      return { body, rate: undefined };
  }
}

const isRate = ({ name, namespace }: RelationOption): boolean =>
  name === NAME && namespace === undefined;
const others = (options: readonly RelationOption[]) => options.filter((each) => !isRate(each));

function rateIn(options: readonly RelationOption[]): number | undefined {
  const [given, again] = options.filter(isRate);
  if (again) throw new SqlError("42601", "conflicting or redundant options");
  if (!given) return undefined;
  const rate = Number(given.value);
  if (/^\d+$/.test(given.value ?? "") && rate <= RATE_MAX) return rate;
  const message = `invalid value for parameter "${NAME}": "${given.value ?? ""}"`;
  const detail = "It is a number of rows per second; 0 lets the job rest.";
  throw new SqlError("22023", message, { detail });
}
