/**
 * WHAT MUST BE THERE AFTER A CRASH, by what the server has acknowledged.
 *
 * Each session runs one transaction at a time, so behind a crash its things are those of its last
 * acknowledged commit, or those of the transaction that was not answered, whole: nothing in
 * between.
 */
import { expect } from "chai";
import type { Random } from "../support/random.ts";
import type { Client, Observer } from "./clients.ts";
import { Generator } from "./generator.ts";
import { type Found, Model } from "./model.ts";

export class SessionHistory {
  readonly number: number;
  readonly #generator: Generator;
  #committed = new Model();
  #unanswered: { readonly after: Model; readonly statements: readonly string[] } | undefined;
  /** Commits that changed something. */
  acknowledged = 0;

  constructor(number: number) {
    this.number = number;
    this.#generator = new Generator(number);
  }

  /** Runs transactions until one is not answered. */
  async runUntilGone(client: Client, random: Random): Promise<void> {
    for (;;) if ((await this.runOne(client, random)) === "unknown") return;
  }

  async runOne(client: Client, random: Random): Promise<"answered" | "unknown"> {
    const script = this.#generator.next(this.#committed, random);
    const outcome = await client.run(script);
    if (outcome === "unknown") {
      if (script.end === "commit") this.#unanswered = script;
      return "unknown";
    }
    if (outcome === "committed") {
      // A transaction that changed nothing has no epoch.
      if (!sameLines(script.after.lines(), this.#committed.lines())) this.acknowledged += 1;
      this.#committed = script.after;
    }
    return "answered";
  }

  /**
   * Fails unless what was found is what was acknowledged, with the unanswered transaction or
   * without it.
   */
  check(found: Found): Model {
    const lines = found.lines.get(this.number) ?? [];
    const unanswered = this.#unanswered;
    if (unanswered !== undefined && sameLines(lines, unanswered.after.lines())) {
      return unanswered.after;
    }
    const statements = unanswered?.statements.join("; ") ?? "nothing";
    expect(lines, `session ${this.number}; not answered: ${statements}`).to.deep.equal(
      this.#committed.lines(),
    );
    return this.#committed;
  }

  /** The same, and goes on with what was found. */
  settle(found: Found): void {
    this.#committed = this.check(found);
    this.#unanswered = undefined;
  }
}

const sameLines = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((line, at) => line === b[at]);

/** Values of sequences and oids as clients have seen them: none may ever come again. */
export class SeenValues implements Observer {
  readonly #values = new Map<string, Set<number>>();
  readonly #least = new Map<string, number>();
  readonly #oids = new Map<number, string>();
  #greatestOid = 0;
  readonly faults: string[] = [];
  readonly #errors: ReadonlySet<string>;

  /** `errors`: the SQLSTATEs that a client may get. */
  constructor(errors: readonly string[]) {
    this.#errors = new Set(errors);
  }

  clone(): SeenValues {
    const copy = new SeenValues([...this.#errors]);
    for (const [label, values] of this.#values) copy.#values.set(label, new Set(values));
    copy.faults.push(...this.faults);
    return copy;
  }

  value(label: string, value: number): void {
    const seen = this.#values.get(label) ?? new Set();
    this.#values.set(label, seen);
    if (seen.has(value)) this.faults.push(`sequence ${label} gave ${value} twice`);
    if (value < (this.#least.get(label) ?? 0)) {
      this.faults.push(`sequence ${label} gave ${value} after a crash, but was further before it`);
    }
    seen.add(value);
  }

  error(code: string, message: string): void {
    if (!this.#errors.has(code)) this.faults.push(`${code} ${message}`);
  }

  /** After a crash: whatever comes now lies behind all that was seen. */
  afterCrash(): void {
    for (const [label, seen] of this.#values) this.#least.set(label, Math.max(...seen));
  }

  oids(found: Found): void {
    const before = this.#greatestOid;
    for (const [id, oid] of found.oids) {
      const owner = this.#oids.get(oid);
      if (owner !== undefined && owner !== id) {
        this.faults.push(`oid ${oid} was ${owner}'s and is ${id}'s`);
      }
      if (owner === undefined && oid <= before) {
        this.faults.push(`oid ${oid} of ${id} is not behind ${before}, which was seen before`);
      }
      this.#oids.set(oid, id);
      this.#greatestOid = Math.max(this.#greatestOid, oid);
    }
  }
}
