/** A view's column as the binder and the printer have it, over a catalog in memory. */
import { oid } from "../../../src/base/ids.ts";
import { SqlError } from "../../../src/base/sql-error.ts";
import { decodeQuery, encodeTree } from "../../../src/sql/bind/codec.ts";
import { Names } from "../../../src/sql/bind/names.ts";
import { bindQuery } from "../../../src/sql/bind/query.ts";
import { collectReferences } from "../../../src/sql/bind/references.ts";
import { parse } from "../../../src/sql/parse/parse.ts";
import { printViewQuery } from "../../../src/sql/print/print.ts";
import { bindContext, builtin } from "../bind-support.ts";
import { testCatalog } from "../bind-tables.ts";
import type { Server } from "./answers.ts";
import { columnsOfX } from "./columns.ts";

const CREATE = /^CREATE VIEW v AS ([\s\S]* FROM x); SELECT /;

export class ViewColumns implements Server {
  readonly #context: ReturnType<typeof bindContext>;

  constructor() {
    const catalog = testCatalog();
    const columns = columnsOfX.map(({ name, typname, typmod = -1, collation }) => {
      const type = builtin.typesByName.get(typname)?.oid ?? oid(0);
      return [name, type, typmod, collation && { C: 950, POSIX: 951 }[collation]] as const;
    });
    catalog.addTable(20200, "x", columns);
    const setting = (name: string) => ({ timezone: "UTC" })[name];
    const context = bindContext(catalog);
    this.#context = { ...context, inferParameters: false, types: { ...context.types, setting } };
  }

  async rows(sql: string) {
    try {
      const select = CREATE.exec(sql)?.[1] ?? "";
      const body = parse(select)[0]?.body;
      if (body?.kind === "refused") throw body.error;
      if (body?.kind !== "query") throw new Error(`no query: ${select}`);
      const bound = bindQuery(body.node, this.#context).query;
      collectReferences(bound, new Names(builtin, this.#context.catalog, []));
      const query = decodeQuery(encodeTree(bound));
      const print = (pretty: boolean) =>
        `${printViewQuery(query, { builtin, types: this.#context.types, pretty })};`;
      const { type, typmod, collation } = query.targets[0]?.expression ?? {};
      return [[print(false), print(true), String(type), String(typmod), String(collation)]];
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      const { code, message, fields } = error;
      const { detail, hint, where, position } = fields;
      const shift = "CREATE VIEW v AS ".length;
      const at = position === undefined ? {} : { position: position + shift };
      return { code, message, detail, hint, where, ...at };
    }
  }
}
