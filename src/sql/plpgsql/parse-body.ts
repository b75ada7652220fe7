/**
 * BODY → TREE. Variables are known where they stand, so that what is assigned to nothing is told as
 * PostgreSQL tells it when the function is made.
 */
import { codesOf } from "./conditions.ts";
import { Names } from "./names.ts";
import { closeCursor, fetchFrom, openCursor } from "./parse-cursors.ts";
import { declarations } from "./parse-declarations.ts";
import { forLoop } from "./parse-loops.ts";
import { raise } from "./parse-raise.ts";
import { returned } from "./parse-return.ts";
import { diagnostics, dynamicSql, sqlStatement } from "./parse-sql.ts";
import { type CheckSql, Reader } from "./reader.ts";
import type { Action, Block, Branch, Handler, SqlText, Statement } from "./tree.ts";

/** What names mean that the body does not declare itself. */
export interface Given {
  readonly function: string;
  readonly scalars: readonly string[];
  readonly records: readonly string[];
  /** What may stand behind RETURN; absent: a value. */
  readonly returns?: Returns;
}

export interface Returns {
  /** It returns rows, by RETURN NEXT and RETURN QUERY. */
  readonly set: boolean;
  /** What returns nothing, in words. */
  readonly nothing?: "function returning void" | "a procedure" | undefined;
  /** Its values are those of its OUT parameters. */
  readonly outputs: boolean;
}

/** Which of both is meant where a name is a variable's and a column's. */
export type Conflict = "error" | "use_variable" | "use_column";

export interface Body {
  readonly block: Block & { readonly line: number };
  readonly conflict: Conflict;
}

export function parseBody(source: string, given: Given, check: CheckSql): Body {
  const reader = new Reader(source, check);
  const parser = new BodyParser(reader, given);
  return parser.whole();
}

/** What a body may begin with, and what each may be set to. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  option: ["dump"],
  print_strict_params: ["on", "off"],
  variable_conflict: ["error", "use_variable", "use_column"],
};

/** How many tokens x.y[1].z has. */
function behindTarget(reader: Reader): number {
  let ahead = 1;
  for (let depth = 0; ; ) {
    if (depth === 0 && reader.isMark(".", ahead)) ahead += 2;
    else if (depth > 0 || reader.isMark("[", ahead)) {
      const token = reader.peek(ahead);
      if (!token || reader.isMark(";", ahead)) return ahead;
      if (reader.isMark("[", ahead)) depth++;
      if (reader.isMark("]", ahead)) depth--;
      ahead++;
    } else return ahead;
  }
}

export class BodyParser {
  readonly reader: Reader;
  names: Names;
  readonly returns: Returns;

  constructor(reader: Reader, given: Given) {
    this.reader = reader;
    this.names = new Names(given);
    this.returns = given.returns ?? { set: false, outputs: false };
  }

  whole(): Body {
    const { reader } = this;
    let conflict: Conflict = "error";
    while (reader.takeIf("#")) {
      const option = this.#oneOf(Object.keys(OPTIONS));
      const value = this.#oneOf(OPTIONS[option] ?? []);
      if (option === "variable_conflict") conflict = value as Conflict;
    }
    const label = this.label();
    if (!reader.isWord("declare") && !reader.isWord("begin")) throw reader.failure();
    const block = this.block(label);
    reader.takeIf(";");
    if (reader.next) throw reader.failure();
    return { block, conflict };
  }

  #oneOf(words: readonly string[]): string {
    const found = words.find((each) => this.reader.isWord(each));
    if (found === undefined) throw this.reader.failure();
    this.reader.name();
    return found;
  }

  label(): string | undefined {
    const { reader } = this;
    if (!reader.isMark("<") || !reader.isMark("<", 1)) return undefined;
    reader.take();
    reader.take();
    const name = reader.name();
    reader.expect(">");
    reader.expect(">");
    return name;
  }

  block(label: string | undefined): Block & { readonly line: number } {
    const { reader } = this;
    const outer = this.names;
    this.names = outer.inside(label);
    const declared = declarations(this);
    const { line } = reader;
    reader.expect("begin");
    const body = this.statements(["end", "exception"]);
    const handlers = reader.takeIf("exception") ? this.#handlers() : undefined;
    reader.expect("end");
    this.endLabel(label);
    this.names = outer;
    return { kind: "block", label, declarations: declared, body, handlers, line };
  }

  endLabel(label: string | undefined): void {
    const { reader } = this;
    if (!reader.isName) return;
    const token = reader.next;
    const name = reader.name();
    if (label === undefined) {
      const message = `end label "${name}" specified for unlabeled block`;
      throw reader.fault("42601", message, token);
    }
    if (name === label) return;
    const message = `end label "${name}" differs from block's label "${label}"`;
    throw reader.fault("42601", message, token);
  }

  #handlers(): Handler[] {
    const { reader } = this;
    const found: Handler[] = [];
    const outer = this.names;
    this.names = outer.inside(undefined);
    for (const name of ["sqlstate", "sqlerrm"]) this.names.declare(name, "constant");
    while (reader.takeIf("when")) {
      const conditions: string[] = [];
      const codes: string[] = [];
      do {
        const [name, ...own] = this.#condition();
        conditions.push(name as string);
        codes.push(...own);
      } while (reader.takeIf("or"));
      reader.expect("then");
      found.push({ conditions, codes, body: this.statements(["when", "end"]) });
    }
    if (found.length === 0) throw reader.failure();
    this.names = outer;
    return found;
  }

  /** Its name, then its codes. */
  #condition(): string[] {
    const { reader } = this;
    const token = reader.next;
    const name = reader.name();
    if (name === "others") return [name, "others"];
    if (name === "sqlstate") {
      const code = reader.take().text.slice(1, -1);
      if (!/^[0-9A-Z]{5}$/.test(code)) throw reader.failure("invalid SQLSTATE code");
      return [name, code];
    }
    const codes = codesOf(name);
    if (codes.length > 0) return [name, ...codes];
    throw reader.fault("42704", `unrecognized exception condition "${name}"`, token);
  }

  statements(ends: readonly string[]): Statement[] {
    const found: Statement[] = [];
    while (!ends.some((end) => this.reader.isWord(end))) {
      if (!this.reader.next) throw this.reader.failure();
      found.push(this.statement());
    }
    return found;
  }

  statement(): Statement {
    const { reader } = this;
    const label = this.label();
    const { line } = reader;
    const token = reader.next;
    const word = token?.kind === "word" ? token.text.toLowerCase() : "";
    if (word === "declare" || word === "begin") {
      const block = this.block(label);
      reader.expect(";");
      return block;
    }
    if (["loop", "while", "for", "foreach"].includes(word)) {
      return { ...this.#loop(word, label), line };
    }
    if (label !== undefined) throw reader.failure();
    const isTarget = token?.kind === "quoted" || reader.isNumber || this.names.has(word);
    const isUnknown = ["=", ":=", "[", "."].some((mark) => reader.isMark(mark, 1));
    if (!isTarget && isUnknown && reader.isName) {
      throw reader.fault("42601", `"${reader.name()}" is not a known variable`, token);
    }
    const made = (isTarget ? this.#assignment() : undefined) ?? this.#simple(word);
    reader.expect(";");
    return { ...made, line };
  }

  #loop(word: string, label: string | undefined): Action {
    const { reader } = this;
    if (word === "for" || word === "foreach") return forLoop(this, label);
    if (word === "loop") {
      return { kind: "loop", label, condition: undefined, body: this.loopBody(label) };
    }
    reader.take();
    const condition = reader.sql("expression", ["loop"], "LOOP");
    return { kind: "loop", label, condition, body: this.loopBody(label) };
  }

  loopBody(label: string | undefined): Statement[] {
    const { reader } = this;
    reader.expect("loop");
    const outer = this.names;
    this.names = outer.inside(label, true);
    const body = this.statements(["end"]);
    this.names = outer;
    reader.expect("end");
    reader.expect("loop");
    this.endLabel(label);
    reader.expect(";");
    return body;
  }

  /** x := …, x.y = …; undefined: it is something else. */
  #assignment(): Action | undefined {
    const { reader } = this;
    const ahead = behindTarget(reader);
    if (!reader.isMark(":=", ahead) && !reader.isMark("=", ahead)) return undefined;
    const token = reader.next;
    const from = token?.start ?? 0;
    const end = reader.peek(ahead - 1)?.end ?? from;
    const target = this.names.target(reader, reader.path(), token);
    const isPart = reader.isMark("[");
    while (!reader.isMark(":=") && !reader.isMark("=")) reader.take();
    const place = isPart || target.length > 1 ? reader.piece("expression", from, end) : undefined;
    reader.take();
    const before = reader.source.slice(from, reader.next?.start ?? from);
    const value = reader.sql("expression", [";"]);
    return { kind: "assign", target, place, isPart, before, value };
  }

  #simple(word: string): Action {
    const { reader } = this;
    switch (word) {
      case "if":
        return this.#if();
      case "case":
        return this.#case();
      case "exit":
      case "continue":
        return this.#exit(word);
      case "return":
        return returned(this);
      case "raise":
        return raise(reader);
      case "assert":
        return this.#assert();
      case "perform":
        reader.take();
        return { kind: "perform", query: reader.sql("expression", [";"]) };
      case "execute":
        return dynamicSql(this);
      case "get":
        return diagnostics(this);
      case "null":
        reader.take();
        return { kind: "null" };
      case "open":
        return openCursor(this);
      case "fetch":
      case "move":
        return fetchFrom(this, word === "move");
      case "close":
        return closeCursor(this);
      case "call":
        return { kind: "call", query: reader.sql("statement", [";"]) };
      case "do":
        return { kind: "do", query: reader.sql("statement", [";"]) };
      case "commit":
      case "rollback":
        return this.#end(word === "commit");
      default:
        return sqlStatement(this);
    }
  }

  #end(commits: boolean): Action {
    const { reader } = this;
    reader.take();
    if (!reader.takeIf("and")) return { kind: "end", commits, chain: false };
    const chain = !reader.takeIf("no");
    reader.expect("chain");
    return { kind: "end", commits, chain };
  }

  #if(): Action {
    const { reader } = this;
    const branches: Branch[] = [];
    let otherwise: Statement[] = [];
    do {
      reader.take();
      const condition = reader.sql("expression", ["then"], "THEN");
      reader.expect("then");
      branches.push({ condition, body: this.statements(["elsif", "elseif", "else", "end"]) });
    } while (reader.isWord("elsif") || reader.isWord("elseif"));
    if (reader.takeIf("else")) otherwise = this.statements(["end"]);
    reader.expect("end");
    reader.expect("if");
    return { kind: "if", branches, otherwise };
  }

  #case(): Action {
    const { reader } = this;
    reader.take();
    const subject = reader.isWord("when") ? undefined : reader.sql("expression", ["when"], "WHEN");
    const branches: { values: SqlText; body: readonly Statement[] }[] = [];
    while (reader.takeIf("when")) {
      const values = reader.sql("expression", ["then"], "THEN");
      reader.expect("then");
      branches.push({ values, body: this.statements(["when", "else", "end"]) });
    }
    const otherwise = reader.takeIf("else") ? this.statements(["end"]) : undefined;
    reader.expect("end");
    reader.expect("case");
    return { kind: "case", subject, branches, otherwise };
  }

  #exit(kind: "exit" | "continue"): Action {
    const { reader } = this;
    const start = reader.take();
    const token = reader.next;
    const label = reader.isName && !reader.isWord("when") ? reader.name() : undefined;
    if (label !== undefined && !this.names.hasLabel(label)) {
      const message = `there is no label "${label}" attached to any block or loop enclosing this statement`;
      throw reader.fault("42601", message, token);
    }
    if (label !== undefined && kind === "continue" && !this.names.isLoopLabel(label)) {
      throw reader.fault("42601", `block label "${label}" cannot be used in CONTINUE`, token);
    }
    if (label === undefined && !this.names.isInLoop) {
      const message =
        kind === "exit"
          ? "EXIT cannot be used outside a loop, unless it has a label"
          : "CONTINUE cannot be used outside a loop";
      throw reader.fault("42601", message, start);
    }
    const when = reader.takeIf("when") ? reader.sql("expression", [";"]) : undefined;
    return { kind, label, when };
  }

  #assert(): Action {
    const { reader } = this;
    reader.take();
    const condition = reader.sql("expression", [",", ";"], ", or ;");
    const message = reader.takeIf(",") ? reader.sql("expression", [";"]) : undefined;
    return { kind: "assert", condition, message };
  }
}
