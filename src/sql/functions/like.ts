/**
 * LIKE's patterns, as the segments between their percent signs. Each segment is taken where it
 * first fits, because a later place leaves less for those behind it: nothing is tried twice.
 */
import { SqlError } from "../../base/sql-error.ts";

export type LikeMatcher = (text: string) => boolean;

/** A literal, or how many characters underscores stand for. */
type Piece = string | number;
type Segment = readonly Piece[];

const danglingEscape = () =>
  new SqlError("22025", "LIKE pattern must not end with escape character");

function segmentsOf(pattern: string): Segment[] {
  let segment: Piece[] = [];
  const segments = [segment];
  const chars = [...pattern];
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] as string;
    if (char === "%") {
      segment = [];
      segments.push(segment);
      continue;
    }
    const last = segment.at(-1);
    if (char === "_") {
      if (typeof last === "number") segment[segment.length - 1] = last + 1;
      else segment.push(1);
      continue;
    }
    const literal = char === "\\" ? (chars[++at] as string) : char;
    if (typeof last === "string") segment[segment.length - 1] = last + literal;
    else segment.push(literal);
  }
  return segments;
}

/** The index behind the character at `at`. */
const after = (text: string, at: number): number =>
  at + ((text.codePointAt(at) as number) > 0xffff ? 2 : 1);

/** The index of the character before `at`. */
const before = (text: string, at: number): number => {
  const unit = text.charCodeAt(at - 1);
  return at - (unit >= 0xdc00 && unit <= 0xdfff ? 2 : 1);
};

/** Where the segment ends that begins at `from`; -1 = it does not. */
function endOf(segment: Segment, text: string, from: number): number {
  let at = from;
  for (const piece of segment) {
    if (typeof piece === "string") {
      if (!text.startsWith(piece, at)) return -1;
      at += piece.length;
      continue;
    }
    for (let count = piece; count > 0; count--) {
      if (at >= text.length) return -1;
      at = after(text, at);
    }
  }
  return at;
}

/** Where the segment's first occurrence from `from` on ends; -1 = there is none. */
function find(segment: Segment, text: string, from: number): number {
  const [first] = segment;
  if (first === undefined) return from;
  for (let at = from; at < text.length; at = after(text, at)) {
    if (typeof first === "string") {
      at = text.indexOf(first, at);
      if (at < 0) return -1;
    }
    const end = endOf(segment, text, at);
    if (end >= 0) return end;
  }
  return -1;
}

/** Whether the text ends with the segment, which must not begin before `from`. */
function isEnd(segment: Segment, text: string, from: number): boolean {
  let at = text.length;
  for (let number = segment.length - 1; number >= 0; number--) {
    const piece = segment[number] as Piece;
    if (typeof piece === "string") at -= piece.length;
    else for (let count = piece; count > 0 && at > 0; count--) at = before(text, at);
  }
  return at >= from && endOf(segment, text, at) === text.length;
}

/** A pattern that ends with an escape: an error, once the text has got that far. */
function compileDangling(pattern: string): LikeMatcher {
  const arrives = compileLike(`${pattern.slice(0, -1).replace(/%+$/, "")}_%`);
  return (text) => {
    if (arrives(text)) throw danglingEscape();
    return false;
  };
}

/** `\` escapes. The matcher throws 22025 when it comes to one that ends the pattern. */
export function compileLike(pattern: string): LikeMatcher {
  if (/^(?:[^\\]|\\.)*\\$/s.test(pattern)) return compileDangling(pattern);
  if (!/[%_\\]/.test(pattern)) return (text) => text === pattern;
  const start = /^([^%_\\]*)%$/.exec(pattern);
  if (start) return (text) => text.startsWith(start[1] as string);
  const [first = [], ...rest] = segmentsOf(pattern);
  const last = rest.pop();
  return (text) => {
    let at = endOf(first, text, 0);
    if (last === undefined) return at === text.length;
    for (const segment of rest) {
      if (at < 0) return false;
      at = find(segment, text, at);
    }
    return at >= 0 && isEnd(last, text, at);
  };
}
