/** Who must come before whom, and whether that goes round. */

/**
 *   ww   the later one appended behind the earlier one
 *   wr   the later one read what the earlier one appended
 *   rw   the earlier one did not see what the later one appended
 */
export type Dependency = "ww" | "wr" | "rw";

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly kind: Dependency;
  readonly key: number;
}

export class Graph {
  readonly #edges = new Map<string, Edge[]>();

  add(edge: Edge): void {
    if (edge.from === edge.to) return;
    const known = this.#edges.get(edge.from);
    if (known) known.push(edge);
    else this.#edges.set(edge.from, [edge]);
  }

  *edges(): Generator<Edge> {
    for (const some of this.#edges.values()) yield* some;
  }

  /** The shortest way over edges that `isMeant` takes. */
  path(from: string, to: string, isMeant: (edge: Edge) => boolean): Edge[] | undefined {
    const reached = new Map<string, Edge | undefined>([[from, undefined]]);
    for (const node of reached.keys()) {
      if (node === to) return wayTo(to, reached);
      for (const edge of this.#edges.get(node) ?? []) {
        if (isMeant(edge) && !reached.has(edge.to)) reached.set(edge.to, edge);
      }
    }
    return undefined;
  }

  /** A shortest cycle over the edges meant, one of whose edges is of the kind `with`. */
  cycle(isMeant: (edge: Edge) => boolean, kind: Dependency): Edge[] | undefined {
    let found: Edge[] | undefined;
    for (const edge of this.edges()) {
      if (edge.kind !== kind) continue;
      const back = this.path(edge.to, edge.from, isMeant);
      if (back && back.length + 1 < (found?.length ?? Number.POSITIVE_INFINITY)) {
        found = [edge, ...back];
      }
    }
    return found;
  }
}

function wayTo(to: string, reached: ReadonlyMap<string, Edge | undefined>): Edge[] {
  const way: Edge[] = [];
  for (let edge = reached.get(to); edge; edge = reached.get(edge.from)) way.unshift(edge);
  return way;
}

export const describeCycle = (edges: readonly Edge[]): string =>
  edges.map(({ from, to, kind, key }) => `${from} -${kind}(${key})-> ${to}`).join(", ");
