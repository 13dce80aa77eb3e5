/**
 * Pass "collect": declares the globals, functions and aliases of the user's files.
 *
 * `declareFile` also serves pull-tapsets. A global that a file defines twice is an error at the second place;
 * functions of one name are overloads of each other.
 */
import type { GlobalItem, ScriptFile } from "../../ast.ts";
import type { Compilation } from "../compilation.ts";

export function collect(c: Compilation): void {
  for (const file of c.files) declareFile(c, file);
}

export function declareFile(c: Compilation, file: ScriptFile): void {
  for (const item of file.items) {
    switch (item.kind) {
      case "global":
        declareGlobal(c, item);
        break;
      case "function":
        c.scope.addFunction(item);
        break;
      case "alias":
        c.aliases.push(item);
        for (const { name, argument, loc } of item.names.flatMap((point) => point.components)) {
          if (argument) c.diagnostics.error("sem-probe", "a name of an alias has no arguments", loc);
          if (name.includes("*")) c.diagnostics.error("sem-probe", "a name of an alias has no wildcards", loc);
        }
        break;
      case "embedded-item":
      case "probe":
        break;
    }
  }
}

function declareGlobal(c: Compilation, item: GlobalItem): void {
  const earlier = c.scope.addGlobal(item);
  // of the scripts of one session each may declare a global they share; the first declaration counts
  if (!earlier || earlier.loc.source !== item.loc.source) return;
  const related = [{ message: "first defined here", loc: earlier.loc }];
  c.diagnostics.error("sem-redefined", `global '${item.name}' is defined twice`, item.loc, { related });
}
