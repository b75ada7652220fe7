/**
 * EXPRESSIONS AS POSTGRESQL'S NODES, for their text (node-text.ts). Locations are not kept, so they
 * are -1; what only the planner fills in is empty.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/include/nodes/primnodes.h
 */
import { pgAmop } from "../../catalog/relations/pg-amop.ts";
import type {
  CaseExpression,
  CoercionForm,
  Column,
  Expression,
  RowCompare,
  Subscript,
  Typed,
  WindowCall,
  XmlExpression,
} from "../bind/tree.ts";
import {
  aggregateNode,
  type Inner,
  inputCollation,
  levelsUp,
  type Place,
  parameterNode,
  subLinkNode,
} from "./node-calls.ts";
import { constantNode, type Field, ints, type Node, node, oids } from "./node-text.ts";

const HERE = -1;
const RECORD = 2249;
const FORMS: Readonly<Record<CoercionForm, number>> = { call: 0, explicit: 1, implicit: 2, sql: 3 };
const TESTS = ["true", "notTrue", "false", "notFalse", "unknown", "notUnknown"];
const XML = ["concat", "element", "forest", "parse", "pi", "root", "serialize", "document"];
const COMPARISONS: Readonly<Record<RowCompare["comparison"], number>> = {
  "<": 1,
  "<=": 2,
  ">=": 4,
  ">": 5,
};
/** By their number in PostgreSQL; after those that take a precision comes one with it. */
const VALUES: Readonly<Record<string, number>> = {
  current_date: 0,
  current_time: 1,
  current_timestamp: 3,
  localtime: 5,
  localtimestamp: 7,
  current_role: 9,
  current_user: 10,
  user: 11,
  session_user: 12,
  current_catalog: 13,
  current_schema: 14,
};

type Of<Kind extends Expression["kind"]> = Expression & { readonly kind: Kind };

/** One for each kind of expression: its own fields, and how the expressions in it are shown. */
const NODES: {
  readonly [Kind in Expression["kind"]]: (of: Of<Kind>, inner: Inner, place: Place) => Node;
} = {
  column: (of, _, place) => columnNode(of, place),
  constant: (of, _, { context }) => constantNode(of, context),
  parameter: (of) => parameterNode(0, of.number, of),
  function: (of, inner) =>
    node("FUNCEXPR", {
      funcid: of.function,
      funcresulttype: of.type,
      funcretset: of.returnsSet,
      funcvariadic: of.variadic,
      funcformat: FORMS[of.form],
      funccollid: of.collation,
      inputcollid: inputCollation(of.args),
      args: of.args.map(inner),
      location: HERE,
    }),
  operator: (of, inner) => operatorNode("OPEXPR", of, of.returnsSet, inner),
  distinctFrom: (of, inner) => operatorNode("DISTINCTEXPR", of, false, inner),
  nullIf: (of, inner) => operatorNode("NULLIFEXPR", of, false, inner),
  arrayOperator: (of, inner) =>
    node("SCALARARRAYOPEXPR", {
      opno: of.operator,
      opfuncid: of.function,
      hashfuncid: 0,
      negfuncid: 0,
      useOr: of.any,
      inputcollid: inputCollation([of.left, of.array]),
      args: [inner(of.left), inner(of.array)],
      location: HERE,
    }),
  boolean: (of, inner) =>
    node("BOOLEXPR", { boolop: of.operator, args: of.args.map(inner), location: HERE }),
  relabel: (of, inner) =>
    node("RELABELTYPE", {
      arg: inner(of.arg),
      ...resultOf(of),
      relabelformat: FORMS[of.form],
      location: HERE,
    }),
  coerceViaIo: (of, inner) =>
    node("COERCEVIAIO", {
      arg: inner(of.arg),
      resulttype: of.type,
      resultcollid: of.collation,
      coerceformat: FORMS[of.form],
      location: HERE,
    }),
  arrayCoerce: (of, inner) =>
    node("ARRAYCOERCEEXPR", {
      arg: inner(of.arg),
      elemexpr: inner(of.element),
      ...resultOf(of),
      coerceformat: FORMS[of.form],
      location: HERE,
    }),
  coerceToDomain: (of, inner) =>
    node("COERCETODOMAIN", {
      arg: inner(of.arg),
      ...resultOf(of),
      coercionformat: FORMS[of.form],
      location: HERE,
    }),
  collate: (of, inner) =>
    node("COLLATEEXPR", { arg: inner(of.arg), collOid: of.collationOid, location: HERE }),
  case: (of, inner) => caseNode(of, inner),
  caseTest: (of) =>
    of.ofDomain
      ? node("COERCETODOMAINVALUE", { ...typeOf(of), location: HERE })
      : node("CASETESTEXPR", typeOf(of)),
  coalesce: (of, inner) =>
    node("COALESCEEXPR", {
      coalescetype: of.type,
      coalescecollid: of.collation,
      args: of.args.map(inner),
      location: HERE,
    }),
  minMax: (of, inner) =>
    node("MINMAXEXPR", {
      minmaxtype: of.type,
      minmaxcollid: of.collation,
      inputcollid: inputCollation(of.args),
      op: of.greatest ? 0 : 1,
      args: of.args.map(inner),
      location: HERE,
    }),
  nullTest: (of, inner) =>
    node("NULLTEST", {
      arg: inner(of.arg),
      nulltesttype: of.isNull ? 0 : 1,
      argisrow: of.row,
      location: HERE,
    }),
  booleanTest: (of, inner) =>
    node("BOOLEANTEST", {
      arg: inner(of.arg),
      booltesttype: TESTS.indexOf(of.test),
      location: HERE,
    }),
  array: (of, inner) =>
    node("ARRAYEXPR", {
      array_typeid: of.type,
      array_collid: of.collation,
      element_typeid: of.elementType,
      elements: of.elements.map(inner),
      multidims: of.multidimensional,
      location: HERE,
    }),
  row: (of, inner) =>
    node("ROWEXPR", {
      args: of.args.map(inner),
      row_typeid: of.type,
      row_format: FORMS[of.type === RECORD ? "implicit" : of.form],
      colnames: of.names,
      location: HERE,
    }),
  rowCompare: (of, inner, place) => rowCompareNode(of, inner, place),
  subscript: (of, inner) => subscriptNode(of, inner),
  field: (of, inner) =>
    node("FIELDSELECT", { arg: inner(of.arg), fieldnum: of.field, ...resultOf(of) }),
  subLink: (of, inner, place) => subLinkNode(of, inner, place),
  aggregate: (of, inner, place) => aggregateNode(of, inner, place),
  window: (of, inner) => windowNode(of, inner),
  grouping: (of, inner, place) =>
    node("GROUPINGFUNC", {
      args: of.args.map(inner),
      refs: ints(of.args.map((arg) => place.levels[of.levelsUp]?.refOf?.(arg) ?? 0)),
      cols: undefined,
      agglevelsup: levelsUp(of.levelsUp, place),
      location: HERE,
    }),
  sqlValue: (of) =>
    node("SQLVALUEFUNCTION", {
      op: (VALUES[of.value] ?? 0) + (of.typmod >= 0 ? 1 : 0),
      type: of.type,
      typmod: of.typmod,
      location: HERE,
    }),
  xml: (of, inner) => xmlNode(of, inner),
  default: (of) => node("SETTODEFAULT", { ...typeOf(of), location: HERE }),
};

export function expressionNode(expression: Expression, place: Place): Node {
  const inner = (each: Expression): Node => expressionNode(each, place);
  const make = NODES[expression.kind] as (of: Expression, inner: Inner, place: Place) => Node;
  return make(expression, inner, place);
}

const resultOf = ({ type, typmod, collation }: Typed) => ({
  resulttype: type,
  resulttypmod: typmod,
  resultcollid: collation,
});
const typeOf = ({ type, typmod, collation }: Typed) => ({
  typeId: type,
  typeMod: typmod,
  collation,
});

function columnNode(column: Column & Typed, place: Place): Node {
  // Columns of a set operation are those of its first branch.
  const table = column.table || 1;
  return node("VAR", {
    varno: table,
    varattno: column.attribute,
    vartype: column.type,
    vartypmod: column.typmod,
    varcollid: column.collation,
    varlevelsup: levelsUp(column.levelsUp, place),
    varnosyn: column.through?.table ?? table,
    varattnosyn: column.through?.attribute ?? column.attribute,
    location: HERE,
  });
}

function operatorNode(
  label: string,
  expression: Of<"operator" | "distinctFrom" | "nullIf">,
  returnsSet: boolean,
  inner: Inner,
): Node {
  const args: readonly Expression[] = expression.args;
  return node(label, {
    opno: expression.operator,
    opfuncid: expression.function,
    opresulttype: expression.type,
    opretset: returnsSet,
    opcollid: expression.collation,
    inputcollid: inputCollation(args),
    args: args.map(inner),
    location: HERE,
  });
}

function subscriptNode(expression: Subscript & Typed, inner: Inner): Node {
  const some = (each: Expression | null): Node | undefined => (each ? inner(each) : undefined);
  return node("SUBSCRIPTINGREF", {
    refcontainertype: expression.containerType,
    refelemtype: expression.elementType,
    refrestype: expression.type,
    reftypmod: expression.typmod,
    refcollid: expression.collation,
    refupperindexpr: expression.upper.map(some),
    reflowerindexpr: expression.lower?.map(some),
    refexpr: inner(expression.container),
    refassgnexpr: expression.assigned && inner(expression.assigned),
  });
}

function caseNode(expression: CaseExpression & Typed, inner: Inner): Node {
  return node("CASEEXPR", {
    casetype: expression.type,
    casecollid: expression.collation,
    arg: expression.arg && inner(expression.arg),
    args: expression.whens.map(({ when, then }) =>
      node("CASEWHEN", { expr: inner(when), result: inner(then), location: HERE }),
    ),
    defresult: inner(expression.otherwise),
    location: HERE,
  });
}

const BTREE = 403;

function rowCompareNode(expression: RowCompare, inner: Inner, { context }: Place): Node {
  const families = expression.operators.map(
    (operator) =>
      context.catalog.list(pgAmop, "opr_fam", [operator]).find((row) => row.amopmethod === BTREE)
        ?.amopfamily ?? 0,
  );
  return node("ROWCOMPAREEXPR", {
    rctype: COMPARISONS[expression.comparison],
    opnos: oids(expression.operators),
    opfamilies: oids(families),
    inputcollids: oids(
      expression.left.map((left, at) => inputCollation([left, expression.right[at]])),
    ),
    largs: expression.left.map(inner),
    rargs: expression.right.map(inner),
  });
}

function windowNode(expression: WindowCall & Typed, inner: Inner): Node {
  return node("WINDOWFUNC", {
    winfnoid: expression.function,
    wintype: expression.type,
    wincollid: expression.collation,
    inputcollid: inputCollation(expression.args),
    args: expression.args.map(inner),
    aggfilter: expression.filter && inner(expression.filter),
    winref: expression.window + 1,
    winstar: expression.star,
    winagg: expression.isAggregate,
    location: HERE,
  });
}

function xmlNode(expression: XmlExpression & Typed, inner: Inner): Node {
  const names: Field = expression.named.map(({ name }) => name);
  return node("XMLEXPR", {
    op: XML.indexOf(expression.operation),
    name: expression.name,
    named_args: expression.named.map(({ value }) => inner(value)),
    arg_names: names,
    args: expression.args.map(inner),
    xmloption: expression.document ? 0 : 1,
    type: expression.target?.type ?? expression.type,
    typmod: expression.target?.typmod ?? expression.typmod,
    location: HERE,
  });
}
