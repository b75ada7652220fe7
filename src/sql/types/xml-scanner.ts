/**
 * WELL-FORMED XML: what the xml type takes, and the messages of the library that PostgreSQL asks,
 * each with the line and a mark below where it stopped. Entities of an internal subset are refused.
 * https://www.w3.org/TR/xml/
 */
import { notSupported } from "../../base/sql-error.ts";
import {
  BLANKS,
  bytesOf,
  CHARACTER,
  NAME,
  pattern,
  utf8,
  utf8Length,
  type XmlName,
  XmlReader,
} from "./xml-reader.ts";

const DEPTH_MAX = 256;
const QUOTED_BYTES = 50;
/** In a comment, what is neither a hyphen nor beyond ASCII. */
const PLAIN = pattern("[\\t\\n -,.-\\x7f]+|\\r(?=\\n)");

interface Tag extends XmlName {
  readonly line: number;
}

export class XmlScanner {
  readonly #in: XmlReader;
  readonly #open: Tag[] = [];
  #hasExternalSubset = false;

  /** `at`: after the XML declaration, counted in bytes. */
  constructor(text: string, at = 0) {
    this.#in = new XmlReader(bytesOf(text), at);
  }

  get errors(): readonly string[] {
    return this.#in.errors;
  }

  /** Any number of elements, with text around them. */
  content(): void {
    this.#content();
    const open = this.#open.at(-1);
    if (this.#in.halted) return;
    if (open) return this.#unfinished(open);
    // What is wrong before is reason enough.
    if (this.#in.errors.length > 0) return;
    if (this.#in.sees("</")) this.#in.fail("chunk is not well balanced");
    else if (!this.#in.atEnd) this.#in.fail("extra content at the end of well balanced chunk");
  }

  /** One element, after a document type perhaps. */
  document(): void {
    if (this.#in.text === "") {
      this.#in.fail("switching encoding : no input");
      return this.#in.fail("Document is empty");
    }
    this.#prolog();
    if (this.#in.sees("<!DOCTYPE")) {
      this.#documentType();
      this.#prolog();
    }
    if (!this.#in.sees("<")) return this.#in.fail("Start tag expected, '<' not found");
    if (this.#startTag() === "open") {
      this.#content(1);
      if (this.#in.halted) return;
      const open = this.#open.at(-1);
      if (this.#in.atEnd && open) return this.#unfinished(open);
      this.#endTag();
    }
    this.#prolog();
    if (!this.#in.atEnd && !this.#in.halted)
      this.#in.fail("Extra content at the end of the document");
  }

  #unfinished(tag: Tag): void {
    this.#in.fail(`Premature end of data in tag ${tag.name} line ${tag.line}`);
  }

  /** Until the end, or an end tag of an element opened before. */
  #content(floor = 0): void {
    while (!this.#in.atEnd && !this.#in.halted) {
      if (this.#in.sees("<?")) this.#instruction();
      else if (this.#in.sees("<![CDATA[")) this.#cdata();
      else if (this.#in.sees("<!--")) this.#comment();
      else if (this.#in.sees("</")) {
        if (this.#open.length <= floor) return;
        this.#endTag();
      } else if (this.#in.sees("<")) this.#startTag();
      else if (this.#in.sees("&")) this.#reference();
      else this.#characters();
    }
  }

  #prolog(): void {
    for (;;) {
      this.#in.take(BLANKS);
      if (this.#in.sees("<?")) this.#instruction();
      else if (this.#in.sees("<!--")) this.#comment();
      else return;
    }
  }

  #startTag(): "open" | "closed" {
    if (this.#open.length > DEPTH_MAX) {
      this.#in.fail(`Excessive depth in document: ${DEPTH_MAX} use XML_PARSE_HUGE option`);
      this.#in.halt();
      return "closed";
    }
    const line = this.#in.line();
    this.#in.at++;
    const tag = this.#in.qualifiedName();
    if (!tag) {
      this.#in.fail("StartTag: invalid element name");
      return "closed";
    }
    this.#attributes();
    if (this.#in.sees("/>")) {
      this.#in.at += 2;
      return "closed";
    }
    if (!this.#in.sees(">")) {
      this.#in.fail(`Couldn't find end of Start Tag ${tag.name} line ${line}`);
      return "closed";
    }
    this.#in.at++;
    this.#open.push({ ...tag, line });
    return "open";
  }

  #attributes(): void {
    const seen = new Set<string>();
    const again: string[] = [];
    this.#in.take(BLANKS);
    while (!this.#in.sees(">") && !this.#in.sees("/>") && /[\t\n\r -\xff]/.test(this.#in.byte)) {
      const name = this.#attribute();
      if (name !== undefined) {
        if (!seen.has(name)) seen.add(name);
        else if (/^xmlns(:|$)/.test(name)) this.#in.fail(`Attribute ${name} redefined`);
        else again.push(name);
      }
      if (this.#in.sees(">") || this.#in.sees("/>")) break;
      if (this.#in.take(BLANKS) === "") {
        this.#in.fail("attributes construct error");
        break;
      }
    }
    for (const name of again) this.#in.fail(`Attribute ${name} redefined`);
  }

  /** The attribute's name, if it has a value. */
  #attribute(): string | undefined {
    const found = this.#in.qualifiedName();
    if (!found) {
      this.#in.fail("error parsing attribute name");
      return undefined;
    }
    this.#in.take(BLANKS);
    if (!this.#in.sees("=")) {
      this.#in.fail(`Specification mandates value for attribute ${found.name}`);
      return undefined;
    }
    this.#in.at++;
    this.#in.take(BLANKS);
    const { prefix, name } = found;
    return this.#attributeValue() ? (prefix === undefined ? name : `${prefix}:${name}`) : undefined;
  }

  #attributeValue(): boolean {
    const quote = this.#in.byte;
    if (quote !== '"' && quote !== "'") {
      this.#in.fail("AttValue: \" or ' expected");
      return false;
    }
    this.#in.at++;
    while (!this.#in.sees(quote) && !this.#in.sees("<")) {
      if (this.#in.sees("&")) this.#reference();
      else if (this.#in.take(CHARACTER) === "") break;
    }
    if (this.#in.sees("<")) this.#in.fail("Unescaped '<' not allowed in attributes values");
    else if (this.#in.sees(quote)) this.#in.at++;
    else if (this.#in.atEnd) this.#in.fail("AttValue: ' expected");
    else this.#in.fail("invalid character in attribute value");
    return true;
  }

  #endTag(): void {
    const open = this.#open.pop();
    if (!open) return;
    this.#in.at += 2;
    const found = open.prefix === undefined ? this.#in.wholeName() : this.#in.qualifiedName();
    const isSame = found?.prefix === open.prefix && found?.name === open.name;
    this.#in.take(BLANKS);
    if (this.#in.sees(">")) this.#in.at++;
    else this.#in.fail("expected '>'");
    if (isSame) return;
    const name = found?.name ?? "unparsable";
    this.#in.fail(`Opening and ending tag mismatch: ${open.name} line ${open.line} and ${name}`);
  }

  #reference(): void {
    if (this.#in.sees("&#")) return this.#characterReference();
    this.#in.at++;
    const name = this.#in.name(NAME);
    if (name === undefined) return this.#in.fail("xmlParseEntityRef: no name");
    if (!this.#in.sees(";")) return this.#in.fail("EntityRef: expecting ';'");
    this.#in.at++;
    if (/^(lt|gt|amp|quot|apos)$/.test(name) || this.#hasExternalSubset) return;
    this.#in.fail(`Entity '${name}' not defined`);
  }

  #characterReference(): void {
    const isHex = this.#in.sees("&#x");
    this.#in.at += isHex ? 3 : 2;
    const digits = this.#in.take(isHex ? pattern("[0-9a-fA-F]*") : pattern("[0-9]*"));
    const kind = isHex ? "hexadecimal" : "decimal";
    let value = Number.parseInt(`0${digits}`, isHex ? 16 : 10);
    if (this.#in.sees(";")) this.#in.at++;
    else {
      this.#in.fail(`CharRef: invalid ${kind} value`);
      value = 0;
    }
    if (value >= 0x110000) this.#in.fail("xmlParseCharRef: character reference out of bounds");
    else if (!isXmlCharacter(value)) {
      this.#in.fail(`xmlParseCharRef: invalid xmlChar value ${value}`);
    }
  }

  /** Text. After what is not ASCII, errors are shown where they are, else where the text began. */
  #characters(): void {
    let chunk = this.#in.at;
    let isPlain = true;
    while (!this.#in.atEnd && !this.#in.sees("<") && !this.#in.sees("&")) {
      if (this.#in.sees("]]>")) {
        this.#in.fail("Sequence ']]>' not allowed in content", isPlain ? chunk : this.#in.at);
        this.#in.at++;
        if (isPlain) return;
        continue;
      }
      if (this.#in.sees("\r\n")) chunk = this.#in.at + 1;
      const taken = this.#in.take(CHARACTER);
      if (taken === "") {
        const code = this.#in.code();
        this.#in.fail(`PCDATA invalid Char value ${code}`);
        this.#in.at += utf8Length(this.#in.byte);
        return;
      }
      isPlain &&= taken <= "\x7f" && (taken !== "\r" || this.#in.sees("\n"));
    }
  }

  #instruction(): void {
    this.#in.at += 2;
    const target = this.#in.name(NAME);
    if (target === undefined) return this.#in.fail("xmlParsePI : no target name");
    if (target === "xml") {
      this.#in.fail("XML declaration allowed only at the start of the document");
    } else if (/^xml$/i.test(target)) this.#in.fail("Invalid PI name");
    if (this.#in.sees("?>")) {
      this.#in.at += 2;
      return;
    }
    if (this.#in.take(BLANKS) === "") this.#in.fail(`ParsePI: PI ${target} space expected`);
    while (!this.#in.sees("?>") && this.#in.take(CHARACTER) !== "");
    if (this.#in.sees("?>")) this.#in.at += 2;
    else this.#in.fail(`ParsePI: PI ${target} never end ...`);
  }

  #cdata(): void {
    this.#in.at += 9;
    const start = this.#in.at;
    while (!this.#in.sees("]]>") && this.#in.take(CHARACTER) !== "");
    if (this.#in.sees("]]>")) {
      this.#in.at += 3;
      return;
    }
    const read = utf8(this.#in.text.slice(start, this.#in.at)).match(/\r\n|[\s\S]/gu) ?? [];
    if (read.length < 2) return this.#in.fail("Unregistered error message");
    const content = read.slice(0, -2).join("").replaceAll("\r\n", "\n");
    const shown = bytesOf(content).slice(0, QUOTED_BYTES);
    this.#in.fail(`CData section not finished\n${shown}`.replace(/\n+$/, ""));
  }

  #comment(): void {
    this.#in.at += 4;
    const start = this.#in.at;
    for (;;) {
      while (!this.#in.sees("-") && this.#in.take(PLAIN) !== "");
      if (!this.#in.sees("-")) break;
      if (this.#in.sees("-->")) {
        this.#in.at += 3;
        return;
      }
      if (this.#in.sees("--")) {
        const read = this.#in.text.slice(start, this.#in.at).slice(0, QUOTED_BYTES);
        this.#in.fail(`Double hyphen within comment${read === "" ? "" : `: <!--${read}`}`);
        this.#in.at++;
      }
      this.#in.at++;
    }
    this.#restOfComment(start);
  }

  /** From the first character on that is not ASCII. */
  #restOfComment(start: number): void {
    const first = this.#in.take(CHARACTER);
    const second = first === "" ? "" : this.#in.take(CHARACTER);
    if (this.#in.atEnd) return this.#in.fail("Comment not terminated");
    if (first === "" || second === "") {
      return this.#in.fail(`xmlParseComment: invalid xmlChar value ${this.#in.code()}`);
    }
    let last = [first, second];
    while (!(this.#in.sees(">") && last[0] === "-" && last[1] === "-")) {
      const hyphens = last[0] === "-" && last[1] === "-";
      CHARACTER.lastIndex = this.#in.at;
      if (hyphens && CHARACTER.test(this.#in.text)) {
        this.#in.fail("Comment must not contain '--' (double-hyphen)");
      }
      const next = this.#in.take(CHARACTER);
      if (next === "") {
        const read = this.#in.text.slice(start, this.#in.at - last.join("").length);
        return this.#in.fail(
          this.#in.atEnd
            ? `Comment not terminated \n<!--${read.slice(0, QUOTED_BYTES)}`
            : `xmlParseComment: invalid xmlChar value ${this.#in.code()}`,
        );
      }
      last = [last[1] as string, next];
    }
    this.#in.at++;
  }

  #documentType(): void {
    this.#in.at += 9;
    this.#in.take(BLANKS);
    if (this.#in.name(NAME) === undefined) this.#in.fail("xmlParseDocTypeDecl : no DOCTYPE name !");
    this.#in.take(BLANKS);
    this.#externalId();
    this.#in.take(BLANKS);
    if (this.#in.sees("[")) throw notSupported("XML with an internal subset");
    if (!this.#in.sees(">")) this.#in.fail("DOCTYPE improperly terminated");
    this.#in.at += this.#in.sees("\r\n") ? 2 : utf8Length(this.#in.byte);
  }

  #externalId(): void {
    const keyword = this.#in.take(pattern("SYSTEM|PUBLIC"));
    if (keyword === "") return;
    if (this.#in.take(BLANKS) === "") this.#in.fail(`Space required after '${keyword}'`);
    if (keyword === "PUBLIC") {
      const found = this.#literal(pattern("[ \\n\\ra-zA-Z0-9\\-'()+,./:=?;!*#@$_%]"));
      if (!found) this.#in.fail("PUBLIC, the Public Identifier is missing");
      else this.#hasExternalSubset = true;
      if (this.#in.take(BLANKS) === "") this.#in.fail("Space required after the Public Identifier");
    }
    if (this.#literal(CHARACTER)) this.#hasExternalSubset = true;
    else this.#in.fail("SYSTEM or PUBLIC, the URI is missing");
  }

  #literal(character: RegExp): boolean {
    const quote = this.#in.byte;
    if (quote !== '"' && quote !== "'") {
      this.#in.fail("SystemLiteral \" or ' expected");
      return false;
    }
    this.#in.at++;
    while (!this.#in.sees(quote) && this.#in.take(character) !== "");
    if (this.#in.sees(quote)) this.#in.at++;
    else this.#in.fail("Unfinished System or Public ID \" or ' expected");
    return true;
  }
}

const isXmlCharacter = (code: number): boolean =>
  code < 0x20
    ? code === 9 || code === 10 || code === 13
    : code < 0xd800 || (code >= 0xe000 && code !== 0xfffe && code !== 0xffff);
