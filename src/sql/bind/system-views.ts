/**
 * SYSTEM VIEWS as queries over the catalogs and PostgreSQL's functions, written out in views/.
 * Columns come in the order of the view's pg_attribute rows, which also give their names and types.
 * https://www.postgresql.org/docs/15/views.html
 */
import { catalogViews, liveViews } from "./views/catalog.ts";
import { informationSchemaViews } from "./views/information-schema.ts";
import { statisticsViews } from "./views/statistics.ts";

const definitions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  pg_catalog: { ...catalogViews, ...liveViews, ...statisticsViews },
  information_schema: informationSchemaViews,
};

/** The definition of a system view, or undefined where there is none. */
export const systemViewQuery = (schema: string, name: string): string | undefined =>
  definitions[schema]?.[name];

export const systemViews: readonly { readonly schema: string; readonly name: string }[] =
  Object.entries(definitions).flatMap(([schema, views]) =>
    Object.keys(views).map((name) => ({ schema, name })),
  );
