/** ROWS THAT ARE MADE UP: what row n holds is decided by n and the options alone. */
import { z } from "zod";
import type { SourceRow } from "../../catalog/connectors/ports.ts";
import type { DatagenField } from "../../catalog/connectors/sources.ts";
import type { Position, SourceConnector } from "./connector.ts";
import { Due } from "./due.ts";
import { between, fraction, letters } from "./random.ts";

const positions = z.object({ next: z.number().int(), base: z.number() });

export class DatagenSource implements SourceConnector {
  readonly #fields: readonly DatagenField[];
  readonly #due: Due;
  readonly #now: () => number;

  /** `now`: ms since 1970. */
  constructor(fields: readonly DatagenField[], perSecond: number, now: () => number) {
    this.#fields = fields;
    this.#due = new Due(perSecond);
    this.#now = now;
  }

  async connect(): Promise<Position> {
    return { next: 0, base: this.#now() };
  }

  async next(position: Position, most: number): Promise<readonly SourceRow[]> {
    const { next, base } = positions.parse(position);
    const last = Math.min(...this.#fields.map(lastOf));
    const count = Math.min(this.#due.behind(next), most, Math.max(last - next + 1, 0));
    return Array.from({ length: count }, (_, at) => {
      const values = this.#fields.map((field) => madeUp(field, next + at, base));
      return { values, position: { next: next + at + 1, base } };
    });
  }

  async close(): Promise<void> {}
}

/** The number of the last row that a sequence has a value for. */
const lastOf = (field: DatagenField): number =>
  field.kind === "sequence" ? Math.floor(field.end - field.start) : Number.POSITIVE_INFINITY;

function madeUp(field: DatagenField, n: number, base: number): string {
  const { seed } = field;
  switch (field.kind) {
    case "sequence":
      return String(field.start + n);
    case "number":
      if (field.isWhole) return String(between(seed, n, field.min, field.max));
      return String(field.min + fraction(seed, n) * (field.max - field.min));
    case "text":
      return letters(seed, n, field.length);
    case "time": {
      const text = new Date(base - fraction(seed, n) * field.maxPast * 1000).toISOString();
      return field.isDate ? text.slice(0, 10) : text.replace("T", " ").replace("Z", "+00");
    }
    case "bool":
      return fraction(seed, n) < 0.5 ? "f" : "t";
  }
}
