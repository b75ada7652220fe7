/**
 * THESAURUS DICTIONARIES: phrases become other words.
 * https://www.postgresql.org/docs/15/textsearch-dictionaries.html#TEXTSEARCH-THESAURUS
 */
import { SqlError } from "../../base/sql-error.ts";
import type { ThesaurusRule } from "../../catalog/search-files.ts";
import type { Dictionary, KnownLexeme, PhraseReader } from "./search-dictionaries.ts";

interface Phrase {
  /** What its words are in the dictionary below; undefined: any stop word. */
  readonly words: readonly (string | undefined)[];
  readonly lexemes: readonly KnownLexeme[];
}

const fault = (what: string, rule: number, hint?: string): SqlError =>
  new SqlError("F0000", `thesaurus ${what} (rule ${rule})`, hint === undefined ? {} : { hint });

function phraseOf({ sample, substitute }: ThesaurusRule, below: Dictionary, rule: number): Phrase {
  const words = sample.map((word) => {
    if (word === "?") return undefined;
    const shown = `sample word "${word}"`;
    const known = below(word);
    if (!known) throw fault(`${shown} isn't recognized by subdictionary`, rule);
    if (known[0]) return known[0].text;
    const hint = 'Use "?" to represent a stop word within a sample phrase.';
    throw fault(`${shown} is a stop word`, rule, hint);
  });
  const lexemes = substitute.flatMap(({ word, isFinal }, at) => {
    const shown = `substitute word "${word}"`;
    const known = isFinal ? [{ text: word }] : below(word);
    if (!known) throw fault(`${shown} isn't recognized by subdictionary`, rule);
    if (known.length === 0) throw fault(`${shown} is a stop word`, rule);
    return known.map((each, place) => (at > 0 && place === 0 ? { ...each, isNext: true } : each));
  });
  return { words, lexemes: lexemes as readonly KnownLexeme[] };
}

/** Throws F0000. */
export function thesaurusOf(rules: readonly ThesaurusRule[], below: Dictionary): Dictionary {
  if (below.phrases) throw new SqlError("XX000", "forbidden call of thesaurus or nested call");
  const all = rules.map((rule, at) => phraseOf(rule, below, at + 1));
  const byFirst = new Map<string | undefined, Phrase[]>();
  for (const phrase of all) {
    const [first] = phrase.words;
    byFirst.set(first, [...(byFirst.get(first) ?? []), phrase]);
  }
  const phrases = (): PhraseReader => {
    let alive: readonly Phrase[] | undefined;
    let at = 0;
    return (word) => {
      const known = below(word);
      const own = known?.[0]?.text;
      const before = alive ?? byFirst.get(own) ?? [];
      const left = before.filter(({ words }) => known && at < words.length && words[at] === own);
      alive = left;
      at++;
      const whole = left.find(({ words }) => words.length === at);
      return { lexemes: whole?.lexemes, more: whole ? left.length > 1 : left.length > 0 };
    };
  };
  return Object.assign((word: string) => phrases()(word).lexemes, { phrases });
}
