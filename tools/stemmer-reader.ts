/** Reads the statements of C that the Snowball compiler writes. */
import type { Expression, Statement } from "../src/catalog/search-data.ts";

const TOKEN =
  /\s*(?:\/\*.*?\*\/\s*)*('\\?.'|0[xX][0-9a-fA-F]+|\d+|z->\w+|\w+|\+\+|--|[-+]=|[=!<>]=|&&|\|\||<<|>>|.)/sy;
const BINARY: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["&"],
  ["==", "!="],
  ["<", ">", "<=", ">="],
  ["<<", ">>"],
  ["+", "-"],
];

export class CReader {
  readonly #text: string;
  readonly #strings: ReadonlyMap<string, string>;
  #at: number;
  #next = "";

  constructor(text: string, at: number, strings: ReadonlyMap<string, string>) {
    this.#text = text;
    this.#at = at;
    this.#strings = strings;
    this.#advance();
  }

  #advance(): string {
    const token = this.#next;
    TOKEN.lastIndex = this.#at;
    const found = TOKEN.exec(this.#text);
    if (!found) throw new Error("the text has ended");
    this.#next = found[1] as string;
    this.#at = TOKEN.lastIndex;
    return token;
  }

  #take(token: string): void {
    if (this.#next !== token) {
      const where = this.#text.slice(this.#at - 60, this.#at + 20);
      throw new Error(`"${token}" expected, not "${this.#next}" in ${where}`);
    }
    this.#advance();
  }

  #skip(token: string): boolean {
    if (this.#next !== token) return false;
    this.#advance();
    return true;
  }

  block(): Statement {
    this.#take("{");
    return this.#statements("{");
  }

  /** Up to the closing brace, which the last one of a function must not go beyond. */
  #statements(kind: "{" | "switch"): Statement {
    const statements: Statement[] = [];
    const labels: Record<string, number> = {};
    while (this.#next !== "}") {
      if (kind === "switch" && this.#skip("case")) {
        labels[this.#advance()] = statements.length;
        this.#take(":");
      } else if (/^lab\d+$/.test(this.#next)) {
        labels[this.#advance()] = statements.length;
        this.#take(":");
      } else statements.push(...this.#statement());
    }
    this.#advance();
    return ["{", statements, labels];
  }

  #statement(): Statement[] {
    const token = this.#next;
    switch (token) {
      case ";":
        this.#advance();
        return [];
      case "{":
        return [this.block()];
      case "if":
        return [this.#if()];
      case "while":
        this.#advance();
        for (const each of ["(", "1", ")"]) this.#take(each);
        return [["while", this.block()]];
      case "switch": {
        this.#advance();
        this.#take("(");
        const subject = this.#expression();
        this.#take(")");
        this.#take("{");
        return [["switch", subject, this.#statements("switch")]];
      }
      case "goto": {
        this.#advance();
        return [this.#ended(["goto", this.#advance()])];
      }
      case "return":
        this.#advance();
        return [this.#ended(["return", this.#expression()])];
      case "break":
      case "continue":
        this.#advance();
        return [this.#ended([token])];
      case "int":
        return this.#declaration();
      case "(":
        // (void)m1;
        while (this.#next !== ";") this.#advance();
        return [];
      default:
        return [this.#ended(this.#assignment())];
    }
  }

  #ended(statement: Statement): Statement {
    this.#take(";");
    return statement;
  }

  #declaration(): Statement[] {
    this.#advance();
    if (this.#skip(";")) return [];
    const name = this.#advance();
    if (this.#skip(";")) return [];
    this.#take("=");
    return [this.#ended(["=", name, this.#expression()])];
  }

  #if(): Statement {
    this.#advance();
    this.#take("(");
    const test = this.#expression();
    this.#take(")");
    const then = this.#one();
    return this.#skip("else") ? ["if", test, then, this.#one()] : ["if", test, then];
  }

  #one(): Statement {
    const statements = this.#statement();
    return statements.length === 1 ? (statements[0] as Statement) : ["{", statements, {}];
  }

  #assignment(): Statement {
    const target = this.#primary();
    const operator = this.#advance();
    if (operator === "++" || operator === "--") {
      return ["=", target as string, [operator === "++" ? "+" : "-", target, 1]];
    }
    if (operator === "=") return ["=", target as string, this.#expression()];
    if (operator === "+=" || operator === "-=") {
      return ["=", target as string, [operator.slice(0, 1), target, this.#expression()]];
    }
    throw new Error(`"${operator}" is no assignment`);
  }

  #expression(level = 0): Expression {
    const operators = BINARY[level];
    if (!operators) return this.#unary();
    let left = this.#expression(level + 1);
    while (operators.includes(this.#next)) {
      const operator = this.#advance();
      left = [operator, left, this.#expression(level + 1)];
    }
    return left;
  }

  #unary(): Expression {
    if (this.#skip("!")) return ["!", this.#unary()];
    if (this.#skip("-")) return -(this.#unary() as number);
    return this.#primary();
  }

  #primary(): Expression {
    if (this.#skip("(")) {
      const inner = this.#expression();
      this.#take(")");
      return inner;
    }
    const token = this.#advance();
    if (/^\d/.test(token)) return Number(token);
    if (token.startsWith("'")) return token.slice(1, -1).slice(-1).charCodeAt(0);
    if (this.#skip("[")) {
      const index = this.#expression();
      this.#take("]");
      return token === "z->p" ? ["p", index] : `${token.slice("z->".length)}${index}`;
    }
    if (this.#skip("(")) {
      const args: Expression[] = [];
      while (!this.#skip(")")) {
        args.push(this.#expression());
        this.#skip(",");
      }
      return ["call", token, ...args.filter((each) => each !== "z")];
    }
    const string = this.#strings.get(token);
    if (string !== undefined) return ["text", string];
    return token.startsWith("z->") ? token.slice("z->".length) : token;
  }
}
