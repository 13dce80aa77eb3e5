/**
 * Pass "collect": declares the globals, functions and aliases of the user's files.
 *
 * `declareFile` also serves pull-tapsets. A global that is defined twice is an error at the second place;
 * a function that is, would be an overload.
 */
import type { FunctionItem, GlobalItem, ScriptFile } from "../../ast.ts";
import type { Compilation } from "../compilation.ts";

export function collect(c: Compilation): void {
  for (const file of c.files) declareFile(c, file);
}

export function declareFile(c: Compilation, file: ScriptFile): void {
  for (const item of file.items) {
    switch (item.kind) {
      case "global":
        declared(c, item, c.scope.addGlobal(item), "global");
        break;
      case "function":
        if (item.body.kind === "embedded") {
          c.diagnostics.unsupported(`embedded code in function '${item.name}'`, item.body.loc);
        }
        declared(c, item, c.scope.addFunction(item), "function");
        break;
      case "alias":
        c.aliases.push(item);
        for (const component of item.names.flatMap((name) => name.components)) {
          if (component.argument)
            c.diagnostics.error("sem-probe", "a name of an alias has no arguments", component.loc);
        }
        break;
      case "embedded-item":
        c.diagnostics.unsupported("embedded code at top level", item.loc);
        break;
      case "probe":
        break;
    }
  }
}

function declared<T extends GlobalItem | FunctionItem>(c: Compilation, item: T, earlier: T | undefined, what: string) {
  if (!earlier) return;
  const related = [{ message: "first defined here", loc: earlier.loc }];
  if (item.kind === "function") {
    c.diagnostics.unsupported(`overloaded function '${item.name}'`, item.loc, { related });
  } else {
    c.diagnostics.error("sem-redefined", `${what} '${item.name}' is defined twice`, item.loc, { related });
  }
}
