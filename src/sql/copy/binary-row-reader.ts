/** Rows of COPY's binary format; see binary-layout.ts. */
import { SqlError } from "../../base/sql-error.ts";
import type { TypeContext } from "../types/codec.ts";
import type { Scalar } from "../types/scalar.ts";
import { decodeBinary, parseNull } from "../types/type-io.ts";
import { END, SIGNATURE } from "./binary-layout.ts";
import type { CopyTarget, RowReader } from "./row-reader.ts";

const HEADER_BYTES = SIGNATURE.length + 8;
/** Bits of the flags that a reader must understand; the lower ones it may ignore. */
const CRITICAL_FLAGS = 0xffff_0000;
const FLAG_OIDS = 0x1_0000;

const badFormat = (message: string): SqlError => new SqlError("22P04", message);

/** More bytes are needed and may still come. */
const INCOMPLETE = Symbol("incomplete");

export class BinaryRowReader implements RowReader {
  readonly #target: CopyTarget;
  readonly #types: TypeContext;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #ended = false;
  #state: "header" | "extension" | "rows" | "end" = "header";
  /** Bytes of the header's extension that are still to come. */
  #extension = 0;
  #line = 0;
  #isCounted = false;
  #column: string | undefined;

  constructor(target: CopyTarget, types: TypeContext) {
    this.#target = target;
    this.#types = types;
  }

  push(piece: Buffer): void {
    const rest = this.#bytes.subarray(this.#at);
    this.#bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    this.#at = 0;
    if (this.#state === "end") this.#refuseMore();
  }

  end(): void {
    this.#ended = true;
  }

  next(): readonly Scalar[] | undefined {
    if (this.#state === "header" && !this.#readHeader()) return undefined;
    if (this.#state === "extension" && !this.#skipExtension()) return undefined;
    if (this.#state === "end") return undefined;
    if (!this.#isCounted) this.#line += 1;
    this.#isCounted = true;
    const from = this.#at;
    const row = this.#readRow();
    if (row !== INCOMPLETE) {
      this.#isCounted = false;
      return row;
    }
    this.#at = from;
    this.#column = undefined;
    return undefined;
  }

  get place(): string | undefined {
    if (this.#state === "header" || this.#state === "extension") return undefined;
    const where = `COPY ${this.#target.relation}, line ${this.#line}`;
    return this.#column === undefined ? where : `${where}, column ${this.#column}`;
  }

  #left(): number {
    return this.#bytes.length - this.#at;
  }

  #readHeader(): boolean {
    if (this.#left() < HEADER_BYTES && !this.#ended) return false;
    const bytes = this.#bytes.subarray(this.#at);
    if (!bytes.subarray(0, SIGNATURE.length).equals(SIGNATURE)) {
      throw badFormat("COPY file signature not recognized");
    }
    const flagsAt = SIGNATURE.length;
    if (bytes.length < flagsAt + 4) throw badFormat("invalid COPY file header (missing flags)");
    const flags = bytes.readUInt32BE(flagsAt);
    if ((flags & FLAG_OIDS) !== 0) throw badFormat("invalid COPY file header (WITH OIDS)");
    if ((flags & CRITICAL_FLAGS) !== 0) {
      throw badFormat("unrecognized critical flags in COPY file header");
    }
    const length = bytes.length < flagsAt + 8 ? -1 : bytes.readInt32BE(flagsAt + 4);
    if (length < 0) throw badFormat("invalid COPY file header (missing length)");
    this.#at += HEADER_BYTES;
    this.#extension = length;
    this.#state = "extension";
    return true;
  }

  #skipExtension(): boolean {
    const skipped = Math.min(this.#left(), this.#extension);
    this.#at += skipped;
    this.#extension -= skipped;
    if (this.#extension > 0) {
      if (this.#ended) throw badFormat("invalid COPY file header (wrong length)");
      return false;
    }
    this.#state = "rows";
    return true;
  }

  #readRow(): readonly Scalar[] | undefined | typeof INCOMPLETE {
    const { columns } = this.#target;
    if (this.#left() < 2) {
      if (!this.#ended) return INCOMPLETE;
      // The protocol's end will do for the marker; an odd byte before it is as good as none.
      this.#state = "end";
      return undefined;
    }
    const count = this.#bytes.readInt16BE(this.#at);
    this.#at += 2;
    if (count === END) {
      this.#state = "end";
      this.#refuseMore();
      return undefined;
    }
    if (count !== columns.length) {
      throw badFormat(`row field count is ${count}, expected ${columns.length}`);
    }
    const row: Scalar[] = [];
    for (const { name, type, typmod } of columns) {
      this.#column = name;
      const bytes = this.#readField();
      if (bytes === INCOMPLETE) return INCOMPLETE;
      row.push(
        bytes === null
          ? parseNull(type, this.#types)
          : decodeBinary(type, bytes, typmod, this.#types),
      );
    }
    this.#column = undefined;
    return row;
  }

  #readField(): Buffer | null | typeof INCOMPLETE {
    if (this.#left() < 4) return this.#incomplete();
    const length = this.#bytes.readInt32BE(this.#at);
    if (length < -1) throw badFormat("invalid field size");
    if (length === -1) {
      this.#at += 4;
      return null;
    }
    if (this.#left() < 4 + length) return this.#incomplete();
    const start = this.#at + 4;
    this.#at = start + length;
    return this.#bytes.subarray(start, this.#at);
  }

  #incomplete(): typeof INCOMPLETE {
    if (this.#ended) throw badFormat("unexpected EOF in COPY data");
    return INCOMPLETE;
  }

  #refuseMore(): void {
    if (this.#left() > 0) throw badFormat("received copy data after EOF marker");
  }
}
