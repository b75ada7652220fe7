/** CREATE and ALTER of functions and procedures as data. */
import { SqlError } from "../base/sql-error.ts";
import type { ObjectName } from "./object-name.ts";
import type { SettingChange } from "./role-statement.ts";
import type { QualifiedName, RawExpression, TypeName } from "./statement.ts";

/** pg_proc.proargmodes: in, out, inout, variadic, a column of RETURNS TABLE. */
export type ParameterMode = "i" | "o" | "b" | "v" | "t";

export interface RoutineParameter {
  readonly mode: ParameterMode;
  readonly name?: string;
  readonly type: TypeName;
  readonly setof: boolean;
  readonly default?: RawExpression;
}

/** Absent: as it is, or as a new routine has it. */
export interface RoutineOptions {
  /** i immutable, s stable, v volatile */
  readonly volatility?: "i" | "s" | "v";
  readonly strict?: boolean;
  readonly securityDefiner?: boolean;
  readonly leakproof?: boolean;
  readonly window?: boolean;
  readonly cost?: number;
  readonly rows?: number;
  readonly support?: QualifiedName;
  readonly parallel?: string;
  readonly settings: readonly SettingChange[];
}

/** Where a literal stands in the client's text. */
export interface LiteralPlace {
  /** Of its first character, 1-based. */
  readonly position: number;
  /** Quotes in it stand twice in the text. */
  readonly doubled: boolean;
}

/** RETURN …, or BEGIN ATOMIC … END. */
export interface SqlBody {
  readonly isReturn: boolean;
  readonly statements: readonly (RawExpression & { readonly tag: string })[];
}

export interface CreateRoutine {
  readonly kind: "createRoutine";
  readonly routine: "function" | "procedure";
  readonly name: QualifiedName;
  readonly replace: boolean;
  readonly parameters: readonly RoutineParameter[];
  readonly returns?: { readonly type: TypeName; readonly setof: boolean };
  readonly language?: string;
  /** TRANSFORM FOR TYPE. */
  readonly transforms?: readonly TypeName[];
  /** AS 'body', or AS 'file', 'symbol'. */
  readonly body?: { readonly items: readonly string[]; readonly place?: LiteralPlace };
  readonly sqlBody?: SqlBody;
  readonly options: RoutineOptions;
}
export interface AlterRoutine {
  readonly kind: "alterRoutine";
  readonly object: Extract<ObjectName, { kind: "routine" }>;
  readonly options: RoutineOptions;
  /** Where the first option stands that procedures do not have. */
  readonly functionsOnly?: number;
}

/** `position`: of the option. */
export const noProcedureHas = (position: number): SqlError =>
  new SqlError("42P13", "invalid attribute in procedure definition", { position });

export type RoutineStatement = CreateRoutine | AlterRoutine;
