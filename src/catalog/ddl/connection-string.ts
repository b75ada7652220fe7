/**
 * CONNECTION STRINGS of libpq: keyword = value pairs.
 * https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-CONNSTRING
 */
import { notSupported, SqlError } from "../../base/sql-error.ts";

const OPTIONS: ReadonlySet<string> = new Set(
  `service user password passfile channel_binding connect_timeout dbname host hostaddr port
  client_encoding options application_name fallback_application_name keepalives keepalives_idle
  keepalives_interval keepalives_count tcp_user_timeout sslmode sslcompression sslcert sslkey
  sslpassword sslrootcert sslcrl sslcrldir sslsni requirepeer ssl_min_protocol_version
  ssl_max_protocol_version gssencmode krbsrvname gsslib replication target_session_attrs`
    .split(/\s+/)
    .filter((name) => name !== ""),
);

/** The whole text is pairs; a value stands in quotes, or ends with the first space. */
const PAIR =
  /\s*(?<name>[^=\s]+)\s*(?<equals>=)?\s*(?:'(?<quoted>(?:\\[\s\S]|[^'\\])*)(?<end>')?|(?:\\[\s\S]|[^\s\\])*)/y;

// libpq ends its messages with a line feed.
const wrong = (what: string): SqlError =>
  new SqlError("42601", `invalid connection string syntax: ${what}\n`);

/** Throws 42601 for what libpq could not read, and 0A000 for a URI. */
export function checkConnectionString(text: string): void {
  if (/^postgres(ql)?:\/\//.test(text)) throw notSupported("a connection string that is a URI");
  const rest = text.trimEnd();
  PAIR.lastIndex = 0;
  while (PAIR.lastIndex < rest.length) {
    const { name, equals, quoted, end } = PAIR.exec(text)?.groups ?? {};
    if (name === undefined) throw wrong('missing "=" after "" in connection info string');
    if (equals === undefined) throw wrong(`missing "=" after "${name}" in connection info string`);
    if (quoted !== undefined && end === undefined) {
      throw wrong("unterminated quoted string in connection info string");
    }
    if (!OPTIONS.has(name)) throw wrong(`invalid connection option "${name}"`);
  }
}
