/**
 * Target nodes as JavaScript: `$variables`, `@var`, `@cast`, autocasts and their kin.
 *
 * How each is read was decided by the target-variables pass; here it only becomes a call of the context.
 */
import { bug } from "../../../base/assert.ts";
import type { TargetNode, TargetUse } from "../program.ts";
import { list, type Piece, primary } from "./code.ts";
import { value } from "./expressions.ts";
import { numberPiece, quote } from "./literals.ts";
import type { FunctionScope } from "./scope.ts";

export function emitTarget(scope: FunctionScope, e: TargetNode): Piece {
  const use = scope.targets.get(e) ?? bug("emit/targets", "a target variable without a use");
  const read = (method: string, ...values: Piece[]): Piece =>
    primary("c.", { mark: e.loc }, method, "(", list(values), ")");
  switch (use.kind) {
    case "plan":
      return read("target", primary(`${use.plan}`), ...use.dynamic.map((item) => value(scope, item)));
    case "saved":
      return read("saved", primary(`${use.entry}`));
    case "access":
      return read("access", primary(`${use.plan}`), ...use.dynamic.map((item) => value(scope, item)));
    case "constant":
      return numberPiece(use.value);
    case "pretty":
      return read("pretty", primary(`${use.plan}`), ...use.dynamic.map((item) => value(scope, item)));
    case "enum-name":
      return read("enumName", primary(`${use.table}`), value(scope, use.value));
    case "same":
      return value(scope, use.value);
    case "syscall":
      return read("syscall");
    case "syscall-argument":
      return read("syscallArgument", primary(`${use.n}`));
    case "syscall-return":
      return read("syscallReturn");
    case "kernel":
      return read(use.text ? "kernelText" : "kernelNumber", ...pathTo(scope, use));
    case "kernel-pretty": {
      const [path, ...dynamic] = pathTo(scope, use);
      return read("kernelPretty", path, primary(quote(use.type)), primary(use.deep ? "1" : "0"), ...dynamic);
    }
    case "kernel-variables":
      return read("kernelVariables", primary(quote(use.declaration)), primary(`${use.pretty}`));
    case "text":
      return primary(quote(use.text));
    case "pieces":
      return emitPieces(scope, use.pieces);
  }
}

/** `$x = content`; the content is evaluated before indexes of the target. */
export function emitTargetWrite(scope: FunctionScope, e: TargetNode, content: Piece): Piece {
  const use = scope.targets.get(e);
  const write = (method: string, ...values: Piece[]): Piece =>
    primary("c.", { mark: e.loc }, method, "(", list(values), ")");
  if (use?.kind === "syscall") return write("setSyscall", content);
  if (use?.kind === "syscall-argument") return write("setSyscallArgument", primary(`${use.n}`), content);
  if (use?.kind === "syscall-return") return write("setSyscallReturn", content);
  if (use?.kind !== "plan" && use?.kind !== "access")
    return bug("emit/targets", "a target variable that is not written");
  const method = use.kind === "plan" ? "setTarget" : "setAccess";
  return write(method, primary(`${use.plan}`), content, ...use.dynamic.map((item) => value(scope, item)));
}

function pathTo(
  scope: FunctionScope,
  use: Extract<TargetUse, { kind: "kernel" | "kernel-pretty" }>,
): [Piece, ...Piece[]] {
  return [primary(quote(use.path)), ...use.dynamic.map((item) => value(scope, item))];
}

/** `$$vars`: names and values; neighbouring texts become one. */
function emitPieces(scope: FunctionScope, pieces: Extract<TargetUse, { kind: "pieces" }>["pieces"]): Piece {
  const parts: Piece[] = [];
  let text = "";
  const flush = (): void => {
    if (text !== "") parts.push(primary(quote(text)));
    text = "";
  };
  for (const { name, plan, entry, pretty } of pieces) {
    text += text === "" && parts.length === 0 ? name : ` ${name}`;
    if (pretty !== undefined) {
      text += "=";
      flush();
      parts.push(primary(`c.pretty(${pretty})`));
    } else if (plan === undefined && entry === undefined) text += "=?";
    else {
      flush();
      parts.push(primary(plan !== undefined ? `c.show(${plan})` : `c.showSaved(${entry})`));
    }
  }
  flush();
  return parts.length === 0 ? primary('""') : primary(scope.module.rt("cat"), "(", list(parts), ")");
}
