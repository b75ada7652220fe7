/**
 * XPATH 1.0: expressions become functions of what they look at. What they are taken for, and their
 * faults, are libxml's. https://www.w3.org/TR/1999/REC-xpath-19991116/
 */
import { NAME_PART } from "../types/xml-reader.ts";
import type { XmlNode } from "../types/xml-tree.ts";
import { axes, isReverse, kindTest, nameTest } from "./xpath-axes.ts";
import { callFunction } from "./xpath-functions.ts";
import {
  type Comparison,
  compare,
  fault,
  inOrder,
  toNodes,
  toNumber,
  toTruth,
  type XPathContext,
  type XPathExpression,
  type XPathValue,
} from "./xpath-values.ts";

/** As deep as parentheses, predicates and arguments may be nested. */
const DEPTH_MAX = 500;
/** The only predicates that libxml has for what is no set of nodes; they do nothing to it. */
const END_PREDICATE = /^[ \t\n\r]*\[[ \t\n\r]*(?:1|last\(\))[ \t\n\r]*\]/;
const KINDS = /^(?:node|text|comment|processing-instruction)$/;
/** Which has none of them. */
const LITERAL = /^[ \t\n\r(]*(?:"[^"]*"|'[^']*'|[\d.]+(?:[eE][+-]?\d+)?)[ \t\n\r)]*$/;
const NUMBER = /^(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/;

/** From each node of a set to others. */
type Step = (context: XPathContext, nodes: readonly XmlNode[]) => readonly XmlNode[];

const invalid = () => fault("Invalid expression");

interface Operator {
  readonly text: string;
  /** The higher, the closer it binds. */
  readonly rank: number;
  readonly call: (context: XPathContext, a: XPathExpression, b: XPathExpression) => XPathValue;
}

const comparison = (text: Comparison, rank: number): Operator => ({
  ...{ text, rank },
  call: (context, a, b) => compare(text, a(context), b(context)),
});

const arithmetic = (
  text: string,
  rank: number,
  call: (a: number, b: number) => number,
): Operator => ({
  ...{ text, rank },
  call: (context, a, b) => call(toNumber(a(context)), toNumber(b(context))),
});

const operators: readonly Operator[] = [
  { text: "or", rank: 1, call: (context, a, b) => toTruth(a(context)) || toTruth(b(context)) },
  { text: "and", rank: 2, call: (context, a, b) => toTruth(a(context)) && toTruth(b(context)) },
  comparison("=", 3),
  comparison("!=", 3),
  comparison("<=", 4),
  comparison(">=", 4),
  comparison("<", 4),
  comparison(">", 4),
  arithmetic("+", 5, (a, b) => a + b),
  arithmetic("-", 5, (a, b) => a - b),
  arithmetic("*", 6, (a, b) => a * b),
  arithmetic("div", 6, (a, b) => a / b),
  arithmetic("mod", 6, (a, b) => a % b),
];

class Compiler {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): XPathExpression {
    const found = this.#inner();
    if (this.#skip() < this.#text.length) throw invalid();
    return found;
  }

  #skip(): number {
    while (/[ \t\n\r]/.test(this.#text[this.#at] ?? "")) this.#at++;
    return this.#at;
  }

  #sees(what: string): boolean {
    return this.#text.startsWith(what, this.#skip());
  }

  #takes(what: string): boolean {
    const found = this.#sees(what);
    if (found) this.#at += what.length;
    return found;
  }

  #match(pattern: RegExp): string | undefined {
    const found = pattern.exec(this.#text.slice(this.#at))?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #inner(): XPathExpression {
    if (++this.#depth > DEPTH_MAX) throw fault("Recursion limit exceeded");
    const found = this.#operation(0);
    this.#depth--;
    return found;
  }

  /** Operators of this rank and above, each from the left. */
  #operation(rank: number): XPathExpression {
    let left = this.#negated();
    for (;;) {
      const next = operators.find((each) => each.rank >= rank && this.#takes(each.text));
      if (!next) return left;
      const [a, b] = [left, this.#operation(next.rank + 1)];
      left = (context) => next.call(context, a, b);
    }
  }

  #negated(): XPathExpression {
    let signs = 0;
    while (this.#takes("-")) signs++;
    const inner = this.#union();
    if (signs === 0) return inner;
    return (context) => (signs % 2 === 0 ? 1 : -1) * toNumber(inner(context));
  }

  #union(): XPathExpression {
    const parts = [this.#path()];
    while (this.#takes("|")) parts.push(this.#path());
    const [first] = parts;
    if (first && parts.length === 1) return first;
    return (context) => inOrder(new Set(parts.flatMap((part) => toNodes(part(context)))));
  }

  #path(): XPathExpression {
    const start = this.#at;
    const primary = this.#primary();
    if (!primary) return this.#location();
    const isLiteral = LITERAL.test(this.#text.slice(start, this.#at));
    const isEnd = !isLiteral && END_PREDICATE.test(this.#text.slice(this.#at));
    const predicates = this.#predicates();
    const steps = this.#sees("/") ? this.#steps() : [];
    if (predicates.length === 0 && steps.length === 0) return primary;
    const lenient = isEnd && predicates.length === 1 && steps.length === 0;
    return (context) => {
      const value = primary(context);
      if (lenient && typeof value !== "object") return value;
      return walked(context, filtered(context, toNodes(value), predicates), steps);
    };
  }

  /** Something that is no path: undefined where one begins. */
  #primary(): XPathExpression | undefined {
    if (this.#takes("$")) {
      if (!this.#name()) throw fault("Expected $ for variable reference");
      return () => {
        throw fault("Undefined variable");
      };
    }
    if (this.#takes("(")) {
      const inner = this.#inner();
      if (!this.#takes(")")) throw invalid();
      return inner;
    }
    const number = this.#match(NUMBER);
    if (number !== undefined) return () => Number(number);
    if (this.#sees("'") || this.#sees('"')) {
      const text = this.#literal();
      return () => text;
    }
    const start = this.#at;
    const called = this.#name();
    if (called && this.#sees("(") && !(called.prefix === undefined && KINDS.test(called.name))) {
      return this.#call(called.prefix, called.name);
    }
    this.#at = start;
    return undefined;
  }

  #literal(): string {
    const end = this.#text.indexOf(this.#text[this.#at] ?? "", this.#at + 1);
    if (end < 0) throw fault("Unfinished literal");
    const text = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return text;
  }

  /** name, or prefix:name; what follows a colon that is one of two is an axis's. */
  #name(): { readonly prefix: string | undefined; readonly name: string } | undefined {
    this.#skip();
    const first = this.#match(NAME_PART);
    if (first === undefined) return undefined;
    const start = this.#at;
    if (this.#text[start] === ":" && this.#text[start + 1] !== ":") {
      this.#at++;
      const second = this.#match(NAME_PART);
      if (second !== undefined) return { prefix: first, name: second };
      this.#at = start;
    }
    return { prefix: undefined, name: first };
  }

  /** The end of the text closes the parenthesis after it, as libxml has it. */
  #call(prefix: string | undefined, name: string): XPathExpression {
    this.#takes("(");
    const args: XPathExpression[] = [];
    while (!this.#takes(")") && this.#skip() < this.#text.length) {
      args.push(this.#inner());
      if (this.#sees(")")) continue;
      if (!this.#takes(",")) throw invalid();
    }
    return (context) => {
      const values = args.map((arg) => arg(context));
      if (prefix !== undefined) {
        const known = context.namespaces.has(prefix);
        throw fault(known ? "Unregistered function" : "Undefined namespace prefix");
      }
      return callFunction(name, context, values);
    };
  }

  #location(): XPathExpression {
    if (!this.#sees("/")) {
      const steps = [this.#step(), ...(this.#sees("/") ? this.#steps() : [])];
      return (context) => walked(context, [context.node], steps);
    }
    const steps = this.#sees("//") || this.#beginsStep() ? this.#steps() : [];
    if (steps.length === 0) this.#takes("/");
    return (context) => walked(context, context.document.slice(0, 1), steps);
  }

  /** Whether a step follows the slash that is here. */
  #beginsStep(): boolean {
    return (
      /^\/[ \t\n\r]*[^ \t\n\r|)\]=!<>+\-,*]/.test(this.#text.slice(this.#at)) ||
      /^\/[ \t\n\r]*\*/.test(this.#text.slice(this.#at))
    );
  }

  /** Each with its slash before it. */
  #steps(): Step[] {
    const steps: Step[] = [];
    for (;;) {
      if (this.#takes("//"))
        steps.push(stepOf("descendant-or-self", () => kindTest("node", undefined), []));
      else if (!this.#takes("/")) return steps;
      steps.push(this.#step());
    }
  }

  #step(): Step {
    if (this.#takes("..")) return stepOf("parent", () => kindTest("node", undefined), []);
    if (this.#takes(".")) return stepOf("self", () => kindTest("node", undefined), []);
    const axis = this.#axis();
    const test = this.#test(axis);
    return stepOf(axis, test, this.#predicates());
  }

  #axis(): string {
    if (this.#takes("@")) return "attribute";
    const start = this.#skip();
    const name = this.#match(NAME_PART);
    if (name !== undefined && Object.hasOwn(axes, name) && this.#takes("::")) return name;
    this.#at = start;
    return "child";
  }

  #test(axis: string) {
    if (this.#takes("*")) return named(axis, undefined, "*");
    const start = this.#skip();
    const first = this.#match(NAME_PART);
    if (first === undefined) throw invalid();
    if (this.#takes("(")) {
      if (!KINDS.test(first)) throw invalid();
      this.#skip();
      const quoted = first === "processing-instruction" && /["']/.test(this.#text[this.#at] ?? "");
      const target = quoted ? this.#literal() : undefined;
      if (!this.#takes(")")) throw invalid();
      return () => kindTest(first, target);
    }
    this.#at = start;
    const { prefix, name } = this.#name() ?? { prefix: undefined, name: first };
    if (prefix === undefined && this.#text.startsWith(":*", this.#at)) {
      this.#at += 2;
      return named(axis, name, "*");
    }
    if (this.#text[this.#at] === ":") throw invalid();
    return named(axis, prefix, name);
  }

  #predicates(): XPathExpression[] {
    const found: XPathExpression[] = [];
    while (this.#takes("[")) {
      found.push(this.#inner());
      if (!this.#takes("]")) throw fault("Invalid predicate");
    }
    return found;
  }
}

const named = (axis: string, prefix: string | undefined, name: string) => (context: XPathContext) =>
  nameTest(context, axis, prefix, name, () => fault("Undefined namespace prefix"));

function stepOf(
  axis: string,
  testIn: (context: XPathContext) => (node: XmlNode) => boolean,
  predicates: readonly XPathExpression[],
): Step {
  const reach = axes[axis];
  if (!reach) throw invalid();
  return (context, nodes) => {
    const test = testIn(context);
    const found = new Set<XmlNode>();
    for (const from of nodes) {
      const reached = reach(from, context.document).filter(test);
      for (const node of filtered(context, reached, predicates)) found.add(node);
    }
    return nodes.length > 1 || isReverse(axis) ? inOrder(found) : [...found];
  };
}

const walked = (
  context: XPathContext,
  from: readonly XmlNode[],
  steps: readonly Step[],
): readonly XmlNode[] => steps.reduce((nodes, step) => step(context, nodes), from);

/** A number in a predicate is a position. */
function filtered(
  context: XPathContext,
  nodes: readonly XmlNode[],
  predicates: readonly XPathExpression[],
): readonly XmlNode[] {
  return predicates.reduce((left, predicate) => {
    const size = left.length;
    return left.filter((node, at) => {
      const value = predicate({ ...context, node, place: { position: at + 1, size } });
      return typeof value === "number" ? value === at + 1 : toTruth(value);
    });
  }, nodes);
}

/** Throws XPathFault. */
export const compileXPath = (text: string): XPathExpression => new Compiler(text).whole();
