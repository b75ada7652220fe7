/** ROUTINES AS THEY RUN, and calls of them that run before their query. */
import type { Oid } from "../../base/ids.ts";
import type { RoutineShape } from "../bind/routine-body.ts";
import type { RoutineCall } from "../bind/routine-calls.ts";
import type { Statement } from "../parse/statement.ts";
import type { KeptBody } from "../plpgsql/bodies.ts";
import type { QueryPlan } from "./engine.ts";

/** A call whose rows a query reads. */
export interface PlannedRoutine {
  /** One row: the routine's arguments. */
  readonly arguments: QueryPlan;
  readonly code: RoutineCode;
  /** With an argument that is NULL it does not run. */
  readonly strict: boolean;
  readonly gives: RoutineCall["gives"];
}

/** A routine in SQL or PL/pgSQL, ready to run. */
export interface RoutineCode {
  readonly shape: RoutineShape;
  readonly source: string;
  readonly statements: readonly Statement[];
  /** SECURITY DEFINER: with whose rights it runs. */
  readonly definer: Oid | undefined;
  /** In force while it runs. */
  readonly settings: readonly (readonly [name: string, value: string])[];
  /** It is not volatile: its statements are queries. */
  readonly readOnly: boolean;
  /** In SQL, a record of whatever columns its last statement has: each row is one value. */
  readonly asRecord?: boolean;
  /** What it is in PL/pgSQL; it has no statements then. */
  readonly procedural?: ProceduralCode;
}

export interface ProceduralCode {
  /** Absent of DO: it is stored nowhere. */
  readonly oid?: Oid;
  readonly body: KeptBody;
  readonly isProcedure: boolean;
  readonly returnsSet: boolean;
  /** As it is declared: i, o, b, v, t. */
  readonly parameters: readonly {
    readonly name: string;
    readonly type: Oid;
    readonly mode: string;
  }[];
}
