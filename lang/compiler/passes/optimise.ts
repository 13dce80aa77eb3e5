/**
 * Pass "optimise": runs the optimisations in turn, again and again until none asks for another round.
 *
 * What they drop costs nothing and cannot fail: the variables of an alias that nobody reads, a branch that cannot be
 * taken. Types are checked in between: what has no effect may be wrong, what cannot be reached may not. The order,
 * and which change asks for another round, are those of the reference translator, because they decide which names
 * are left and must have types. Warnings come from the first round alone; later ones see what optimisations made of
 * the script. Each optimisation is a file of its name and can be dumped by its name.
 */
import type { Compilation } from "../compilation.ts";
import { countUses } from "./count-uses.ts";
import { elideAssignments } from "./elide-assignments.ts";
import { elideFunctions } from "./elide-functions.ts";
import { elideStatements } from "./elide-statements.ts";
import { elideUnreachable } from "./elide-unreachable.ts";
import { elideVariables } from "./elide-variables.ts";
import { foldConstants } from "./fold-constants.ts";
import { checkTypes } from "./infer-types.ts";
import { reduceVoids } from "./reduce-voids.ts";

export interface Optimisation {
  readonly name: string;
  readonly meaning: string;
  /** The rounds in which it runs with -u too. */
  readonly unoptimised: "never" | "first" | "every";
  /** True asks for another round. */
  run(c: Compilation, round: number): boolean;
}

// biome-ignore format: table
export const optimisations: readonly Optimisation[] = [
  { name: "elide-functions",   unoptimised: "first", run: elideFunctions,   meaning: "drop functions that nothing calls" },
  { name: "elide-variables",   unoptimised: "first", run: elideVariables,   meaning: "drop globals and locals that nothing mentions" },
  { name: "elide-assignments", unoptimised: "never", run: elideAssignments, meaning: "drop assignments to locals that nothing reads" },
  { name: "elide-statements",  unoptimised: "never", run: elideStatements,  meaning: "drop expressions, loops and blocks without effect" },
  { name: "reduce-voids",      unoptimised: "every", run: reduceVoids,      meaning: "keep only the parts with effects of unused values" },
  { name: "check-types",       unoptimised: "first", run: checkFirst,       meaning: "find conflicts of types, also in what cannot run" },
  { name: "fold-constants",    unoptimised: "every", run: foldConstants,    meaning: "compute what is known before the script runs" },
  { name: "elide-unreachable", unoptimised: "every", run: elideUnreachable, meaning: "drop what stands behind next, return, break, continue" },
];

function checkFirst(c: Compilation, round: number): boolean {
  if (round === 0) checkTypes(c);
  return false;
}

/** Each round drops something, and there is only so much; this bounds hostile scripts. */
const MOST_ROUNDS = 100;

/** `done` is told the name of each optimisation that has run. */
export function optimise(c: Compilation, done: (name: string) => void): void {
  let again = true;
  for (let round = 0; again && round < MOST_ROUNDS; round++) {
    again = false;
    for (const { name, unoptimised, run } of optimisations) {
      if (c.options.unoptimised && (unoptimised === "never" || (unoptimised === "first" && round > 0))) continue;
      again = run(c, round) || again;
      done(name);
    }
  }
  countUses(c);
}
