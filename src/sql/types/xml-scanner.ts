/**
 * WELL-FORMED XML: what the xml type takes, and the messages of the library that PostgreSQL asks,
 * each with the line and a mark below where it stopped. With a builder it makes the document's tree
 * as well, and looks at namespaces. Entities of an internal subset are refused.
 * https://www.w3.org/TR/xml/
 */
import { readDocumentType } from "./xml-document-type.ts";
import { checkDeclaration, checkPrefixes } from "./xml-namespaces.ts";
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
import type { XmlAttribute, XmlTreeBuilder } from "./xml-tree.ts";

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
  readonly #tree: XmlTreeBuilder | undefined;
  #hasExternalSubset = false;

  /** `at`: after the XML declaration, counted in bytes. */
  constructor(text: string, at = 0, tree?: XmlTreeBuilder) {
    this.#in = new XmlReader(bytesOf(text), at, tree !== undefined);
    this.#tree = tree;
  }

  get warnings(): readonly string[] {
    return this.#in.warnings;
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
      if (!this.#tree) this.#in.fail("switching encoding : no input");
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
      else if (this.#in.sees("&")) {
        const text = this.#reference();
        if (text !== undefined) this.#tree?.text(text);
      } else this.#characters();
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
    const attributes = this.#attributes(tag);
    this.#tree?.open(named(tag), attributes);
    if (this.#in.sees("/>")) {
      this.#in.at += 2;
      this.#tree?.close();
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

  #attributes(tag: XmlName): readonly XmlAttribute[] {
    const seen = new Set<string>();
    const again: string[] = [];
    const read: XmlAttribute[] = [];
    this.#in.take(BLANKS);
    while (!this.#in.sees(">") && !this.#in.sees("/>") && /[\t\n\r -\xff]/.test(this.#in.byte)) {
      const found = this.#attribute();
      if (found) {
        const name = found.prefix === undefined ? found.name : `${found.prefix}:${found.name}`;
        if (!seen.has(name)) {
          seen.add(name);
          read.push(found);
          if (this.#tree) checkDeclaration(this.#in, found);
        } else if (/^xmlns(:|$)/.test(name)) this.#in.fail(`Attribute ${name} redefined`);
        else again.push(name);
      }
      if (this.#in.sees(">") || this.#in.sees("/>")) break;
      if (this.#in.take(BLANKS) === "") {
        this.#in.fail("attributes construct error");
        break;
      }
    }
    for (const name of again) this.#in.fail(`Attribute ${name} redefined`);
    if (this.#tree) checkPrefixes(this.#in, tag, read, this.#tree.at);
    return this.#tree ? read.map((each) => ({ ...named(each), value: utf8(each.value) })) : read;
  }

  /** The attribute, if it has a value. */
  #attribute(): XmlAttribute | undefined {
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
    const value = this.#attributeValue();
    return value === undefined ? undefined : { ...found, value };
  }

  /** In bytes, blanks as spaces. */
  #attributeValue(): string | undefined {
    const quote = this.#in.byte;
    if (quote !== '"' && quote !== "'") {
      this.#in.fail("AttValue: \" or ' expected");
      return undefined;
    }
    this.#in.at++;
    let value = "";
    while (!this.#in.sees(quote) && !this.#in.sees("<")) {
      if (this.#in.sees("&")) value += bytesOf(this.#reference() ?? "");
      else {
        const isBreak = this.#in.sees("\r\n");
        const taken = this.#in.take(CHARACTER);
        if (taken === "") break;
        if (!isBreak) value += taken.replace(/[\t\n\r]/, " ");
      }
    }
    if (this.#in.sees("<")) this.#in.fail("Unescaped '<' not allowed in attributes values");
    else if (this.#in.sees(quote)) this.#in.at++;
    else if (this.#in.atEnd) this.#in.fail("AttValue: ' expected");
    else this.#in.fail("invalid character in attribute value");
    return value;
  }

  #endTag(): void {
    const open = this.#open.pop();
    if (!open) return;
    this.#tree?.close();
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

  /** The text that it stands for, if that is known. */
  #reference(): string | undefined {
    if (this.#in.sees("&#")) return this.#characterReference();
    this.#in.at++;
    const name = this.#in.name(NAME);
    if (name === undefined) this.#in.fail("xmlParseEntityRef: no name");
    else if (!this.#in.sees(";")) this.#in.fail("EntityRef: expecting ';'");
    else {
      this.#in.at++;
      if (Object.hasOwn(ENTITIES, name)) return ENTITIES[name];
      if (this.#hasExternalSubset) this.#tree?.leaf("entity", "", utf8(name));
      else this.#in.fail(`Entity '${name}' not defined`);
    }
    return undefined;
  }

  #characterReference(): string | undefined {
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
    } else return String.fromCodePoint(value);
    return undefined;
  }

  /** Text. After what is not ASCII, errors are shown where they are, else where the text began. */
  #characters(): void {
    const start = this.#in.at;
    let chunk = start;
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
    this.#tree?.text(this.#since(start));
  }

  /** What was read from there on, less `but` bytes. */
  #since = (start: number, but = 0): string =>
    utf8(this.#in.text.slice(start, this.#in.at - but)).replace(/\r\n?/g, "\n");

  #instruction(): void {
    this.#in.at += 2;
    const target = this.#in.name(NAME);
    if (target === undefined) return this.#in.fail("xmlParsePI : no target name");
    if (target === "xml") {
      this.#in.fail("XML declaration allowed only at the start of the document");
    } else if (/^xml$/i.test(target)) this.#in.fail("Invalid PI name");
    else if (this.#tree && target.includes(":")) {
      this.#in.fail(`colons are forbidden from PI names '${target}'`);
    }
    if (this.#in.sees("?>")) {
      this.#in.at += 2;
      this.#tree?.leaf("instruction", "", utf8(target));
      return;
    }
    if (this.#in.take(BLANKS) === "") this.#in.fail(`ParsePI: PI ${target} space expected`);
    const start = this.#in.at;
    while (!this.#in.sees("?>") && this.#in.take(CHARACTER) !== "");
    if (this.#in.sees("?>")) {
      this.#in.at += 2;
      this.#tree?.leaf("instruction", this.#since(start, 2), utf8(target));
    } else this.#in.fail(`ParsePI: PI ${target} never end ...`);
  }

  #cdata(): void {
    this.#in.at += 9;
    const start = this.#in.at;
    while (!this.#in.sees("]]>") && this.#in.take(CHARACTER) !== "");
    if (this.#in.sees("]]>")) {
      this.#in.at += 3;
      this.#tree?.leaf("cdata", this.#since(start, 3));
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
        this.#tree?.leaf("comment", this.#since(start, 3));
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
    this.#tree?.leaf("comment", this.#since(start, 3));
  }

  #documentType(): void {
    const { shown, hasExternalSubset } = readDocumentType(this.#in);
    this.#hasExternalSubset = hasExternalSubset;
    if (this.#tree) this.#tree.documentType = shown;
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
};

const named = ({ prefix, name }: XmlName): XmlName => ({
  prefix: prefix === undefined ? undefined : utf8(prefix),
  name: utf8(name),
});

const isXmlCharacter = (code: number): boolean =>
  code < 0x20
    ? code === 9 || code === 10 || code === 13
    : code < 0xd800 || (code >= 0xe000 && code !== 0xfffe && code !== 0xffff);
