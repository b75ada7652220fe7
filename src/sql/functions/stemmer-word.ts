/**
 * THE WORD THAT A STEMMER CUTS: its bytes in UTF-8, where the stemmer is in it (`c`), between which
 * limits it may go (`lb`, `l`), and the slice that it replaces (`bra`, `ket`).
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/snowball/libstemmer/utilities.c
 */

interface Grouping {
  readonly bits: readonly number[];
  readonly min: number;
  readonly max: number;
}

/** `shorter`: the place of the longest other key that this one begins or ends with. */
interface Among {
  readonly key: Uint8Array;
  readonly shorter: number;
  readonly result: number;
  readonly condition: ((word: Word) => number) | undefined;
}

const isHead = (byte: number): boolean => byte >= 0xc0;
const isTail = (byte: number): boolean => byte >= 0x80 && byte < 0xc0;

function holds({ bits, min, max }: Grouping, code: number): boolean {
  if (code > max || code < min) return false;
  const at = code - min;
  return ((bits[at >> 3] as number) & (1 << (at & 7))) !== 0;
}

export class Word {
  bytes: Uint8Array;
  c = 0;
  l: number;
  lb = 0;
  bra = 0;
  ket: number;
  readonly numbers: number[];
  readonly texts: Uint8Array[];

  constructor(text: string, [texts, numbers]: readonly [number, number]) {
    this.bytes = Buffer.from(text);
    this.l = this.bytes.length;
    this.ket = this.l;
    this.numbers = new Array(numbers).fill(0);
    this.texts = Array.from({ length: texts }, () => new Uint8Array());
  }

  toString(): string {
    return Buffer.from(this.bytes.subarray(0, this.l)).toString();
  }

  characters(): number {
    return this.bytes.reduce((count, byte) => (isTail(byte) ? count : count + 1), 0);
  }

  /** Where the character after so many is; -1: there are not so many. */
  skip(count: number): number {
    let at = this.c;
    for (let left = count; left > 0; left--) {
      if (at >= this.l) return -1;
      if (isHead(this.bytes[at++] as number)) {
        while (at < this.l && isTail(this.bytes[at] as number)) at++;
      }
    }
    return at;
  }

  skipBack(count: number): number {
    let at = this.c;
    for (let left = count; left > 0; left--) {
      if (at <= this.lb) return -1;
      if ((this.bytes[--at] as number) >= 0x80) {
        while (at > this.lb && !isHead(this.bytes[at] as number)) at--;
      }
    }
    return at;
  }

  #from(from: number, to: number): number {
    const byte = (at: number): number => this.bytes[at] as number;
    const head = byte(from);
    switch (to - from) {
      case 1:
        return head;
      case 2:
        return ((head & 0x1f) << 6) | (byte(from + 1) & 0x3f);
      case 3:
        return ((head & 0xf) << 12) | ((byte(from + 1) & 0x3f) << 6) | (byte(from + 2) & 0x3f);
      default:
        return (
          ((head & 0x7) << 18) |
          ((byte(from + 1) & 0x3f) << 12) |
          ((byte(from + 2) & 0x3f) << 6) |
          (byte(from + 3) & 0x3f)
        );
    }
  }

  /**
   * Goes over a character of the grouping, or none of it, or all that follow each other. 0: it did;
   * -1: the limit is reached; else the bytes of the character that stands in the way.
   */
  pass(grouping: Grouping, wanted: boolean, forward: boolean, repeat: boolean): number {
    do {
      const to = forward ? this.skip(1) : this.skipBack(1);
      if (to < 0) return -1;
      const code = forward ? this.#from(this.c, to) : this.#from(to, this.c);
      if (holds(grouping, code) !== wanted) return Math.abs(to - this.c);
      this.c = to;
    } while (repeat);
    return 0;
  }

  #has(at: number, text: Uint8Array): boolean {
    for (let i = 0; i < text.length; i++) if (this.bytes[at + i] !== text[i]) return false;
    return true;
  }

  startsWith(text: Uint8Array): number {
    if (this.l - this.c < text.length || !this.#has(this.c, text)) return 0;
    this.c += text.length;
    return 1;
  }

  endsWith(text: Uint8Array): number {
    if (this.c - this.lb < text.length || !this.#has(this.c - text.length, text)) return 0;
    this.c -= text.length;
    return 1;
  }

  #replace(from: number, to: number, text: Uint8Array): number {
    const grown = text.length - (to - from);
    this.bytes = Buffer.concat([this.bytes.subarray(0, from), text, this.bytes.subarray(to)]);
    this.l += grown;
    if (grown === 0) return 0;
    if (this.c >= to) this.c += grown;
    else if (this.c > from) this.c = from;
    return grown;
  }

  #isFaulty(): boolean {
    return this.bra < 0 || this.bra > this.ket || this.ket > this.l;
  }

  replaceSlice(text: Uint8Array): number {
    if (this.#isFaulty()) return -1;
    this.#replace(this.bra, this.ket, text);
    return 0;
  }

  slice(): Uint8Array {
    return this.#isFaulty() ? new Uint8Array() : this.bytes.slice(this.bra, this.ket);
  }

  insert(text: Uint8Array): number {
    const at = this.c;
    const grown = this.#replace(at, at, text);
    if (at <= this.bra) this.bra += grown;
    if (at <= this.ket) this.ket += grown;
    return 0;
  }

  /** The result of the longest key here whose condition holds; 0: there is none. */
  findAmong(rows: readonly Among[], forward: boolean): number {
    const at = this.c;
    let place = this.#nearest(rows, forward);
    while (place >= 0) {
      const { key, shorter, result, condition } = rows[place] as Among;
      const room = forward ? this.l - at : at - this.lb;
      if (key.length <= room && this.#has(forward ? at : at - key.length, key)) {
        const end = forward ? at + key.length : at - key.length;
        this.c = end;
        const holds = condition === undefined || condition(this) !== 0;
        this.c = end;
        if (holds) return result;
      }
      place = shorter;
    }
    return 0;
  }

  /** The last key that is not after what stands here; the keys are in order. */
  #nearest(rows: readonly Among[], forward: boolean): number {
    let from = 0;
    let to = rows.length;
    while (to - from > 1) {
      const middle = (from + to) >> 1;
      if (this.#compare((rows[middle] as Among).key, forward) < 0) to = middle;
      else from = middle;
    }
    return from;
  }

  /** Below 0: what stands here comes before the key. */
  #compare(key: Uint8Array, forward: boolean): number {
    for (let i = 0; i < key.length; i++) {
      const at = forward ? this.c + i : this.c - 1 - i;
      if (forward ? at >= this.l : at < this.lb) return -1;
      const own = key[forward ? i : key.length - 1 - i] as number;
      const order = (this.bytes[at] as number) - own;
      if (order !== 0) return order;
    }
    return 0;
  }
}
