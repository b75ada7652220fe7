/** All types that are asked about. */
import type { Subject } from "./subject.ts";
import { documents } from "./subjects/documents.ts";
import { identifiers } from "./subjects/identifiers.ts";
import { moments } from "./subjects/moments.ts";
import { numbers } from "./subjects/numbers.ts";
import { others } from "./subjects/others.ts";
import { strings } from "./subjects/strings.ts";

export const subjects: readonly Subject[] = [
  ...numbers,
  ...strings,
  ...moments,
  ...documents,
  ...identifiers,
  ...others,
];
