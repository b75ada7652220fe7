/**
 * QUERIES THAT GO BY THE CLOCK: what they give changes though nothing that they read does. A time
 * that is itself a value of a row does not count: it says when the row was made.
 */
import type { Oid } from "../../base/ids.ts";
import type { Names } from "./names.ts";
import type { Query } from "./tree.ts";
import { functionsOf } from "./volatility.ts";
import { type Visitor, visitChildren, visitQuery } from "./walk.ts";

/** now, transaction_, statement_ and clock_timestamp, timeofday, and age by today's date. */
const CLOCKS = new Set([1299, 2647, 2648, 2649, 274, 1386, 2059] as Oid[]);
const TIMES = /^(current_date|current_time|current_timestamp|localtime|localtimestamp)$/;

/** `query`: with its views and functions in SQL expanded. */
export function goesByClock(query: Query, names: Pick<Names, "catalog">): boolean {
  let found = false;
  const all: Visitor = {
    expression(node) {
      if (node.kind === "sqlValue") found ||= TIMES.test(node.value);
      else found ||= functionsOf(names, node).some((id) => CLOCKS.has(id));
      if (!found) visitChildren(node, all);
    },
    query(inner) {
      if (!found) visitQuery(inner, all);
    },
  };
  const ofValue: Visitor = {
    expression(node) {
      const isOfOthers = /^(aggregate|window|subLink)$/.test(node.kind);
      if (isOfOthers) all.expression(node);
      else visitChildren(node, ofValue);
    },
    query: all.query,
  };
  const look = (part: Query): void => {
    if (part.kind === "set") {
      look(part.left);
      look(part.right);
      for (const table of part.commonTables) all.query(table.query);
    } else if (part.kind === "select") {
      for (const { expression, junk } of part.targets)
        (junk ? all : ofValue).expression(expression);
      all.query({ ...part, targets: [] });
    }
  };
  look(query);
  return found;
}
