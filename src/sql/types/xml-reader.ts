/**
 * TEXT OF XML as its scanner reads it: bytes, one a character, since the lines of messages are
 * cut and counted in them.
 */
const LINE_BYTES = 80;
const ERRORS_MAX = 10_000;

export const pattern = (body: string): RegExp => new RegExp(body, "y");
const nameStart =
  "A-Za-z_\\xc0-\\xd6\\xd8-\\xf6\\xf8-\\u02ff\\u0370-\\u037d\\u037f-\\u1fff\\u200c\\u200d\\u2070-\\u218f" +
  "\\u2c00-\\u2fef\\u3001-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\ufffd\\u{10000}-\\u{effff}";
const nameRest = `${nameStart}\\-.0-9\\xb7\\u0300-\\u036f\\u203f\\u2040`;
export const NAME = new RegExp(`^[:${nameStart}][:${nameRest}]*`, "u");
export const NAME_PART = new RegExp(`^[${nameStart}][${nameRest}]*`, "u");
const TOKEN = new RegExp(`^[:${nameRest}]+`, "u");
const NAME_BYTES = pattern("[:\\w.\\-\\x80-\\xff]+");
export const BLANKS = pattern("[ \\t\\n\\r]*");
/** A character that XML allows, in one to four bytes. */
export const CHARACTER = pattern(
  "[\\t\\n\\r -\\x7f\\xc2-\\xee\\xf0-\\xf4][\\x80-\\xbf]*|\\xef(?!\\xbf[\\xbe\\xbf])[\\x80-\\xbf]*",
);
export const utf8 = (bytes: string): string => Buffer.from(bytes, "latin1").toString("utf8");
export const bytesOf = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

export const utf8Length = (lead: string): number =>
  lead < "\x80" ? 1 : lead < "\xe0" ? 2 : lead < "\xf0" ? 3 : 4;

export interface XmlName {
  readonly prefix: string | undefined;
  readonly name: string;
}

export class XmlReader {
  /** Each: a message, the line's text and a mark under the place. */
  readonly errors: string[] = [];
  readonly warnings: string[] = [];
  readonly text: string;
  /** Whether names with colons that are no pairs are errors. */
  readonly #namespaces: boolean;
  at = 0;
  halted = false;
  /** Lines until a place, which only moves on. */
  #lines = 1;
  #counted = 0;

  constructor(bytes: string, at: number, namespaces: boolean) {
    this.text = bytes;
    this.at = at;
    this.#namespaces = namespaces;
  }

  get atEnd(): boolean {
    return this.at >= this.text.length;
  }
  get byte(): string {
    return this.text[this.at] ?? "";
  }
  sees(what: string): boolean {
    return this.text.startsWith(what, this.at);
  }

  /** What the pattern matches here, skipped. */
  take(what: RegExp): string {
    what.lastIndex = this.at;
    const found = what.exec(this.text)?.[0] ?? "";
    this.at += found.length;
    return found;
  }

  fail(message: string, shownAt = this.at): void {
    this.errors.push(this.#described(message, shownAt));
    if (this.errors.length >= ERRORS_MAX) this.halt();
  }

  warn(message: string): void {
    this.warnings.push(this.#described(message, this.at));
  }

  #described = (message: string, place: number): string =>
    `line ${this.line()}: ${utf8(message)}\n${this.#shown(place)}`;

  line(): number {
    for (; this.#counted < this.at; this.#counted++) {
      if (this.text[this.#counted] === "\n") this.#lines++;
    }
    return this.#lines;
  }

  halt(): void {
    this.halted = true;
    this.at = this.text.length;
  }

  /** The line around a place, at most 80 bytes of it, and the mark. */
  #shown(place: number): string {
    const isBreak = (at: number) => this.text[at] === "\n" || this.text[at] === "\r";
    let start = place;
    while (start > 0 && isBreak(start)) start--;
    for (let n = 0; n < LINE_BYTES && start > 0 && !isBreak(start); n++) start--;
    if (isBreak(start)) start++;
    // Before the line's start counts as beyond its end.
    const column = place < start ? LINE_BYTES : place - start;
    let end = start;
    while (end < this.text.length && !isBreak(end) && end - start < LINE_BYTES) end++;
    const line = this.text.slice(start, end);
    const mark = line.slice(0, Math.min(column, LINE_BYTES - 1)).replace(/[^\t]/g, " ");
    return `${utf8(line)}\n${mark}^`;
  }

  /** A name that the pattern, of characters, matches here. */
  name(what: RegExp): string | undefined {
    NAME_BYTES.lastIndex = this.at;
    const bytes = NAME_BYTES.exec(this.text)?.[0];
    const found = bytes === undefined ? undefined : what.exec(utf8(bytes))?.[0];
    if (found === undefined) return undefined;
    const name = bytesOf(found);
    this.at += name.length;
    return name;
  }

  /** prefix:name; a name that is no such pair counts as a whole. */
  qualifiedName(): XmlName | undefined {
    const first = this.name(NAME_PART);
    if (first === undefined) {
      const name = this.byte === ":" ? this.name(NAME) : undefined;
      if (name === undefined) return undefined;
      this.#noPair(name);
      return { prefix: undefined, name };
    }
    if (this.byte !== ":") return { prefix: undefined, name: first };
    this.at++;
    const second = this.name(NAME_PART);
    if (second === undefined) {
      this.#noPair(`${first}:`);
      return { prefix: undefined, name: `${first}:${this.name(TOKEN) ?? ""}` };
    }
    if (this.byte !== ":") return { prefix: first, name: second };
    this.#noPair(`${first}:${second}:`);
    this.at++;
    return { prefix: first, name: `${second}:${this.name(NAME) ?? ""}` };
  }

  #noPair(name: string): void {
    if (this.#namespaces) this.fail(`Failed to parse QName '${name}'`);
  }

  wholeName(): XmlName | undefined {
    const name = this.name(NAME);
    return name === undefined ? undefined : { prefix: undefined, name };
  }

  /** The character here, whether allowed or not. */
  code(): number {
    const bytes = this.text.slice(this.at, this.at + utf8Length(this.byte));
    return utf8(bytes).codePointAt(0) ?? 0;
  }
}
