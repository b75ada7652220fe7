/** Network addresses: who is near enough to be trusted, and where to listen. */
import { SqlError } from "../base/sql-error.ts";

/** True for 127.0.0.0/8, ::1 and sockets without an address. */
export function isLoopback(address: string | null): boolean {
  if (address === null || address === "::1") return true;
  return /^(::ffff:)?127\./.test(address);
}

/** `host:port` or `[v6]:port`; an empty host is every address. Throws 22023. */
export function parseAddress(address: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(address);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new SqlError("22023", `invalid listen address: "${address}"`);
  }
  return { host: match[1] ?? match[2] ?? "", port };
}
