/** What is kept of built-in rows as a bound tree, and no text: checks and defaults of domains. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { decodeBootstrap } from "../src/catalog/bootstrap.ts";
import { pgConstraint } from "../src/catalog/relations/pg-constraint.ts";
import { pgType } from "../src/catalog/relations/pg-type.ts";
import { BuiltinCatalog } from "../src/sql/bind/builtin.ts";
import { encodeTree } from "../src/sql/bind/codec.ts";
import type { BindContext } from "../src/sql/bind/context.ts";
import { bindExpression } from "../src/sql/bind/query.ts";
import { bindDomainCheck } from "../src/sql/bind/table-expression.ts";
import { printExpression } from "../src/sql/print/print.ts";
import { bindContext, MemoryCatalog, parseExpression } from "../test/sql/bind-support.ts";
import type { StoredRow } from "./generate-bootstrap-read.ts";

interface Line {
  readonly relation: string;
  readonly pinned: StoredRow[];
}

/** The file's lines, with the texts that domains have bound against the rows in them. */
export function bindDomains(lines: readonly string[]): string[] {
  const bytes = Buffer.from(`${lines.join("\n")}\n`);
  const hash = createHash("sha256").update(bytes).digest("hex");
  const rows = decodeBootstrap(gzipSync(bytes), hash);
  const context = bindContext(new MemoryCatalog(rows), {
    builtin: new BuiltinCatalog(rows.pinned),
  });
  return lines.map((text) => {
    const line = JSON.parse(text) as Line;
    const bound = { [pgConstraint.name]: boundCheck, [pgType.name]: boundDefault }[line.relation];
    if (!bound) return text;
    return JSON.stringify({ ...line, pinned: line.pinned.map((row) => bound(context, row)) });
  });
}

function boundDefault(context: BindContext, row: StoredRow): StoredRow {
  const {
    typname: name,
    typdefaultbin,
    typbasetype: type,
    typtypmod: typmod,
  } = pgType.view(row as never);
  if (typdefaultbin === null) return row;
  const use = { kind: "column default", column: name, target: { type, typmod } } as const;
  const tree = bindExpression(parseExpression(onlyText(typdefaultbin)), context, use);
  return row.map((value) => (value === typdefaultbin ? encodeTree(tree) : value));
}

const onlyText = (texts: string): string =>
  (JSON.parse(texts) as { readonly sql: readonly string[] }).sql[0] ?? "";

function boundCheck(context: BindContext, row: StoredRow): StoredRow {
  const { contypid, conbin } = pgConstraint.view(row as never);
  const domain = context.catalog.find(pgType, "key", [contypid]);
  if (conbin === null) return row;
  if (!domain) throw new Error("a check of no domain, which no built-in row had before");
  const text = onlyText(conbin);
  const { typbasetype: type, typtypmod: typmod } = domain;
  const tree = bindDomainCheck(parseExpression(asWritten(text)), context, { type, typmod });
  const { builtin, types } = context;
  const printed = printExpression(tree, { builtin, types, pretty: false });
  if (printed !== text) throw new Error(`${text} would be printed as ${printed}`);
  return row.map((value) => (value === conbin ? encodeTree(tree) : value));
}

/** What an IN of texts is printed as is read back as another tree. */
const asWritten = (text: string): string =>
  text.replace(/^\(\((\w+)\)::text = ANY \(\(ARRAY\[(.*)\]\)::text\[\]\)\)$/, (_, value, list) => {
    return `${value} IN (${list.replaceAll("::character varying", "")})`;
  });
