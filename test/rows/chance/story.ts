/**
 * A STORY: some tables of a schema of its own, and statements over them, of one session. What a
 * story says next depends on its seed and on which of its statements have failed.
 */
import { Random } from "../../support/random.ts";
import { alterTable, createIndex, createTable, dropTable, type Step } from "./definitions.ts";
import { type Model, noTables } from "./model.ts";
import { select, wholeTable } from "./queries.ts";
import { insertSelect, insertValues, merge, remove, truncate, update } from "./writes.ts";

export const STATEMENTS = 60;
const TABLES = 3;

type Write = (random: Random, model: Model) => string;
const only =
  (write: Write) =>
  (random: Random, model: Model): Step => ({ text: write(random, model) });

/** Statements by how often they come. */
const weights: readonly (readonly [number, (random: Random, model: Model) => Step])[] = [
  [34, only(insertValues)],
  [8, only(insertSelect)],
  [17, update],
  [8, only(remove)],
  [9, merge],
  [1, only(truncate)],
  [9, alterTable],
  [2, createIndex],
  [1.5, createTable],
  [0.7, dropTable],
  [10, only(select)],
  [5, only(wholeTable)],
];
const TRANSACTION_CHANCE = 0.08;

interface Savepoint {
  readonly name: string;
  readonly model: Model;
}

export class Story {
  readonly #random: Random;
  readonly #schema: string;
  #model = noTables;
  /** The block, its savepoints above it; the first is BEGIN's. */
  #block: Savepoint[] = [];
  #failed = false;
  #said = 0;
  #pending: (() => void) | undefined;

  constructor(seed: number, number: number) {
    this.#random = new Random(seed).fork(number);
    this.#schema = `s${number}`;
  }

  /** The next statement; undefined at the end. */
  next(): string | undefined {
    const said = this.#said++;
    this.#pending = undefined;
    if (said === 0) return `CREATE SCHEMA ${this.#schema}`;
    if (said === 1) return `SET search_path = ${this.#schema}`;
    if (said < 2 + TABLES) return this.#take(createTable(this.#random, this.#model));
    if (said < STATEMENTS) return this.#any();
    if (said === STATEMENTS) return this.#end("COMMIT");
    const table = this.#model.tables[said - STATEMENTS - 1];
    return table && wholeTable(this.#random, { tables: [table], count: 0 });
  }

  /** What became of the statement. */
  told(failed: boolean): void {
    if (failed) this.#failed ||= this.#block.length > 0;
    else this.#pending?.();
  }

  #take({ text, after }: Step): string {
    this.#pending = () => {
      if (after) this.#model = after;
    };
    return text;
  }

  #any(): string {
    const random = this.#random;
    if (this.#failed && random.chance(0.7)) return this.#back();
    if (random.chance(TRANSACTION_CHANCE)) return this.#transaction();
    if (this.#model.tables.length === 0) return this.#take(createTable(random, this.#model));
    let left = random.fraction() * weights.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, make] of weights) {
      left -= weight;
      if (left < 0) return this.#take(make(random, this.#model));
    }
    throw new RangeError("weights");
  }

  #transaction(): string {
    if (this.#block.length === 0) {
      const level = this.#random.pick(["", "", " ISOLATION LEVEL REPEATABLE READ"]);
      return this.#enter("begin", `BEGIN${level}`);
    }
    const chosen = this.#random.fraction();
    if (chosen < 0.4) {
      const name = `p${this.#block.length}`;
      return this.#enter(name, `SAVEPOINT ${name}`);
    }
    if (chosen < 0.65) return this.#back();
    const last = this.#block.at(-1);
    if (chosen < 0.75 && last && this.#block.length > 1) {
      this.#pending = () => this.#block.pop();
      return `RELEASE ${last.name}`;
    }
    return this.#end("COMMIT");
  }

  #enter(name: string, text: string): string {
    this.#pending = () => this.#block.push({ name, model: this.#model });
    return text;
  }

  /** To a savepoint, or to before the block. */
  #back(): string {
    const point = this.#block.at(-1);
    if (point === undefined || this.#block.length === 1) return this.#end("ROLLBACK");
    this.#pending = () => {
      this.#model = point.model;
      this.#failed = false;
    };
    return `ROLLBACK TO ${point.name}`;
  }

  /** A COMMIT that fails, over a deferred constraint, ends the block too. */
  #end(text: "COMMIT" | "ROLLBACK"): string {
    const after = this.#model;
    const undone = text === "ROLLBACK" || this.#failed;
    this.#model = this.#block[0]?.model ?? after;
    this.#block = [];
    this.#failed = false;
    this.#pending = () => {
      if (!undone) this.#model = after;
    };
    return text;
  }
}
