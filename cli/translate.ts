/**
 * A script's verified module: from the cache, or by compiling.
 *
 * Called by `main.ts` and in the session's thread. The compiler is loaded only when the cache does not have the
 * module. A module from the cache is verified again, so nothing that is stored is trusted.
 */
import { openScriptCache } from "./cache.ts";
import { makeRequest } from "./compile-request.ts";
import type { Translation } from "./ends-at-once.ts";
import type { Options } from "./options.ts";
import type { Place } from "./place.ts";
import type { LookedUp } from "./program-log.ts";
import { messagesOf, printMessages, writeAll } from "./report.ts";

/** Prints what is to be said; undefined after errors. `choose` makes the target whose programs the script names. */
export async function translate(options: Options, choose: () => Promise<Place>): Promise<Translation | undefined> {
  const request = makeRequest(options);
  const cache = openScriptCache(options, request);
  const found = cache?.read();
  if (found && (!found.needsTarget || found.matches((await choose()).files))) {
    const { verify } = await import("../lang/compiler/verify.ts");
    if (verify(found.module.code, { embedded: options.guru, guru: options.guru }).length === 0) {
      printMessages(found.messages);
      if (options.verbose > 0) writeAll(2, "Passes 1 to 3: taken from the cache.\n");
      return found.module;
    }
  }
  const chosen = await choose();
  const { compileFor, showCompilation } = await import("./compile-script.ts");
  const { endsAtOnce } = await import("./ends-at-once.ts");
  const programs = new Map<string, LookedUp>();
  const result = compileFor(options, request, chosen, programs);
  showCompilation(options, result);
  if (!result.module || !result.program) return undefined;
  const { code, map } = result.module;
  const module = { code, map, endsAtOnce: endsAtOnce(result.program) };
  // Embedded code is trusted where it stands in a script, and nowhere else; a stored module has none.
  if (result.program.embedded.size === 0) cache?.write({ module, messages: messagesOf(result.diagnostics), programs });
  return module;
}
