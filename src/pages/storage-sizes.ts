/**
 * HOW MUCH OF THE FILE OF USERS' ROWS A STORAGE TAKES, in bytes of pages, as SQLite's `dbstat`
 * tells it: https://www.sqlite.org/dbstat.html
 *
 * A b-tree of at most PAGES_MAX pages is counted. Of a larger one so many are read, and the rest is
 * reckoned from how many pages hang on one of each level: an estimate, whose cost does not grow
 * with the storage.
 *
 * dbstat looks through the file's whole schema to find one name. So a query that asks for many
 * storages has all pages of the file read once, as long as the file is not too large for that.
 *
 * What is measured is what is committed, on a connection of its own.
 */
import Database from "better-sqlite3";
import type { Oid } from "../base/ids.ts";
import { rowPathOf } from "./row-file.ts";

/** Pages of one storage that are read. */
const PAGES_MAX = 512;
/** Storages of one query that are measured one by one. */
const SINGLES_MAX = 8;
/** Pages of a file that is read as a whole: 400 MB. */
const FILE_PAGES_MAX = 100_000;

/** A page, or one of the chain that holds the rest of a long value. */
interface PageRow {
  /** /000/01b/ of a page; of an overflow page with a + */
  readonly path: string;
  readonly pagetype: "internal" | "leaf" | "overflow";
  readonly ncell: number;
}

export class StorageSizes {
  readonly #db: Database.Database;
  readonly #queries: (() => number) | undefined;
  readonly #find: Database.Statement<[number], { of: number | null; width: number }>;
  readonly #pages: Database.Statement<[string], PageRow>;
  readonly #pageBytes: number;
  /** Of the query that asks. */
  #query = -1;
  #asked = 0;
  #all: ReadonlyMap<string, number> | undefined;

  /** `queries` counts those that are run; without it each storage is measured by itself. */
  constructor(pagesPath: string, queries?: () => number) {
    this.#queries = queries;
    this.#db = new Database(rowPathOf(pagesPath), { readonly: true, fileMustExist: true });
    this.#find = this.#db.prepare("SELECT of, width FROM storage WHERE id = ?");
    this.#pages = this.#db.prepare(
      `SELECT path, pagetype, ncell FROM dbstat WHERE name = ? LIMIT ${PAGES_MAX + 1}`,
    );
    this.#pageBytes = this.#db.pragma("page_size", { simple: true }) as number;
  }

  /** 0: nothing was ever stored in it. */
  bytesOf(storage: Oid): number {
    const found = this.#find.get(storage);
    if (!found || (found.of !== null && found.width === 0)) return 0;
    const name = `${found.of === null ? "s" : "x"}${storage}`;
    const pages = this.#everything()?.get(name) ?? countPages(this.#pages.all(name));
    return pages * this.#pageBytes;
  }

  close(): void {
    this.#db.close();
  }

  /** Pages by name, when this is not the first storage that the query asks for. */
  #everything(): ReadonlyMap<string, number> | undefined {
    const query = this.#queries?.();
    if (query === undefined) return undefined;
    if (query !== this.#query) {
      this.#query = query;
      this.#asked = 0;
      this.#all = undefined;
    }
    if (++this.#asked <= SINGLES_MAX || this.#all) return this.#all;
    const pages = this.#db.pragma("page_count", { simple: true }) as number;
    if (pages > FILE_PAGES_MAX) return undefined;
    const read = this.#db.prepare<[], [string, number]>(
      "SELECT name, pageno FROM dbstat WHERE aggregate = TRUE",
    );
    this.#all = new Map(read.raw(true).all());
    return this.#all;
  }
}

interface Level {
  pages: number;
  inner: number;
  children: number;
}

/** Pages of a b-tree of which these are the first; all of them unless there are too many. */
function countPages(found: readonly PageRow[]): number {
  if (found.length <= PAGES_MAX) return found.length;
  const levels: Level[] = [];
  let overflow = 0;
  for (const { path, pagetype, ncell } of found) {
    if (pagetype === "overflow") {
      overflow++;
      continue;
    }
    const depth = path.split("/").length - 2;
    levels[depth] ??= { pages: 0, inner: 0, children: 0 };
    const level = levels[depth];
    level.pages++;
    if (pagetype === "leaf") continue;
    level.inner++;
    level.children += ncell + 1;
  }
  let all = 0;
  let read = 0;
  let wide = 1;
  for (const { pages, inner, children } of levels) {
    all += wide;
    read += pages;
    wide *= inner > 0 ? children / inner : 0;
  }
  return Math.round(all * (1 + overflow / read));
}
