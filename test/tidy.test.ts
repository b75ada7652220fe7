/**
 * THE REPOSITORY'S OWN TASTE. What reviewers would have to say again and again is said here once,
 * as tables with reasons, and checked without any other tool. Formatting and lint are biome's,
 * types tsc's.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const WIDTH = 100;
const LINES_MAX = 400;

/**
 * From the top. A file imports from its own line or from a lower one; longest matching path counts.
 */
const LAYERS: readonly (readonly [path: string, holds: string])[] = [
  ["src/main.ts", "argv"],
  ["src/commands", "what the program can be asked to do"],
  ["src/config.ts", "flags and environment"],
  ["src/pgwire", "bytes and messages, no SQL"],
  ["src/sql/jobs", "what works beside the clients' sessions"],
  ["src/sql/connectors", "what is at the other end of sources and sinks"],
  ["src/sql/engine", "the session's view of storage: it wires everything below"],
  ["src/sql/rows", "users' rows: what a statement writes, and what must hold"],
  ["src/sql/execute", "runs translated queries"],
  ["src/sql/translate", "bound trees to SQLite's SQL"],
  ["src/sql/session", "transaction block, prepared statements, portals"],
  ["src/sql/copy", "COPY's formats: rows out, bytes in"],
  ["src/sql/plpgsql", "bodies in PL/pgSQL: read, and run"],
  ["src/sql/print", "bound trees to PostgreSQL's texts"],
  ["src/sql/bind", "names, types, operators: query trees to bound trees"],
  ["src/sql/parse", "texts to statements"],
  ["src/sql/functions", "what functions and operators compute"],
  ["src/sql/types", "text and binary forms of values"],
  ["src/sql/settings", "SET and SHOW"],
  ["src/catalog/ddl", "one family of statements a file"],
  ["src/catalog", "stored relations and who depends on whom"],
  ["src/txn", "overlay, locks, commit sequence, recovery"],
  ["src/pages", "tuple versions in SQLite"],
  ["src/wal", "the log"],
  ["src/base", "ids, bytes, errors, disk; it imports nothing above"],
];

/** Packages and modules of Node that belong to one place, so that they can be replaced there. */
const ONE_PLACE: Readonly<Record<string, readonly string[]>> = {
  "better-sqlite3": ["src/pages/"],
  "libpg-query": ["src/sql/parse/"],
  bcryptjs: ["src/sql/functions/pgcrypto.ts"],
  "@pgsql/types": ["src/sql/parse/", "src/sql/bind/"],
  pino: ["src/base/logger.ts"],
  pg: ["src/sql/connectors/postgres-sink.ts"],
  zod: [
    ...["src/config.ts", "src/sql/engine/", "src/sql/settings/"],
    ...["src/catalog/connectors/", "src/sql/connectors/", "src/txn/backup-manifest.ts"],
  ],
  commander: ["src/main.ts"],
  "node:net": ["src/pgwire/"],
  "node:worker_threads": ["src/pages/"],
  "node:child_process": [],
  "node:vm": ["src/sql/functions/regex-watch.ts"],
  "node:http": [],
};

/** Files with more lines than LINES_MAX, comments apart: declarations that belong together. */
const LONG_FILES: Readonly<Record<string, string>> = {
  "src/sql/bind/tree.ts": "one alphabet: every node of a bound tree",
  "src/sql/rows/modify-run.ts": "one run: every way in which a statement changes a row",
  "test/sql/parse-golden.ts": "recorded answers, a statement each",
  "test/sql/settings-recorded.ts": "PostgreSQL's settings as recorded",
};

/** Where time and chance come from; everyone else is given them. */
const CLOCKS: Readonly<Record<string, string>> = {
  "src/base/wall-clock.ts": "the wall clock",
  "src/sql/functions/pgcrypto.ts": "gen_random_bytes, gen_salt",
  "src/catalog/ddl/role-passwords.ts": "the salt of a password",
  "src/commands/serve.ts": "how long opening took",
  "src/pages/page-store.ts": "age of what is not committed",
  "src/pages/query-guard.ts": "deadline of a query",
  "src/pages/scan-meter.ts": "the rate of a job",
  "src/pages/ranges.ts": "length of a slice of vacuum",
  "src/pages/reader-thread.ts": "deadline of a query on its own thread",
  "src/pgwire/busy-poll.ts": "how long to look for more",
  "src/sql/connectors/due.ts": "rates of sources, on a clock",
  "src/sql/connectors/postgres-sink.ts": "what a sink is called at its target",
  "src/sql/engine/analyzing.ts": "which rows a sample has",
  "src/sql/execute/query-runner.ts": "deadline of a query",
  "src/sql/functions/chance.ts": "random() is SQL's own",
  "src/sql/functions/bytes.ts": "gen_random_uuid() is SQL's own",
  "src/sql/functions/regex-watch.ts": "deadline of a match",
  "src/sql/jobs/job-runner.ts": "how long a barrier took",
  "src/sql/jobs/maintained-views.ts": "how long a view rests",
  "src/sql/jobs/streams.ts": "when to try again; the time of events that are made up",
  "src/sql/jobs/statement-jobs.ts": "how long a statement has run",
  "src/sql/rows/table-scan.ts": "length of a part of a scan",
  "src/sql/rows/turn.ts": "turns of a statement of many rows",
  "src/sql/session/explain-commands.ts": "how long EXPLAIN ANALYZE ran",
  "src/sql/session/copy-in.ts": "turns of a long COPY",
  "src/sql/session/service.ts": "the secret of a cancel request",
  "src/sql/session/session.ts": "start of the statement",
  "src/sql/session/sleep.ts": "pg_sleep",
  "src/sql/session/state.ts": "what is left of statement_timeout",
  "src/sql/session/tracing.ts": "how long a statement took",
  "src/txn/sequencer.ts": "mean time of a flush",
  "src/wal/file-log.ts": "a new log's identity",
  "src/wal/memory-log.ts": "a new log's identity",
};
const CLOCK = new RegExp(
  [
    ...["Date\\.now", "new Date\\(\\)", "performance\\.now", "process\\.hrtime"],
    ...["Math\\.random", "randomBytes\\(", "randomUUID", "getRandomValues", "randomInt"],
  ].join("|"),
);

/** Loaded by its address, which no import shows. */
const LOADED: Readonly<Record<string, string>> = {
  "src/sql/engine/reader-functions.ts": "the module of the reader threads",
};

/** Words that tell of the making instead of the thing. */
const BANNED: readonly (readonly [RegExp, string])[] = [
  [/\b(TODO|FIXME|XXX|HACK)\b/, "do it, or open an issue"],
  [/\bphase \d|\b(milestone|sprint|roadmap|backlog)\b/i, "plans are not part of the code"],
  [/\b(refactor(ed|ing)?|formerly|previously|legacy|deprecated)\b/i, "history is git's"],
  [/\b(used to be|no longer (needed|used)|for now|as of now|in (the|a) future)\b/i, "say what is"],
  [/\b(coming soon|will be (added|implemented|supported)|not yet implemented)\b/i, "say what is"],
  [/\bwork-?arounds?\b/i, "say what the other side does and what follows from it"],
  [/\b(sub-?agents?|co-?pilot|chatgpt|claude|llms?|as (requested|discussed))\b/i, "nobody's voice"],
  [/\b(the lead|work session|another (agent|helper))\b/i, "people are not part of the code"],
  [/\/work\/|\/tmp\/brief/, "paths of one machine"],
];

/** PostgreSQL's own words in messages, which may be what they like. */
const QUOTED = /there is no previously clustered index/g;

interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
}

const files = ["src", "test", "tools", "bench", "docs", ".ci"]
  .flatMap((folder) => walk(folder))
  .concat(readdirSync(ROOT).filter((name) => /\.(md|json)$/.test(name)))
  .filter(
    (path) => /\.(ts|md|sh|json)$|^\.ci\/|^NOTICE$/.test(path) && path !== "package-lock.json",
  )
  .map((path): SourceFile => {
    const text = readFileSync(join(ROOT, path), "utf8");
    return { path, text, lines: text.split("\n") };
  });
const scripts = files.filter(({ path }) => path.endsWith(".ts"));
const sources = scripts.filter(({ path }) => path.startsWith("src/"));
const own = "test/tidy.test.ts";

function walk(folder: string): string[] {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? walk(path) : [path];
  });
}

/** Comments blanked, so that only code is judged. */
const codeOf = (text: string): string =>
  text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " "))
    .replace(/(^|\s)\/\/.*$/gm, "");

const isComment = (line: string): boolean => /^\s*(\/\/|\/\*|\*)/.test(line);

interface Import {
  readonly file: SourceFile;
  /** A path of the repository, or a package's name. */
  readonly from: string;
  /** Imported names; undefined when the whole module is meant. */
  readonly names: readonly string[] | undefined;
  /** Gone when the program runs. */
  readonly typesOnly: boolean;
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s+(?:type\s+)?(?:([^"';]*?)\s+from\s+)?"([^"]+)"|import\(\s*"([^"]+)"\s*\)|new URL\("(\.[^"]+\.ts)"/g;

function importsOf(file: SourceFile): Import[] {
  return [...codeOf(file.text).matchAll(IMPORT)].map((match) => {
    const target = match[2] ?? match[3] ?? match[4] ?? "";
    const from = target.startsWith(".") ? normalize(join(dirname(file.path), target)) : target;
    const braces = /\{([^}]*)\}/.exec(match[1] ?? "")?.[1];
    const listed = braces?.split(",").flatMap((name) => name.trim() || []);
    const names = listed?.map((name) => name.replace(/^type\s+/, "").replace(/\s+as\s.*/s, ""));
    const typesOnly =
      /^\s*(import|export)\s+type\s/.test(match[0]) ||
      (listed?.every((name) => name.startsWith("type ")) ?? false);
    return { file, from, names, typesOnly };
  });
}

const imports = scripts.flatMap(importsOf);
const sourceImports = imports.filter(({ file }) => file.path.startsWith("src/"));

const packageOf = (from: string): string =>
  from.startsWith("@") ? from.split("/").slice(0, 2).join("/") : (from.split("/")[0] ?? from);
const isLocal = (from: string): boolean => existsSync(join(ROOT, from));

function layerOf(path: string): number {
  const found = LAYERS.map(([layer], at) => ({ layer, at }))
    .filter(({ layer }) => path === layer || path.startsWith(`${layer}/`))
    .sort((a, b) => b.layer.length - a.layer.length)[0];
  return found?.at ?? -1;
}

describe("the repository", () => {
  it("puts every source file into a layer", () => {
    expect(sources.filter(({ path }) => layerOf(path) < 0).map(({ path }) => path)).to.deep.equal(
      [],
    );
  });

  it("imports downwards only", () => {
    const upward = sourceImports
      .filter(({ from }) => from.startsWith("src/"))
      .filter(({ file, from }) => layerOf(from) < layerOf(file.path));
    expect(upward.map(({ file, from }) => `${file.path} imports ${from}`)).to.deep.equal([]);
  });

  it("keeps tests, tools and benchmarks out of the program", () => {
    const outside = sourceImports.filter(({ from }) => /^(test|tools|bench)\//.test(from));
    expect(outside.map(({ file, from }) => `${file.path} imports ${from}`)).to.deep.equal([]);
  });

  it("has no cycles of imports that are there at run time", () => {
    const graph = new Map<string, string[]>();
    for (const { file, from, typesOnly } of imports) {
      if (isLocal(from) && !typesOnly)
        graph.set(file.path, [...(graph.get(file.path) ?? []), from]);
    }
    const cycles: string[] = [];
    const done = new Set<string>();
    const visit = (path: string, above: readonly string[]): void => {
      const at = above.indexOf(path);
      if (at >= 0) cycles.push([...above.slice(at), path].join(" → "));
      if (at >= 0 || done.has(path)) return;
      for (const next of graph.get(path) ?? []) visit(next, [...above, path]);
      done.add(path);
    };
    for (const path of graph.keys()) visit(path, []);
    expect(cycles).to.deep.equal([]);
  });

  it("uses each package in its one place, and only packages that package.json names", () => {
    const { dependencies, devDependencies } = JSON.parse(
      readFileSync(join(ROOT, "package.json"), "utf8"),
    ) as Record<"dependencies" | "devDependencies", Record<string, string>>;
    const faults: string[] = [];
    for (const { file, from } of sourceImports) {
      if (/^(src|test|tools|bench|bootstrap)\//.test(from)) continue;
      const name = from.startsWith("node:") ? from : packageOf(from);
      const places = ONE_PLACE[name];
      if (places && !places.some((place) => file.path.startsWith(place))) {
        faults.push(`${file.path} imports ${name}`);
      }
      if (name.startsWith("node:")) continue;
      if (!places) faults.push(`${name}, imported by ${file.path}, has no place`);
      const isTypes = devDependencies[name] !== undefined && name.includes("types");
      if (!dependencies[name] && !isTypes) faults.push(`${name} is not among the dependencies`);
    }
    for (const name of Object.keys(dependencies)) {
      const used = sourceImports.some(({ from }) => packageOf(from) === name);
      if (!used) faults.push(`nothing imports ${name}`);
    }
    expect(faults).to.deep.equal([]);
  });

  it("has no barrels: whoever wants a thing imports it from its file", () => {
    const barrels = sources.filter(({ text }) =>
      /^export\s+(type\s+)?[*{][^;]*\bfrom\b/m.test(text),
    );
    expect(barrels.map(({ path }) => path)).to.deep.equal([]);
  });

  it("exports only what another file imports", () => {
    const used = new Set<string>();
    for (const { from, names } of imports) {
      for (const name of names ?? ["*"]) used.add(`${from} ${name}`);
    }
    const imported = sources.filter(({ path }) => !LOADED[path]);
    const dead = imported.flatMap(({ path, text }) =>
      exportsOf(text)
        .filter((name) => !used.has(`${path} ${name}`) && !used.has(`${path} *`))
        // A type that an exported declaration of the file mentions is part of that declaration.
        .filter((name) => !isTypeInUse(text, name))
        .map((name) => `${path} exports ${name}`),
    );
    expect(dead).to.deep.equal([]);
  });

  it(`keeps lines within ${WIDTH} columns, but for texts and patterns`, () => {
    const wide = scripts.flatMap(({ path, lines }) =>
      lines
        .map((line, at) => ({ line, at: at + 1 }))
        .filter(({ line }) => line.length > WIDTH && !mayBeWide(line))
        .map(({ at }) => `${path}:${at}`),
    );
    expect(wide).to.deep.equal([]);
  });

  it(`keeps files within ${LINES_MAX} lines, comments apart`, () => {
    const long = scripts
      .map(({ path, lines }) => ({ path, count: lines.filter((line) => !isComment(line)).length }))
      .filter(({ path, count }) => count > LINES_MAX && !LONG_FILES[path]);
    expect(long.map(({ path, count }) => `${path}: ${count}`)).to.deep.equal([]);
    const gone = Object.keys(LONG_FILES).filter((path) => !isLocal(path));
    expect(gone, "exceptions for files that are not there").to.deep.equal([]);
  });

  it("says at the head of every source file what it is", () => {
    const without = sources.filter(({ text }) => !/^(#![^\n]*\n)?(\/\*\*|\/\/)/.test(text));
    expect(without.map(({ path }) => path)).to.deep.equal([]);
  });

  it("takes time and chance only where they belong", () => {
    const asks = sources.filter(({ text }) => CLOCK.test(codeOf(text))).map(({ path }) => path);
    const known = Object.keys(CLOCKS);
    expect(asks.filter((path) => !known.includes(path))).to.deep.equal([]);
    expect(
      known.filter((path) => !asks.includes(path)),
      "not needed",
    ).to.deep.equal([]);
  });

  it("writes to the log or to a stream, never to the console", () => {
    const talks = sources.filter(({ text }) => /\bconsole\./.test(codeOf(text)));
    expect(talks.map(({ path }) => path)).to.deep.equal([]);
  });

  it("speaks of the thing, not of its making", () => {
    const faults = files
      .filter(({ path }) => path !== own)
      .flatMap(({ path, lines }) =>
        lines.flatMap((line, at) =>
          BANNED.filter(([word]) => word.test(line.replace(QUOTED, ""))).map(
            ([word, why]) => `${path}:${at + 1} "${word.exec(line)?.[0]}": ${why}`,
          ),
        ),
      );
    expect(faults).to.deep.equal([]);
  });

  it("names every folder of the program in the tour", () => {
    const tour = readFileSync(join(ROOT, "docs/tour.md"), "utf8");
    const folders = new Set(sources.map(({ path }) => dirname(path)));
    expect([...folders].filter((folder) => !tour.includes(folder))).to.deep.equal([]);
  });

  it("links only to files that are there, and names no source file that is not", () => {
    const faults = files
      .filter(({ path }) => path.endsWith(".md"))
      .flatMap(({ path, text }) => {
        const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(({ 1: to = "" }) =>
          normalize(join(dirname(path), to)),
        );
        const named = [...text.matchAll(/`((?:src|test|tools|bench|docs)\/[\w./-]*)`/g)];
        return [...links, ...named.map(({ 1: name = "" }) => name)]
          .filter((to) => !isLocal(to))
          .map((to) => `${path} names ${to}`);
      });
    expect(faults).to.deep.equal([]);
  });

  it("holds no empty file", () => {
    const empty = files.filter(({ path }) => statSync(join(ROOT, path)).size < 2);
    expect(empty.map(({ path }) => path)).to.deep.equal([]);
  });
});

function exportsOf(text: string): string[] {
  const code = codeOf(text);
  const declared = code.matchAll(
    /^export\s+(?:declare\s+|abstract\s+|async\s+)*(?:const|let|function\*?|class|interface|type)\s+(\w+)/gm,
  );
  const listed = [...code.matchAll(/^export\s+(?:type\s+)?\{([^}]*)\};/gm)].flatMap(
    ({ 1: names = "" }) =>
      names.split(",").map(
        (name) =>
          name
            .trim()
            .split(/\s+as\s+/)
            .at(-1) ?? "",
      ),
  );
  return [...[...declared].map(({ 1: name = "" }) => name), ...listed].filter(
    (name) => name !== "",
  );
}

const isTypeInUse = (text: string, name: string): boolean =>
  new RegExp(`^export\\s+(abstract\\s+)?(interface|type|class)\\s+${name}\\b`, "m").test(text) &&
  [...codeOf(text).matchAll(new RegExp(`\\b${name}\\b`, "g"))].length > 1;

/**
 * Code is broken by the formatter wherever it can be; what is left over is one text, URL or
 * pattern.
 */
const mayBeWide = (line: string): boolean =>
  isComment(line) ? /https?:\/\/\S{40,}/.test(line) : /["'`/]/.test(line);
