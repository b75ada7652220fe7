/**
 * PostgreSQL's hash of bytes: Bob Jenkins' lookup3 with its seeds, as hash indexes and hashtext()
 * show it.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/common/hashfn.c
 */

type State = [a: number, b: number, c: number];

const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));

function mix(state: State): void {
  let [a, b, c] = state;
  a = ((a - c) ^ rotate(c, 4)) | 0;
  c = (c + b) | 0;
  b = ((b - a) ^ rotate(a, 6)) | 0;
  a = (a + c) | 0;
  c = ((c - b) ^ rotate(b, 8)) | 0;
  b = (b + a) | 0;
  a = ((a - c) ^ rotate(c, 16)) | 0;
  c = (c + b) | 0;
  b = ((b - a) ^ rotate(a, 19)) | 0;
  a = (a + c) | 0;
  c = ((c - b) ^ rotate(b, 4)) | 0;
  b = (b + a) | 0;
  state[0] = a;
  state[1] = b;
  state[2] = c;
}

function finish(state: State): void {
  let [a, b, c] = state;
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  c = ((c ^ b) - rotate(b, 24)) | 0;
  state[0] = a;
  state[1] = b;
  state[2] = c;
}

function start(length: number, seed: bigint): State {
  const first = (0x9e3779b9 + length + 3923095) | 0;
  const state: State = [first, first, first];
  if (seed !== 0n) {
    state[0] = (state[0] + Number(BigInt.asIntN(32, seed >> 32n))) | 0;
    state[1] = (state[1] + Number(BigInt.asIntN(32, seed))) | 0;
    mix(state);
  }
  return state;
}

function ofBytes(bytes: Uint8Array, seed: bigint): State {
  const state = start(bytes.length, seed);
  const word = (at: number, count: number): number => {
    let value = 0;
    for (let byte = 0; byte < count; byte++) value |= (bytes[at + byte] ?? 0) << (8 * byte);
    return value;
  };
  let at = 0;
  for (; bytes.length - at >= 12; at += 12) {
    state[0] = (state[0] + word(at, 4)) | 0;
    state[1] = (state[1] + word(at + 4, 4)) | 0;
    state[2] = (state[2] + word(at + 8, 4)) | 0;
    mix(state);
  }
  state[0] = (state[0] + word(at, 4)) | 0;
  state[1] = (state[1] + word(at + 4, 4)) | 0;
  // The lowest byte is the length's.
  state[2] = (state[2] + (word(at + 8, 3) << 8)) | 0;
  finish(state);
  return state;
}

function ofWord(word: number, seed: bigint): State {
  const state = start(4, seed);
  state[0] = (state[0] + word) | 0;
  finish(state);
  return state;
}

const low = ([, , c]: State): bigint => BigInt(c);
const both = ([, b, c]: State): bigint =>
  BigInt.asIntN(64, (BigInt(b) << 32n) | BigInt.asUintN(32, BigInt(c)));

/**
 * Two hashes in one: of 32 bits (`seed` undefined), and of 64 bits whose lower half is that one
 * where the seed is 0. Signed.
 */
export const hashBytes = (bytes: Uint8Array, seed?: bigint): bigint =>
  seed === undefined ? low(ofBytes(bytes, 0n)) : both(ofBytes(bytes, seed));

/** Of an unsigned number of 32 bits. */
export const hashWord = (word: number, seed?: bigint): bigint =>
  seed === undefined ? low(ofWord(word, 0n)) : both(ofWord(word, seed));
