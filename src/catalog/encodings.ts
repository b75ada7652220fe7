/**
 * Names and numbers of character encodings.
 * https://www.postgresql.org/docs/15/multibyte.html#CHARSET-TABLE
 */

/** By number, from 0. */
const names = [
  "SQL_ASCII",
  "EUC_JP",
  "EUC_CN",
  "EUC_KR",
  "EUC_TW",
  "EUC_JIS_2004",
  "UTF8",
  "MULE_INTERNAL",
  "LATIN1",
  "LATIN2",
  "LATIN3",
  "LATIN4",
  "LATIN5",
  "LATIN6",
  "LATIN7",
  "LATIN8",
  "LATIN9",
  "LATIN10",
  "WIN1256",
  "WIN1258",
  "WIN866",
  "WIN874",
  "KOI8R",
  "WIN1251",
  "WIN1252",
  "ISO_8859_5",
  "ISO_8859_6",
  "ISO_8859_7",
  "ISO_8859_8",
  "WIN1250",
  "WIN1253",
  "WIN1254",
  "WIN1255",
  "WIN1257",
  "KOI8U",
  "SJIS",
  "BIG5",
  "GBK",
  "UHC",
  "GB18030",
  "JOHAB",
  "SHIFT_JIS_2004",
];

/** Encodings below this number can be a server's. */
export const SERVER_ENCODINGS = 35;

const aliases: Readonly<Record<string, string>> = {
  abc: "WIN1258",
  alt: "WIN866",
  iso88591: "LATIN1",
  iso885910: "LATIN6",
  iso885913: "LATIN7",
  iso885914: "LATIN8",
  iso885915: "LATIN9",
  iso885916: "LATIN10",
  iso88592: "LATIN2",
  iso88593: "LATIN3",
  iso88594: "LATIN4",
  iso88599: "LATIN5",
  koi8: "KOI8R",
  mskanji: "SJIS",
  shiftjis: "SJIS",
  tcvn: "WIN1258",
  tcvn5712: "WIN1258",
  unicode: "UTF8",
  vscii: "WIN1258",
  win: "WIN1251",
  win932: "SJIS",
  win936: "GBK",
  win949: "UHC",
  win950: "BIG5",
  windows949: "UHC",
  windows950: "BIG5",
  windows932: "SJIS",
  windows936: "GBK",
};

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "");
const numbers = new Map(names.map((name, number) => [plain(name), number]));

/** "" for a number without encoding. */
export const encodingName = (number: number): string => names[number] ?? "";

/** Of the encodings whose characters take more than one byte. */
const maxLengths = new Map(
  Object.entries({
    EUC_JP: 3,
    EUC_CN: 3,
    EUC_KR: 3,
    EUC_TW: 4,
    EUC_JIS_2004: 3,
    UTF8: 4,
    MULE_INTERNAL: 4,
    SJIS: 2,
    BIG5: 2,
    GBK: 2,
    UHC: 2,
    GB18030: 4,
    JOHAB: 3,
    SHIFT_JIS_2004: 2,
  }),
);

/** Bytes of the longest character; NULL for a number without encoding. */
export function encodingMaxLength(number: number): bigint | null {
  const name = names[number];
  return name === undefined ? null : BigInt(maxLengths.get(name) ?? 1);
}

/** Punctuation and case do not matter. -1 for an unknown name. */
export function encodingNumber(name: string): number {
  const key = plain(name);
  const known = numbers.get(key) ?? numbers.get(plain(aliases[key] ?? ""));
  return known ?? numbers.get(key.replace(/^windows/, "win")) ?? -1;
}
