import type { AggregateDefinition } from "./registry.ts";
export const jsonAggregates: readonly AggregateDefinition[] = [];
