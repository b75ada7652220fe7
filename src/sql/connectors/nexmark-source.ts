/**
 * EVENTS OF AN AUCTION HOUSE, as the benchmark Nexmark has them: of fifty events one is a person,
 * three are auctions and the others bids. Event n is decided by n, and happens n gaps after the
 * source was made.
 */
import { z } from "zod";
import type { SourceRow } from "../../catalog/connectors/ports.ts";
import type { SourceColumn } from "../../catalog/connectors/sources.ts";
import type { Position, SourceConnector } from "./connector.ts";
import { Due } from "./due.ts";
import { between, letters } from "./random.ts";

const [PERSONS, AUCTIONS, TOTAL] = [1, 3, 50];
const TYPES = ["Person", "Auction", "Bid"] as const;
type EventType = (typeof TYPES)[number];

export interface NexmarkOptions {
  readonly "nexmark.table.type"?: EventType | undefined;
  readonly "nexmark.event.num": number;
  readonly "nexmark.min.event.gap.in.ns": number;
}

const positions = z.object({ next: z.number().int(), base: z.number() });

export class NexmarkSource implements SourceConnector {
  readonly #columns: readonly SourceColumn[];
  readonly #options: NexmarkOptions;
  readonly #due: Due;
  readonly #now: () => number;

  constructor(columns: readonly SourceColumn[], options: NexmarkOptions, now: () => number) {
    this.#columns = columns;
    this.#options = options;
    this.#due = new Due(1e9 / options["nexmark.min.event.gap.in.ns"]);
    this.#now = now;
  }

  async connect(): Promise<Position> {
    return { next: 0, base: this.#now() };
  }

  async next(position: Position, most: number): Promise<readonly SourceRow[]> {
    const { next, base } = positions.parse(position);
    const { "nexmark.table.type": wanted, "nexmark.event.num": all } = this.#options;
    const left = all < 0 ? Number.POSITIVE_INFINITY : Math.max(all - next, 0);
    const count = Math.min(this.#due.behind(next), left);
    const rows: SourceRow[] = [];
    for (let n = next; n < next + count && rows.length < most; n++) {
      const type = typeOf(n);
      if (wanted === undefined || wanted === type) rows.push(this.#row(n, type, base));
    }
    return rows;
  }

  async close(): Promise<void> {}

  #row(n: number, type: EventType, base: number): SourceRow {
    const ms = base + (n * this.#options["nexmark.min.event.gap.in.ns"]) / 1e6;
    const event = eventOf(n, type, ms);
    const whole =
      this.#options["nexmark.table.type"] !== undefined
        ? event
        : { event_type: TYPES.indexOf(type), [type.toLowerCase()]: JSON.stringify(event) };
    const values = this.#columns.map(({ name }) => {
      const value = (whole as { readonly [name: string]: string | number })[name];
      return value === undefined ? null : String(value);
    });
    return { values, position: { next: n + 1, base } };
  }
}

function typeOf(n: number): EventType {
  const at = n % TOTAL;
  if (at < PERSONS) return "Person";
  return at < PERSONS + AUCTIONS ? "Auction" : "Bid";
}

const FIRST_ID = 1_000;
/** Ids of the newest person and auction when event n happens. */
const lastPerson = (n: number): number => FIRST_ID + Math.floor(n / TOTAL) * PERSONS;
const lastAuction = (n: number): number =>
  FIRST_ID +
  Math.floor(n / TOTAL) * AUCTIONS +
  Math.min(Math.max((n % TOTAL) - PERSONS, -1), AUCTIONS - 1);

const FIRST_NAMES = "Peter Paul Luke John Saul Vicky Kate Julie Sarah Deiter Walter".split(" ");
const LAST_NAMES = "Shultz Abrams Spencer White Bartels Walton Smith Jones Noris".split(" ");
const PLACES = [
  ...["AZ Phoenix", "CA Los Angeles", "CA San Francisco", "ID Boise", "OR Portland"],
  ...["OR Bend", "WA Redmond", "WA Seattle", "WY Kent", "WY Cheyenne"],
];
const CHANNELS = ["Google", "Facebook", "Baidu", "Apple"];
const ACTIVE = 1_000;
const HOUR_MS = 3_600_000;

const time = (ms: number): string => new Date(ms).toISOString().replace("T", " ").replace("Z", "");

function eventOf(n: number, type: EventType, ms: number): { [name: string]: string | number } {
  const pick = <T>(seed: number, all: readonly T[]): T =>
    all[between(seed, n, 0, all.length - 1)] as T;
  const recent = (seed: number, last: number) =>
    between(seed, n, Math.max(last - ACTIVE, FIRST_ID), Math.max(last, FIRST_ID));
  const price = (seed: number) => Math.round(10 ** (between(seed, n, 0, 6_000) / 1_000) * 100);
  const date_time = time(ms);
  switch (type) {
    case "Person": {
      const [first, last] = [pick(1, FIRST_NAMES), pick(2, LAST_NAMES)];
      const [state = "", city = ""] = pick(3, PLACES).split(/ (.*)/);
      const card = [4, 5, 6, 7].map((seed) => String(between(seed, n, 0, 9_999)).padStart(4, "0"));
      return {
        id: lastPerson(n),
        name: `${first} ${last}`,
        email_address: `${letters(8, n, 7)}@${letters(9, n, 5)}.com`.toLowerCase(),
        credit_card: card.join(" "),
        ...{ city, state, date_time, extra: letters(10, n, 20) },
      };
    }
    case "Auction": {
      const initial_bid = price(11);
      return {
        id: lastAuction(n),
        item_name: letters(12, n, 20),
        description: letters(13, n, 100),
        ...{ initial_bid, reserve: initial_bid + price(14), date_time },
        expires: time(ms + between(15, n, 1, HOUR_MS)),
        seller: recent(16, lastPerson(n)),
        category: between(17, n, 10, 14),
        extra: letters(18, n, 20),
      };
    }
    case "Bid": {
      const channel = pick(21, CHANNELS);
      return {
        auction: recent(19, lastAuction(n)),
        bidder: recent(20, lastPerson(n)),
        price: price(22),
        ...{ channel, url: `https://www.nexmark.com/${letters(23, n, 8)}/item.htm`, date_time },
        extra: letters(24, n, 20),
      };
    }
  }
}
