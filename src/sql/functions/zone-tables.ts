/** The time zones and their abbreviations, behind pg_timezone_names and pg_timezone_abbrevs. */
import { formatOffset } from "../types/datetime-output.ts";
import { intervalKey } from "../types/intervals.ts";
import type { Scalar } from "../types/scalar.ts";
import { allZones, findZone, type TimeZone } from "../types/time-zones.ts";
import { type ZoneAbbreviation, zoneAbbreviations } from "../types/zone-abbreviations.ts";
import { defineSet, truth } from "./define.ts";
import type { FunctionContext, SetFunctionDefinition } from "./registry.ts";

const interval = (seconds: number): Scalar =>
  intervalKey({ months: 0, days: 0, micros: BigInt(seconds) * 1_000_000n });

const HALF_A_YEAR = 182n * 86_400_000_000n;

/** Daylight saving is what is east of the other half of the year; Irish winter time is the rule. */
function isDaylight(zone: TimeZone, now: bigint): boolean {
  const [here, there] = [zone.offsetAt(now), zone.offsetAt(now + HALF_A_YEAR)];
  const irish = zone.name === "Europe/Dublin" || zone.name === "Eire";
  return irish ? here < there : here > there;
}

function nameRow(zone: TimeZone, now: bigint): readonly Scalar[] {
  const offset = zone.offsetAt(now);
  const abbreviation = zone.abbreviationAt(now) ?? formatOffset(offset).replaceAll(":", "");
  return [zone.name, abbreviation, interval(offset), truth(isDaylight(zone, now))];
}

function abbreviationRow(
  { name, daylight, meaning }: ZoneAbbreviation,
  { transactionTime }: FunctionContext,
): readonly Scalar[] {
  if (typeof meaning === "number") return [name, interval(meaning), truth(daylight)];
  const zone = findZone(meaning);
  if (!zone) return [name, null, null];
  return [name, interval(zone.offsetAt(transactionTime)), truth(isDaylight(zone, transactionTime))];
}

export const zoneTableFunctions: readonly SetFunctionDefinition[] = [
  defineSet("pg_timezone_names()", function* ({ transactionTime }) {
    for (const zone of allZones()) yield nameRow(zone, transactionTime);
  }),
  defineSet("pg_timezone_abbrevs()", (context) =>
    [...zoneAbbreviations.values()].map((one) => abbreviationRow(one, context)),
  ),
];
