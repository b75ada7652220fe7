/**
 * READING GEOMETRIC TYPES: numbers, points and lists of points with whichever of the delimiters are
 * optional. https://www.postgresql.org/docs/15/datatype-geometric.html
 */
import { invalidSyntax } from "./codec.ts";
import { readFloat } from "./floats.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A place in a text of one type. Everything throws 22P02 naming the type. */
export class GeometryReader {
  readonly #text: string;
  readonly #type: string;
  #at = 0;

  constructor(text: string, type: string) {
    this.#text = text;
    this.#type = type;
  }

  fault(): Error {
    return invalidSyntax(this.#type, this.#text);
  }

  get next(): string {
    return this.#text[this.#at] ?? "";
  }

  skipSpace(): void {
    while (/^[ \t\n\v\f\r]$/.test(this.next)) this.#at++;
  }

  takes(char: string): boolean {
    if (this.next !== char) return false;
    this.#at++;
    return true;
  }

  expect(char: string): void {
    if (!this.takes(char)) throw this.fault();
  }

  end(): void {
    if (this.next !== "") throw this.fault();
  }

  number(): number {
    const { value, end } = readFloat(this.#text, this.#at, this.#type);
    this.#at = end;
    return value;
  }

  point(): Point {
    this.skipSpace();
    const closed = this.takes("(");
    const x = this.number();
    this.expect(",");
    const y = this.number();
    if (closed) {
      this.expect(")");
      this.skipSpace();
    }
    return { x, y };
  }

  /** Whether the parenthesis here is the last one to open in the text. */
  get #opensLast(): boolean {
    return this.#text.lastIndexOf("(") === this.#at;
  }

  /** A parenthesis around everything, where no point has one. */
  takesOuterParenthesis(): boolean {
    if (this.next !== "(" || !this.#opensLast) return false;
    this.#at++;
    return true;
  }

  /** A second parenthesis follows the one here: the first encloses a list. */
  takesParenthesisBeforeAnother(): boolean {
    const another = /\([ \t\n\v\f\r]*(?=\()/y;
    another.lastIndex = this.#at;
    const match = another.exec(this.#text);
    if (!match) return false;
    this.#at += match[0].length;
    return true;
  }

  /** `[…]` is open, `(…)` and nothing at all closed. */
  points(count: number, mayBeOpen: boolean): { points: Point[]; open: boolean } {
    this.skipSpace();
    const open = this.next === "[";
    if (open && !mayBeOpen) throw this.fault();
    let depth = 0;
    if (this.takes("[")) depth++;
    else if (this.takesParenthesisBeforeAnother() || this.takesOuterParenthesis()) {
      depth++;
      this.skipSpace();
    }
    const points: Point[] = [];
    for (let at = 0; at < count; at++) {
      points.push(this.point());
      this.takes(",");
    }
    for (; depth > 0; depth--) {
      if (!this.takes(")") && !(open && depth === 1 && this.takes("]"))) throw this.fault();
      this.skipSpace();
    }
    return { points, open };
  }

  /** How many points a text of so many commas has; 0 = none. */
  get pointCount(): number {
    const commas = this.#text.split(",").length - 1;
    return commas % 2 === 1 ? (commas + 1) / 2 : 0;
  }
}
