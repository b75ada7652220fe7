/**
 * SASLprep: what a password's characters are before it is hashed, so that different ways to type
 * it prove the same. A password with characters that it prohibits is taken as it is.
 * https://www.rfc-editor.org/rfc/rfc4013
 */

/** C.1.2: spaces beyond ASCII. U+200B is among them and not mapped to nothing. */
const SPACES = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu;
/** B.1: mapped to nothing. */
const NOTHING =
  /\u00ad|\u034f|\u1806|\u180b|\u180c|\u180d|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]|\ufeff/gu;
/** C.1.2 to C.9: spaces, controls, private use, no characters, surrogates, tags. */
const PROHIBITED = new RegExp(
  [
    "[\\u00a0\\u1680\\u2000-\\u200b\\u202f\\u205f\\u3000",
    "\\u0000-\\u001f\\u007f-\\u009f\\u06dd\\u070f\\u180e\\u200c-\\u200f\\u2028-\\u202e",
    "\\u2060-\\u2063\\u206a-\\u206f\\ufeff\\ufff9-\\uffff\\u{1d173}-\\u{1d17a}",
    "\\ue000-\\uf8ff\\u{f0000}-\\u{ffffd}\\u{100000}-\\u{10fffd}\\ufdd0-\\ufdef",
    "\\u0340\\u0341\\u2ff0-\\u2ffb\\u{e0001}\\u{e0020}-\\u{e007f}\\p{Cs}\\p{Noncharacter_Code_Point}]",
  ].join(""),
  "u",
);
/** D.1: characters that are written from right to left. */
const RIGHT_TO_LEFT =
  /[\u05be\u05c0\u05c3\u05d0-\u05ea\u05f0-\u05f4\u061b\u061f\u0621-\u063a\u0640-\u064a\u066d-\u066f\u0671-\u06d5\u06dd\u06e5\u06e6\u06fa-\u06fe\u0700-\u070d\u0710\u0712-\u072c\u0780-\u07a5\u07b1\u200f\ufb1d\ufb1f-\ufb28\ufb2a-\ufbb1\ufbd3-\ufd3d\ufd50-\ufdc7\ufdf0-\ufdfc\ufe70-\ufefc]/u;
const LETTERS = /\p{L}/u;

export function saslPrepared(password: string): string {
  if (/^[ -~]*$/.test(password)) return password;
  const mapped = password.replace(SPACES, " ").replace(NOTHING, "");
  const prepared = mapped.normalize("NFKC");
  return prepared === "" || PROHIBITED.test(prepared) || mixesDirections(prepared)
    ? password
    : prepared;
}

/** A text from right to left begins and ends so, and has no letters of the other direction. */
function mixesDirections(text: string): boolean {
  if (!RIGHT_TO_LEFT.test(text)) return false;
  const characters = Array.from(text);
  const isRightToLeft = (character: string | undefined) => RIGHT_TO_LEFT.test(character ?? "");
  if (!isRightToLeft(characters[0]) || !isRightToLeft(characters.at(-1))) return true;
  return characters.some((character) => LETTERS.test(character) && !isRightToLeft(character));
}
