/**
 * The client's mistake, with PostgreSQL's fields.
 * Texts follow PostgreSQL: message in lower case without full stop; detail and hint are sentences.
 * https://www.postgresql.org/docs/15/protocol-error-fields.html
 */
export interface SqlErrorFields {
  readonly detail?: string;
  readonly hint?: string;
  /** 1-based, in characters of the statement text that the client sent. */
  readonly position?: number;
  /** A text that the server ran for the client, and the place in it, as `position` counts. */
  readonly internal?: { readonly position: number; readonly query: string };
  readonly where?: string;
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
  readonly dataType?: string;
  readonly constraint?: string;
  /** PostgreSQL's function that raises it, where clients go by that; else it is our own. */
  readonly routine?: string;
}

export type ErrorSeverity = "ERROR" | "FATAL" | "PANIC";
export type NoticeSeverity = "WARNING" | "NOTICE" | "DEBUG" | "INFO" | "LOG";

export class SqlError extends Error {
  override readonly name = "SqlError";
  readonly code: string;
  readonly fields: SqlErrorFields;
  /** FATAL ends the session after the message has been sent. */
  readonly severity: ErrorSeverity;

  constructor(
    code: string,
    message: string,
    fields: SqlErrorFields = {},
    severity: ErrorSeverity = "ERROR",
  ) {
    super(message);
    this.code = code;
    this.fields = fields;
    this.severity = severity;
  }

  /** The same error with a position, unless it has one. `position` is 1-based, in characters. */
  at(position: number | undefined): SqlError {
    if (position === undefined || this.fields.position !== undefined) return this;
    const placed = new SqlError(
      this.code,
      this.message,
      { ...this.fields, position },
      this.severity,
    );
    placed.stack = this.stack ?? "";
    return placed;
  }

  /** The same error with one more line of what was being done. */
  within(where: string): SqlError {
    const all = this.fields.where === undefined ? where : `${this.fields.where}\n${where}`;
    const fields = { ...this.fields, where: all };
    const placed = new SqlError(this.code, this.message, fields, this.severity);
    placed.stack = this.stack ?? "";
    return placed;
  }
}

/** Runs a step whose errors have no place in the client's text, as PostgreSQL reports them. */
export function withoutPosition<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof SqlError) || error.fields.position === undefined) throw error;
    const { position: _, ...fields } = error.fields;
    const placeless = new SqlError(error.code, error.message, fields, error.severity);
    placeless.stack = error.stack ?? "";
    throw placeless;
  }
}

/** What NoticeResponse carries. `code` is 00000 for most notices. */
export interface Notice extends SqlErrorFields {
  readonly severity: NoticeSeverity;
  readonly code: string;
  readonly message: string;
  /** Where it was made, as an error has it: psql's \errverbose shows the place. */
  readonly stack?: string;
}

export function notice(message: string, fields: SqlErrorFields = {}, code = "00000"): Notice {
  const said: Notice = { severity: "NOTICE", code, message, ...fields };
  Error.captureStackTrace(said, notice);
  return said;
}
export function warning(code: string, message: string, fields: SqlErrorFields = {}): Notice {
  const said: Notice = { severity: "WARNING", code, message, ...fields };
  Error.captureStackTrace(said, warning);
  return said;
}

/** What PostgreSQL has and this server has not. Every such place names what is missing. */
export const notSupported = (what: string, position?: number): SqlError =>
  new SqlError("0A000", `${what} is not supported`, position === undefined ? {} : { position });
