/** NAMES THAT A BODY KNOWS at one place: variables, labels, loops. */
import type { Token } from "../parse/tokens.ts";
import type { Given } from "./parse-body.ts";
import type { Reader } from "./reader.ts";
import type { CursorDeclaration, Path } from "./tree.ts";

/** `constant`: nothing may be assigned to it. */
export type NameKind = "scalar" | "record" | "constant" | "alias";

export class Names {
  readonly #given: Given | undefined;
  readonly #parent: Names | undefined;
  readonly #label: string | undefined;
  readonly #isLoop: boolean;
  readonly #own = new Map<string, NameKind>();
  readonly #others = new Map<string, string>();
  readonly #cursors = new Map<string, CursorDeclaration>();

  constructor(given: Given | undefined, parent?: Names, label?: string, isLoop = false) {
    this.#given = given;
    this.#parent = parent;
    this.#label = label;
    this.#isLoop = isLoop;
    for (const name of given?.scalars ?? []) this.#own.set(name, "scalar");
    for (const name of given?.records ?? []) this.#own.set(name, "record");
  }

  inside(label: string | undefined, isLoop = false): Names {
    return new Names(undefined, this, label, isLoop);
  }

  declare(name: string, kind: NameKind): void {
    this.#own.set(name, kind);
  }
  /** Its type is not that of cursors' names. */
  declareOther(name: string, type: string): void {
    this.#others.set(name, type);
  }
  otherType(name: string): string | undefined {
    return this.#own.has(name) ? this.#others.get(name) : this.#parent?.otherType(name);
  }
  isRecord(name: string): boolean {
    return this.kindOf(name) === "record" || this.otherType(name) === "record";
  }
  declareCursor(cursor: CursorDeclaration): void {
    this.declare(cursor.name, "scalar");
    this.#cursors.set(cursor.name, cursor);
  }
  /** Of a variable that is bound to a query. */
  cursor(name: string): CursorDeclaration | undefined {
    return this.#own.has(name) ? this.#cursors.get(name) : this.#parent?.cursor(name);
  }
  declaresHere(name: string): boolean {
    return this.#own.has(name);
  }

  get isInLoop(): boolean {
    return this.#isLoop || (this.#parent?.isInLoop ?? false);
  }
  hasLabel(label: string): boolean {
    const own = this.#label ?? this.#given?.function;
    return own === label || (this.#parent?.hasLabel(label) ?? false);
  }

  /** The nearest of that name is a loop's. */
  isLoopLabel(label: string): boolean {
    if (this.#label === label) return this.#isLoop;
    return this.#parent?.isLoopLabel(label) ?? false;
  }

  kindOf(name: string): NameKind | undefined {
    return this.#own.get(name) ?? this.#parent?.kindOf(name);
  }
  /** A variable, or the label of a block whose variables follow. */
  has(name: string): boolean {
    return this.kindOf(name) !== undefined || this.hasLabel(name);
  }

  /** Something that values can be assigned to. */
  target(reader: Reader, path: Path, token: Token | undefined): Path {
    const [first = "", ...rest] = path;
    const kind = this.kindOf(first);
    if (kind === undefined && !(rest.length > 0 && this.hasLabel(first))) {
      throw reader.fault("42601", `"${path.join(".")}" is not a known variable`, token);
    }
    if (kind === "constant" && rest.length === 0) {
      throw reader.fault("22005", `variable "${first}" is declared CONSTANT`, token);
    }
    return path;
  }
}
