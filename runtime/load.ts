/**
 * Turns the text of an emitted module into a `CompiledModule`.
 *
 * Called by the composition root after `lang/compiler/verify.ts` accepted the text. The module is evaluated with
 * `new Function`, which works in every host and stays synchronous; the two `export` keywords are blanked, so columns
 * stay as they were and `MODULE_LINE_OFFSET` turns a line of a stack trace into a line of the module.
 */
import { ABI_VERSION } from "../abi/manifest.ts";
import type { CompiledModule } from "../abi/module.ts";
import { assert } from "../base/assert.ts";
import { DiagnosticError } from "../base/diagnostics.ts";

/** The name stack traces give to the module. */
export const MODULE_URL = "utap-module.js";

/** Two lines are the head that `new Function` writes (ECMA-262, CreateDynamicFunction), one is "use strict". */
export const MODULE_LINE_OFFSET = 3;

const EXPORT = /^export (?=const manifest\b|function instantiate\b)/gm;

export function loadModule(code: string): CompiledModule {
  let exports = 0;
  const body = code.replace(EXPORT, (keyword) => {
    exports++;
    return " ".repeat(keyword.length);
  });
  assert(exports === 2, "runtime/load", `${exports} exports in a module that has two`);
  const evaluate = new Function(
    `"use strict";\n${body}\nreturn { manifest, instantiate };\n//# sourceURL=${MODULE_URL}`,
  ) as () => CompiledModule;
  const module = evaluate();
  if (module.manifest.abi !== ABI_VERSION) {
    throw new DiagnosticError([
      {
        code: "emit-contract",
        severity: "error",
        message: `the module was compiled for ABI ${module.manifest.abi}, this runtime has ABI ${ABI_VERSION}`,
        hints: ["compile the script again"],
      },
    ]);
  }
  return module;
}
