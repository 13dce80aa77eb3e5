/**
 * What a compilation starts from, apart from programs: the texts and the options that matter.
 *
 * Plain data, read once; `cache.ts` makes its key from all of it, so whatever is added here is part of the key.
 */
import { makeSource } from "../base/source.ts";
import type { CompileOptions } from "../lang/compiler/compile.ts";
import { environmentOf } from "./environment.ts";
import type { Options } from "./options.ts";
import { readScript, readTapsets } from "./scripts.ts";
import { targetKind } from "./target-kind.ts";

export type CompileRequest = Omit<CompileOptions, "symbols" | "now">;

export function makeRequest(options: Options): CompileRequest {
  return {
    main: readScript(options),
    extra: options.extra.map((text, i) => makeSource(`<input ${i + 2}>`, text)),
    args: options.args,
    guru: options.guru,
    environment: environmentOf(targetKind(options)),
    ...(options.compatible !== undefined && { compatible: options.compatible }),
    limits: options.limits,
    ...(options.stopAfter < 5 && { stopAfter: options.stopAfter as 1 | 2 | 3 }),
    dumpAfter: options.dumpAfter,
    unoptimised: options.unoptimized,
    keepsIdleProbes: options.handling.timing ?? false,
    skipBadvars: options.handling.skipBadvars ?? false,
    suppressWarnings: options.warnings === "hide",
    warningsFatal: options.warnings === "errors",
    allWarnings: options.verbose > 0,
    tapsets: readTapsets(options),
  };
}
