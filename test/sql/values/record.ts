/**
 * Asks PostgreSQL about a type. What it refuses is asked alone, so that each refusal is seen; what
 * it answers is put together, so that it is asked in few statements. The bytes that it sends are
 * given back to it.
 */
import type { ValueAsker } from "./asker.ts";
import type { Answered } from "./golden.ts";
import { aboutTable, bindingOf, expressionsOf, literal, valuesOf } from "./statements.ts";
import type { Subject } from "./subject.ts";

const TOGETHER = 12;

const isRefused = ([line = ""]: readonly string[]): boolean => line.startsWith("ERROR");

export async function askAbout(
  postgres: ValueAsker,
  subject: Subject,
  seed: number,
): Promise<Answered[]> {
  const answered: Answered[] = [];
  const ask = async (statement: string): Promise<readonly string[]> => {
    const answer = await postgres.ask(statement);
    answered.push({ statement, answer });
    return answer;
  };
  const values = valuesOf(subject, seed);
  await ask(`CREATE TABLE t (i int4, v ${subject.type})`);
  const rows = await refusedAlone(postgres, ask, values.map(rowOf), insert);
  await ask(insert([...rows, `(${values.length}, NULL)`]));
  for (const statement of aboutTable(subject)) {
    const answer = await ask(statement);
    const binding = statement.startsWith("\\binary ") && bindingOf(subject.type, answer);
    if (binding) await ask(binding);
  }
  await ask("DROP TABLE t");
  const computed = await refusedAlone(postgres, ask, expressionsOf(subject, values, seed), select);
  for (let at = 0; at < computed.length; at += TOGETHER) {
    await ask(select(computed.slice(at, at + TOGETHER)));
  }
  return answered;
}

const rowOf = (text: string, at: number): string => `(${at}, ${literal(text)})`;
const insert = (rows: readonly string[]): string =>
  `INSERT INTO t VALUES ${rows.join(", ")} RETURNING v`;
const select = (expressions: readonly string[]): string => `SELECT ${expressions.join(", ")}`;

/** The parts with which the statement is not refused; of the others, the refusals are kept. */
async function refusedAlone(
  postgres: ValueAsker,
  ask: (statement: string) => Promise<unknown>,
  parts: readonly string[],
  statementOf: (parts: readonly string[]) => string,
): Promise<string[]> {
  const good: string[] = [];
  for (const part of parts) {
    const statement = statementOf([part]);
    const trial = `BEGIN; ${statement}; ROLLBACK`;
    if (!isRefused(await postgres.ask(trial))) good.push(part);
    else {
      await postgres.ask("ROLLBACK");
      await ask(statement);
    }
  }
  return good;
}
