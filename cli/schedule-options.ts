/**
 * `--cpus N` and `--schedules K` as values, and what cannot be had together with schedules.
 *
 * Called by `option-values.ts` and, for what only the program can tell, by `schedules.ts`.
 */
import { limits } from "../base/limits.ts";
import { usage } from "../base/usage.ts";

type Raw = { readonly [name: string]: unknown };

export function readCpus(text: string): number {
  const cpus = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (cpus < 1 || cpus > limits.maxCpus)
    throw usage(`--cpus ${text}: a number of CPUs from 1 to ${limits.maxCpus} is needed`);
  return cpus;
}

/** What would show one run of many, or would make a run depend on the one before it. */
// biome-ignore format: table
const conflicts: readonly (readonly [option: string, isGiven: (raw: Raw) => boolean, why: string])[] = [
  ["-x",             (raw) => raw.x !== undefined,                          "a running process has had its schedule already"],
  ["--target=live",  (raw) => raw.target === "live",                        "only the kernel model can choose its schedule"],
  ["-l",             (raw) => raw.l !== undefined || raw.L !== undefined,   "nothing runs"],
  ["-p",             (raw) => raw.p !== "5",                                "nothing runs"],
  ["--dump-after",   (raw) => raw.dumpAfter !== undefined,                  "nothing runs"],
  ["--standalone",   (raw) => raw.standalone !== undefined,                 "nothing runs"],
  ["-o",             (raw) => raw.o !== undefined,                          "the outcomes are told, not the output of one run"],
  ["--monitor",      (raw) => raw.monitor !== undefined,                    "there is more than one run to look at"],
  ["--writable",     (raw) => raw.writable !== undefined,                   "each run would find what the one before it has written"],
];

export function readSchedules(raw: Raw): number {
  const text = raw.schedules as string;
  const schedules = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (schedules < 1 || schedules > limits.maxSchedules)
    throw usage(`--schedules ${text}: a number from 1 to ${limits.maxSchedules} is needed`);
  for (const [option, isGiven, why] of conflicts) if (isGiven(raw)) throw usage(`--schedules and ${option}: ${why}`);
  if (raw.c === undefined)
    throw usage("--schedules: a program is needed, whose schedule there is to choose", ["name it with -c"]);
  return schedules;
}
