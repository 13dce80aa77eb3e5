/**
 * The front end on one input: passes 1 to 3, with the library on the path.
 *
 * Used by `fuzz.test.ts` and `tools/fuzz.mjs`. What may not happen: an exception, an error that is our own
 * (`emit-contract`), or more time than a script of that size can need.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { makeSource } from "../../base/source.ts";
import { compile } from "../../lang/compiler/compile.ts";
import { libraryOf } from "../../lang/compiler/tapset-library.ts";
import type { FuzzInput } from "./inputs.ts";

export const SLOW_MS = 3000;

/** Scripts to cut and splice, and the library: from the repository's root. */
export function readCorpus(root: string): { readonly scripts: readonly string[]; readonly library: Library } {
  const stp = (folder: string, ends: RegExp): string[] =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => ends.test(name))
      .sort()
      .map((name) => join(root, folder, name));
  const read = (path: string): string => readFileSync(path, "latin1");
  const cases = read(join(root, "test/parse/cases/reference.txt"))
    .split("\n--- ")
    .slice(1)
    .map((part) => part.split("\n==>\n")[0] ?? "");
  const scripts = [...stp("examples", /\.stp$/), ...stp("tapsets", /\.stpm?$/)].map(read);
  const library = libraryOf(stp("tapsets", /\.stpm?$/).map((path) => makeSource(path, read(path), "tapset")));
  return { scripts: [...scripts, ...cases], library };
}

type Library = ReturnType<typeof libraryOf>;

/** What went wrong, or undefined. */
export function faultOf({ text, args, compatible }: FuzzInput, library: Library): string | undefined {
  const from = performance.now();
  try {
    const { diagnostics } = compile({
      main: makeSource("<input>", text),
      args,
      guru: true,
      symbols: { open: () => ({ kind: "failure", message: "there are no programs here" }) },
      stopAfter: 3,
      tapsets: library,
      now: () => performance.now(),
      ...(compatible !== undefined && { compatible }),
    });
    const own = diagnostics.find(({ code }) => code === "emit-contract");
    if (own) return `emit-contract: ${own.message}`;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const ms = performance.now() - from;
  return ms > SLOW_MS ? `took ${Math.round(ms)} ms` : undefined;
}

/** A shorter input with the same kind of fault: pieces are left out while the fault stays. */
export function shrink(input: FuzzInput, library: Library): FuzzInput {
  const sign = (fault: string | undefined): string => (fault ?? "").split("\n")[0]?.replace(/\d+/g, "#") ?? "";
  const wanted = sign(faultOf(input, library));
  let best = input;
  const until = performance.now() + 20_000;
  for (let size = best.text.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at < best.text.length && performance.now() < until; ) {
      const shorter = { ...best, text: best.text.slice(0, at) + best.text.slice(at + size) };
      if (sign(faultOf(shorter, library)) === wanted) best = shorter;
      else at += size;
    }
  }
  return best;
}
