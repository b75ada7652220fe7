/** Storage parameters as WITH lists them. */
import { quoteLiteral } from "../../catalog/quote.ts";
import { quoteIdentifier } from "../types/keywords.ts";

/** `options`: texts "name=value". A value that reads as a plain name is not quoted. */
export function formatOptions(options: readonly string[]): string {
  return options
    .map((option) => {
      const split = option.indexOf("=");
      const name = split < 0 ? option : option.slice(0, split);
      const value = split < 0 ? "" : option.slice(split + 1);
      const plain = value !== "" && quoteIdentifier(value) === value;
      return `${quoteIdentifier(name)}=${plain ? value : quoteLiteral(value)}`;
    })
    .join(", ");
}
