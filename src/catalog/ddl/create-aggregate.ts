/**
 * CREATE AGGREGATE: a row of pg_proc, and what the functions behind it are in pg_aggregate.
 * https://www.postgresql.org/docs/15/sql-createaggregate.html
 */
import { INVALID_OID, type Oid, oid } from "../../base/ids.ts";
import { SqlError, warning } from "../../base/sql-error.ts";
import { INTERNAL_LANGUAGE, OPERATOR_CLASS, PROC_CLASS } from "../class-oids.ts";
import type { CreateAggregate, DefinitionItem } from "../defined-statement.ts";
import { addDependencies } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { isSuperuser } from "../memberships.ts";
import { pgAggregate } from "../relations/pg-aggregate.ts";
import { pgOperator } from "../relations/pg-operator.ts";
import { pgType } from "../relations/pg-type.ts";
import { booleanOf, textOf } from "../statement-option.ts";
import type { DdlContext } from "./context.ts";
import { storeRoutine, whyUndetermined } from "./create-routine.ts";
import { namespacesOf, nameText } from "./find-named.ts";
import { typeOf } from "./find-routine.ts";
import { creationNamespace } from "./lookup.ts";
import { type Signature, signatureOf } from "./routine-parameters.ts";
import { checkMayUseType } from "./type-owner.ts";

const INTERNAL = oid(2281);

const invalid = (message: string, detail?: string): SqlError =>
  new SqlError("42P13", message, detail === undefined ? {} : { detail });
const mismatch = (message: string): SqlError => new SqlError("42804", message);

const ATTRIBUTES = [
  ...["sfunc", "finalfunc", "combinefunc", "serialfunc", "deserialfunc", "sortop", "stype"],
  ...["msfunc", "minvfunc", "mfinalfunc", "mstype", "sspace", "msspace", "initcond", "minitcond"],
  ...["finalfunc_extra", "mfinalfunc_extra", "finalfunc_modify", "mfinalfunc_modify"],
  ...["basetype", "hypothetical", "parallel"],
] as const;
type Attribute = (typeof ATTRIBUTES)[number];
type Attributes = Partial<Record<Attribute, DefinitionItem>>;

/** What they were called before. */
const OLDER: Readonly<Record<string, Attribute>> = {
  sfunc1: "sfunc",
  stype1: "stype",
  initcond1: "initcond",
};
const MODIFIES: Readonly<Record<string, string>> = {
  read_only: "r",
  shareable: "s",
  read_write: "w",
};
const PARALLEL: Readonly<Record<string, string>> = { safe: "s", restricted: "r", unsafe: "u" };

function attributesOf(context: DdlContext, items: readonly DefinitionItem[]): Attributes {
  const found: Attributes = {};
  for (const item of items) {
    const name = OLDER[item.name] ?? (item.name as Attribute);
    if (ATTRIBUTES.includes(name)) found[name] = item;
    else context.notice(warning("42601", `aggregate attribute "${item.name}" not recognized`));
    if (name.endsWith("_modify")) oneOf(item, MODIFIES, "READ_ONLY, SHAREABLE, or READ_WRITE");
  }
  return found;
}

function oneOf(
  item: DefinitionItem,
  known: Readonly<Record<string, string>>,
  shown: string,
): string {
  const value = known[textOf(item)];
  if (value !== undefined) return value;
  throw new SqlError("42601", `parameter "${item.name}" must be ${shown}`);
}

/** Throws 42P13, 42804, 42883, 42723, 42501, and what looking up names throws. */
export function createAggregate(context: DdlContext, statement: CreateAggregate): void {
  const { name } = statement;
  const namespace = creationNamespace(context, name);
  const given = attributesOf(context, statement.items);
  const state = given.stype?.type;
  if (!state) throw invalid("aggregate stype must be specified");
  if (!given.sfunc) throw invalid("aggregate sfunc must be specified");
  checkMoving(given);
  const parameters = statement.parameters ?? baseType(given.basetype);
  if (statement.parameters && given.basetype) {
    throw invalid("basetype is redundant with aggregate input type specification");
  }
  // What is wrong with it has no place in the text.
  const { position: _, ...stateName } = state.name;
  const returns = { type: stateName, setof: false };
  const routine = { kind: "createRoutine", routine: "function", name, replace: false } as const;
  const read = { ...routine, parameters, returns, options: { settings: [] } };
  const signature = signatureOf(context, read, "aggregate");
  const stateType = stateTypeOf(context, stateName);
  checkSerialization(given, stateType);
  const moving = given.mstype?.type && stateTypeOf(context, given.mstype.type.name);
  if (given.initcond) checkValue(context, stateType, given.initcond);
  const proparallel = given.parallel
    ? oneOf(given.parallel, PARALLEL, "SAFE, RESTRICTED, or UNSAFE")
    : "u";
  const support = new Support(context, signature, given);
  const row = support.row(stateType, moving);
  const result = support.result;
  const self = storeRoutine(context, {
    namespace,
    signature: { ...signature, result },
    replaces: statement.replace,
    row: {
      proname: name.name,
      ...{ prolang: INTERNAL_LANGUAGE, prosrc: "aggregate_dummy", prokind: "a" },
      ...{ provolatile: "i", procost: 1, prorows: 0, proparallel },
    },
  });
  storeAggregate(context, self, row);
}

function checkMoving({ mstype, msfunc, minvfunc, mfinalfunc, msspace, minitcond }: Attributes) {
  const parts = { msfunc, minvfunc, mfinalfunc, msspace, minitcond };
  for (const [part, value] of Object.entries(parts)) {
    if (mstype && !value && (part === "msfunc" || part === "minvfunc")) {
      throw invalid(`aggregate ${part} must be specified when mstype is specified`);
    }
    if (!mstype && value) throw invalid(`aggregate ${part} must not be specified without mstype`);
  }
}

function checkSerialization({ serialfunc, deserialfunc }: Attributes, state: Oid): void {
  if (!serialfunc && !deserialfunc) return;
  if (state !== INTERNAL) {
    throw invalid(
      "serialization functions may be specified only when the aggregate transition data type is internal",
    );
  }
  if (serialfunc && deserialfunc) return;
  throw invalid("must specify both or neither of serialization and deserialization functions");
}

/** The one parameter of the older form; "ANY" is none. */
function baseType(item: DefinitionItem | undefined) {
  if (!item?.type) throw invalid("aggregate input type must be specified");
  if (item.named?.name.toLowerCase() === "any") return [];
  return [{ mode: "i" as const, type: item.type.name, setof: item.type.setof }];
}

function stateTypeOf(context: DdlContext, name: Parameters<typeof typeOf>[1]): Oid {
  const type = typeOf(context, name);
  const shown = context.expressions.typeText(type.oid);
  const isPolymorphic = whyUndetermined(context, type.oid, []) !== undefined;
  const isInternal = type.oid === INTERNAL && isSuperuser(context.catalog, context.user.oid);
  if (type.typtype === "p" && !isPolymorphic && !isInternal) {
    throw invalid(`aggregate transition data type cannot be ${shown}`);
  }
  checkMayUseType(context, type);
  return type.oid;
}

/** The first value has to be one of the type, unless that is known with the call only. */
function checkValue(context: DdlContext, type: Oid, item: DefinitionItem): void {
  const row = context.catalog.find(pgType, "key", [type]);
  if (row?.typtype !== "p") context.expressions.checkInput(type, textOf(item));
}

interface SupportFunction {
  readonly oid: Oid;
  readonly result: Oid;
  readonly strict: boolean;
}
const NONE: SupportFunction = { oid: INVALID_OID, result: INVALID_OID, strict: false };

class Support {
  /** Of the aggregate, once the row is made. */
  result: Oid = INVALID_OID;
  readonly #context: DdlContext;
  readonly #signature: Signature;
  readonly #given: Attributes;

  constructor(context: DdlContext, signature: Signature, given: Attributes) {
    this.#context = context;
    this.#signature = signature;
    this.#given = given;
  }

  row(state: Oid, moving: Oid | undefined) {
    const given = this.#given;
    this.#checkDetermined(state, "transition");
    const transition = this.#transition("sfunc", state, "transition", given.initcond);
    const combine = this.#function("combinefunc", [state, state]);
    if (combine !== NONE && combine.result !== state) {
      const named = nameText(given.combinefunc?.named ?? { name: "" });
      const is = this.#context.expressions.typeText(state);
      throw mismatch(`return type of combine function ${named} is not ${is}`);
    }
    const final = this.#final("finalfunc", state);
    this.result = final === NONE ? state : final.result;
    this.#checkDetermined(this.result, "result");
    const sorts = this.#sortOperator();
    const modify = (item: DefinitionItem | undefined) =>
      item ? oneOf(item, MODIFIES, "READ_ONLY, SHAREABLE, or READ_WRITE") : "r";
    const number = (item: DefinitionItem | undefined) =>
      item?.value?.kind === "integer" ? item.value.value : 0;
    return {
      ...{ aggtransfn: transition.oid, aggfinalfn: final.oid, aggcombinefn: combine.oid },
      aggserialfn: this.#function("serialfunc", [INTERNAL]).oid,
      aggdeserialfn: this.#function("deserialfunc", [oid(17), INTERNAL]).oid,
      aggfinalextra: given.finalfunc_extra ? booleanOf(given.finalfunc_extra) : false,
      aggmfinalextra: given.mfinalfunc_extra ? booleanOf(given.mfinalfunc_extra) : false,
      aggfinalmodify: modify(given.finalfunc_modify),
      aggmfinalmodify: modify(given.mfinalfunc_modify),
      ...{ aggsortop: sorts, aggtranstype: state, aggtransspace: number(given.sspace) },
      agginitval: given.initcond ? textOf(given.initcond) : null,
      ...this.#moving(moving),
      aggmtransspace: number(given.msspace),
      aggminitval: given.minitcond ? textOf(given.minitcond) : null,
    };
  }

  #moving(state: Oid | undefined) {
    if (state === undefined) return {};
    const forward = this.#transition("msfunc", state, "transition", this.#given.minitcond);
    const inverse = this.#transition("minvfunc", state, "inverse transition", this.#given.initcond);
    if (forward.strict !== inverse.strict) {
      throw invalid(
        "strictness of aggregate's forward and inverse transition functions must match",
      );
    }
    const final = this.#final("mfinalfunc", state);
    const result = final === NONE ? state : final.result;
    if (result !== this.result) {
      const [is, plain] = [result, this.result].map((type) =>
        this.#context.expressions.typeText(type),
      );
      throw mismatch(
        `moving-aggregate implementation returns type ${is}, but plain implementation returns type ${plain}`,
      );
    }
    return {
      ...{ aggmtransfn: forward.oid, aggminvtransfn: inverse.oid, aggmfinalfn: final.oid },
      aggmtranstype: state,
    };
  }

  #transition(
    which: Attribute,
    state: Oid,
    what: string,
    initial: DefinitionItem | undefined,
  ): SupportFunction {
    const { args } = this.#signature;
    const found = this.#function(which, [state, ...args]);
    const named = nameText(this.#given[which]?.named ?? { name: "" });
    const is = this.#context.expressions.typeText(state);
    if (found.result !== state)
      throw mismatch(`return type of ${what} function ${named} is not ${is}`);
    const [first] = args;
    const takes = first !== undefined && this.#context.expressions.isSameStored(first, state);
    if (found.strict && !initial && !takes && what === "transition") {
      throw invalid(
        "must not omit initial value when transition function is strict and transition type is not compatible with input type",
      );
    }
    return found;
  }

  #final(which: "finalfunc" | "mfinalfunc", state: Oid): SupportFunction {
    const extra = this.#given[`${which}_extra`];
    const takesAll = extra !== undefined && booleanOf(extra);
    const found = this.#function(which, takesAll ? [state, ...this.#signature.args] : [state]);
    if (takesAll && found.strict) {
      throw invalid("final function with extra arguments must not be declared STRICT");
    }
    return found;
  }

  #function(which: Attribute, types: readonly Oid[]): SupportFunction {
    const named = this.#given[which]?.named;
    return named ? this.#context.expressions.supportFunction(named, types) : NONE;
  }

  #sortOperator(): Oid {
    const named = this.#given.sortop?.named;
    if (!named) return INVALID_OID;
    const { args } = this.#signature;
    const [type, ...more] = args;
    if (type === undefined || more.length > 0) {
      throw invalid("sort operator can only be specified for single-argument aggregates");
    }
    const { catalog, expressions } = this.#context;
    for (const namespace of namespacesOf(this.#context, named)) {
      const key = [named.name, type, type, namespace];
      const found = catalog.find(pgOperator, "oprname_l_r_n", key);
      if (found) return found.oid;
    }
    const shown = expressions.typeText(type);
    const message = `operator does not exist: ${shown} ${nameText(named)} ${shown}`;
    throw new SqlError("42883", message);
  }

  #checkDetermined(type: Oid, what: "transition" | "result"): void {
    const detail = whyUndetermined(this.#context, type, this.#signature.args);
    if (detail !== undefined) throw invalid(`cannot determine ${what} data type`, detail);
  }
}

type Row = ReturnType<Support["row"]>;

/** With what it needs beside the types of its parameters. */
function storeAggregate({ catalog }: DdlContext, self: Oid, row: Row): void {
  const before = catalog.find(pgAggregate, "key", [self]);
  if (before) catalog.delete(pgAggregate, before);
  catalog.insert(pgAggregate, { aggfnoid: self, ...row });
  const functions = new Set<Oid>(
    Object.entries(row).flatMap(([column, value]) => (column.endsWith("fn") ? [value as Oid] : [])),
  );
  const needed = [
    ...[...functions].map((each) => addressOf(PROC_CLASS, each)),
    addressOf(OPERATOR_CLASS, row.aggsortop),
  ].filter((each) => each.oid !== INVALID_OID);
  addDependencies(
    catalog,
    addressOf(PROC_CLASS, self),
    needed.map((referenced) => ({ referenced, deptype: "n" as const })),
  );
}
