/**
 * -p1, -p2, -p3, --dump-after and listings: a script is compiled and printed, and nothing runs. Called by `main.ts`.
 */
import { usage } from "../base/usage.ts";
import { dumpHelp, dumpNames } from "../lang/compiler/dump.ts";
import { printProgram } from "../lang/compiler/print-program.ts";
import { printFile } from "../lang/print.ts";
import { makeRequest } from "./compile-request.ts";
import { compileFor, showCompilation } from "./compile-script.ts";
import { list } from "./listing.ts";
import type { Options } from "./options.ts";
import { writeAll } from "./report.ts";
import { chooseUnstarted } from "./targets.ts";

export function compileOnly(options: Options): number {
  if (options.dumpAfter.includes("help")) {
    writeAll(1, dumpHelp());
    return 0;
  }
  const known = new Set(dumpNames().map(({ name }) => name));
  const unknown = options.dumpAfter.find((name) => !known.has(name));
  if (unknown !== undefined)
    throw usage(`--dump-after=${unknown}: there is no such pass`, ["--dump-after=help lists them"]);
  if (options.listing) return list(options, options.listing);
  const chosen = chooseUnstarted(options);
  const result = compileFor(options, makeRequest(options), chosen);
  showCompilation(options, result);
  if (result.diagnostics.some((item) => item.severity === "error")) return 1;
  if (options.stopAfter === 1) {
    const files = result.files.filter((file) => file.source.role === "user");
    writeAll(1, files.map(printFile).join(""));
  }
  if (options.stopAfter === 2 && result.program)
    writeAll(1, printProgram(result.program, { bodies: options.verbose > 0 }));
  if (options.stopAfter === 3 && result.module) writeAll(1, result.module.code);
  return 0;
}
