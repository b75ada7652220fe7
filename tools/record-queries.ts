/**
 * Writes the answers of test/queries/corpus anew, from a PostgreSQL 15 server of collation C of
 * which root is a superuser, and from a catalogd where it is known to answer otherwise:
 *   npx tsx tools/record-queries.ts postgresql://127.0.0.1:5432 postgresql://127.0.0.1:4566 [files]
 * With --compare it writes nothing, and prints where the two answer otherwise and nobody says why.
 * With --chance the queries of chance.txt are generated anew first,
 * and those whose errors say nothing are left out.
 * Either way it makes the database query_corpus on both.
 */
import { Asker, digested, inOrder, NOT_COMPARED } from "../test/queries/asker.ts";
import { Generator } from "../test/queries/chance/generator.ts";
import { mutate } from "../test/queries/chance/mutations.ts";
import {
  corpusFiles,
  corpusSchema,
  type Entry,
  isKnownToDiffer,
  readCorpus,
  writeCorpus,
} from "../test/queries/corpus.ts";
import { Random } from "../test/support/random.ts";
import type { Address } from "../test/support/server.ts";

const CHANCE_FILE = "chance.txt";
const CHANCE = 300;
const CHANCE_SEED = 15;
/** One in so many is wrong somewhere. */
const WRONG_EVERY = 6;

const compares = process.argv.includes("--compare");
const [first, second, ...only] = process.argv.slice(2).filter((word) => !word.startsWith("--"));

function queryOfChance(run: number): Entry {
  const random = new Random(CHANCE_SEED).fork(run);
  const text = new Generator(random).query();
  return { comments: [], answer: [], text: run % WRONG_EVERY > 0 ? text : mutate(text, random) };
}

function addressOf(text: string | undefined): Address {
  const { hostname, port } = new URL(text ?? "");
  return { host: hostname, port: Number(port || 5432) };
}

const ask = async (asker: Asker, entry: Entry): Promise<string[]> =>
  inOrder(entry.text, await asker.ask(entry));

/** Lines of either side that the other has not. */
function differences(left: readonly string[], right: readonly string[]): string[] {
  const only = (these: readonly string[], those: readonly string[], sign: string) => {
    const known = new Set(those);
    const lines = these.filter((line) => !known.has(line)).map((line) => `${sign} ${line}`);
    return lines.length > 12 ? [...lines.slice(0, 12), `${sign} … ${lines.length} lines`] : lines;
  };
  const found = [...only(left, right, "-"), ...only(right, left, "+")];
  return found.length > 0 ? found : ["  the same lines in another order"];
}

let [total, same, known] = [0, 0, 0];

async function visit(file: string): Promise<void> {
  const theirs = await Asker.open(addressOf(first), corpusSchema());
  const ours = await Asker.open(addressOf(second), corpusSchema());
  const entries: Entry[] = [];
  for (const { ours: _, ...entry } of readCorpus(file)) {
    const wanted = await ask(theirs, entry);
    if (file === CHANCE_FILE && NOT_COMPARED.test(wanted.join("\n"))) continue;
    const got = await ask(ours, entry);
    const differs = isKnownToDiffer(entry);
    total++;
    if (wanted.join("\n") === got.join("\n")) {
      same++;
      if (differs) console.log(`${file}: ${entry.text}\n  differs no more\n`);
    } else if (differs) known++;
    else console.log([`${file}: ${entry.text}`, ...differences(wanted, got), ""].join("\n"));
    const recorded = { ...entry, answer: digested(wanted) };
    entries.push(differs ? { ...recorded, ours: digested(got) } : recorded);
  }
  theirs.close();
  ours.close();
  if (!compares) writeCorpus(file, entries);
}

if (process.argv.includes("--chance")) {
  const entries = Array.from({ length: CHANCE }, (_, run) => queryOfChance(run));
  writeCorpus(CHANCE_FILE, entries);
}
for (const file of corpusFiles()) {
  if (only.length === 0 || only.includes(file)) await visit(file);
}
console.log(`${same} of ${total} answers are the same, ${known} are known to differ`);
