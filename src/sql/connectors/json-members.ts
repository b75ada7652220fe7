/**
 * THE MEMBERS OF A JSON OBJECT as texts that types read: a number with every digit that it has,
 * which a number of JavaScript could not keep.
 */

/** By name; null = null. A text says why it is no object. */
export function membersOf(text: string): ReadonlyMap<string, string | null> | string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return "it is not a JSON object";
    }
  } catch (error) {
    return `invalid JSON: ${(error as Error).message}`;
  }
  const members = new Map<string, string | null>();
  const reader = new Reader(text);
  reader.pass("{");
  while (!reader.isAt("}")) {
    const name = JSON.parse(reader.value()) as string;
    reader.pass(":");
    const value = reader.value();
    members.set(name, value === "null" ? null : value.startsWith('"') ? JSON.parse(value) : value);
    if (reader.isAt(",")) reader.pass(",");
  }
  return members;
}

/** Over a text that is JSON. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isAt(mark: string): boolean {
    while (/\s/.test(this.#text[this.#at] ?? "x")) this.#at++;
    return this.#text[this.#at] === mark;
  }

  pass(mark: string): void {
    if (this.isAt(mark)) this.#at++;
  }

  /** The text of a string, number, word, array or object. */
  value(): string {
    this.isAt("");
    const from = this.#at;
    for (let depth = 0; this.#at < this.#text.length; ) {
      const char = this.#text[this.#at] ?? "";
      if (char === '"') this.#passString();
      else if (depth === 0 && ",:}] \t\r\n".includes(char)) break;
      else {
        if ("{[".includes(char)) depth++;
        if ("}]".includes(char)) depth--;
        this.#at++;
      }
      if (depth === 0 && '"}]'.includes(this.#text[this.#at - 1] ?? "x")) break;
    }
    return this.#text.slice(from, this.#at);
  }

  #passString(): void {
    for (this.#at++; this.#text[this.#at] !== '"'; this.#at++) {
      if (this.#text[this.#at] === "\\") this.#at++;
    }
    this.#at++;
  }
}
