/** All pairs, in the order of the rows. */
import { aggregates } from "./aggregates.ts";
import { arrays } from "./arrays.ts";
import { numbers } from "./numbers.ts";
import type { Pair } from "./pair.ts";
import { printing } from "./printing.ts";
import { strings } from "./strings.ts";

export const pairs: readonly Pair[] = [...numbers, ...arrays, ...aggregates, ...printing, ...strings];
