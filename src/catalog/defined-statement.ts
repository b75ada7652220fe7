/** Statements that make objects which are rows and need nothing else. */
import type { HandledStatement } from "./handled-statement.ts";
import type { ObjectName } from "./object-name.ts";
import type { OperatorClassStatement } from "./operator-class-statement.ts";
import type { RoutineParameter } from "./routine-statement.ts";
import type { DdlStatement, QualifiedName, RawExpression, TypeName } from "./statement.ts";
import type { StatementOption } from "./statement-option.ts";
import type { TextSearchStatement } from "./text-search-statement.ts";

export interface CreateCollation {
  readonly kind: "createCollation";
  readonly collation: QualifiedName;
  readonly options: readonly StatementOption[];
  readonly ifNotExists: boolean;
}
export interface RefreshCollation {
  readonly kind: "refreshCollation";
  readonly collation: QualifiedName;
}

export interface PublishedTable {
  readonly table: QualifiedName;
  /** Absent: all. */
  readonly columns?: readonly string[];
  readonly where?: RawExpression;
}
export interface Published {
  readonly tables: readonly PublishedTable[];
  /** Undefined: the first of the search path. */
  readonly schemas: readonly (string | undefined)[];
}
export interface CreatePublication extends Published {
  readonly kind: "createPublication";
  readonly name: string;
  readonly allTables: boolean;
  readonly options: readonly StatementOption[];
}
export interface AlterPublication {
  readonly kind: "alterPublication";
  readonly name: string;
  readonly action:
    | { readonly kind: "options"; readonly options: readonly StatementOption[] }
    | ({ readonly kind: "add" | "drop" | "set" } & Published);
}

export interface CreateStatistics {
  readonly kind: "createStatistics";
  readonly statistics: QualifiedName;
  readonly table: QualifiedName;
  /** Columns by name, and expressions. */
  readonly elements: readonly (string | RawExpression)[];
  /** Empty: all. */
  readonly kinds: readonly string[];
  readonly ifNotExists: boolean;
}
export interface AlterStatistics {
  readonly kind: "alterStatistics";
  readonly statistics: QualifiedName;
  readonly target: number;
  readonly ifExists: boolean;
}

export interface CreateCast {
  readonly kind: "createCast";
  readonly source: TypeName;
  readonly target: TypeName;
  /** Absent unless the method is function. */
  readonly function?: Extract<ObjectName, { readonly kind: "routine" }>;
  readonly method: "function" | "binary" | "inout";
  readonly context: "explicit" | "assignment" | "implicit";
}

export interface CreateExtension {
  readonly kind: "createExtension";
  readonly name: string;
  /** What creates its objects; none of an extension that there is not. */
  readonly script: readonly DdlStatement[];
  readonly options: readonly StatementOption[];
  readonly ifNotExists: boolean;
}

/** ALTER EXTENSION. https://www.postgresql.org/docs/15/sql-alterextension.html */
export type AlterExtension = { readonly name: string } & (
  | { readonly kind: "updateExtension"; readonly options: readonly StatementOption[] }
  | { readonly kind: "extensionSchema"; readonly schema: string }
  | { readonly kind: "extensionMember"; readonly object: ObjectName; readonly adds: boolean }
);

/** An item of CREATE OPERATOR or AGGREGATE: it names a type, a function or an operator. */
export interface DefinitionItem extends StatementOption {
  readonly type?: { readonly name: TypeName; readonly setof: boolean };
  readonly named?: QualifiedName;
}
export interface CreateOperator {
  readonly kind: "createOperator";
  readonly operator: QualifiedName;
  readonly items: readonly DefinitionItem[];
}
export interface AlterOperator {
  readonly kind: "alterOperator";
  readonly object: Extract<ObjectName, { readonly kind: "operator" }>;
  readonly items: readonly DefinitionItem[];
}

export interface CreateAggregate {
  readonly kind: "createAggregate";
  readonly name: QualifiedName;
  readonly replace: boolean;
  /** Absent in the older form, where an item says the one type. */
  readonly parameters?: readonly RoutineParameter[];
  readonly items: readonly DefinitionItem[];
}

export interface CreateSubscription {
  readonly kind: "createSubscription";
  readonly name: string;
  readonly connection: string;
  readonly publications: readonly string[];
  readonly options: readonly StatementOption[];
}
export interface AlterSubscription {
  readonly kind: "alterSubscription";
  readonly name: string;
  readonly action:
    | { readonly kind: "options" | "skip"; readonly options: readonly StatementOption[] }
    | { readonly kind: "connection"; readonly connection: string }
    | { readonly kind: "enable" | "disable" | "refresh" }
    | {
        readonly kind: "set" | "add" | "drop";
        readonly publications: readonly string[];
        readonly options: readonly StatementOption[];
      };
}
export interface DropSubscription {
  readonly kind: "dropSubscription";
  readonly name: string;
  readonly ifExists: boolean;
}

export type DefinedStatement =
  | HandledStatement
  | TextSearchStatement
  | OperatorClassStatement
  | CreateSubscription
  | AlterSubscription
  | DropSubscription
  | CreateAggregate
  | CreateOperator
  | AlterOperator
  | CreateExtension
  | AlterExtension
  | CreateCast
  | CreateStatistics
  | AlterStatistics
  | CreateCollation
  | RefreshCollation
  | CreatePublication
  | AlterPublication;
