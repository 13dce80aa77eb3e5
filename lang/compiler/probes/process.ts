/**
 * `process`, `process("PATH")`, `process(PID)` with an event of the process, or with a function of its program
 * (`probes/function.ts`).
 */
import type { ProcessEvent, ProcessSelector } from "../../../abi/manifest.ts";
import type { SymbolSource } from "../../../abi/symbol-source.ts";
import type { PointComponent } from "../../ast.ts";
import type { VariableScope } from "../compilation.ts";
import {
  componentText,
  type Family,
  type PointFailure,
  pointFailure,
  quoted,
  type Resolution,
  trailing,
  unknownComponent,
  unsupported,
} from "./family.ts";
import { resolveFunction } from "./function.ts";

const events: readonly ProcessEvent[] = ["begin", "end", "thread.begin", "thread.end", "syscall", "syscall.return"];

/** Followers that the language has and this version has not. */
const missing = ["statement", "mark", "provider", "plt", "library", "insn", "data"];

export const processFamily: Family = {
  head: "process",
  resolve(point, symbols): Resolution {
    const [head, follower, ...rest] = point.components;
    if (!head) return [];
    if (!follower) return pointFailure("'process' needs an event or a function, e.g. process.begin", head);
    if (missing.includes(follower.name)) return unsupported(`probe point process.${follower.name}`, follower);
    if (follower.name === "function") return resolveFunction(head, follower, rest, symbols);
    const known = [...new Set(events.map((event) => event.split(".")[0] ?? "")), "function"];
    if (!known.includes(follower.name)) return unknownComponent(follower, known);
    const components = [follower, ...rest];
    for (const component of components) {
      if (component.argument) return pointFailure(`'${component.name}' takes no argument`, component);
    }
    const name = components.map((component) => component.name).join(".");
    const event = events.find((candidate) => candidate === name);
    if (!event) {
      const last = rest[0];
      if (!last) return pointFailure(`'process.${follower.name}' is not complete`, follower);
      return trailing(last);
    }
    const selector = selectProcess(head, symbols);
    if ("message" in selector) return selector;
    const variables: VariableScope =
      event === "syscall" || event === "syscall.return"
        ? { kind: "syscall", return: event === "syscall.return" }
        : { kind: "none" };
    return [{ spec: { kind: "process", event, selector }, point: `${selectorText(selector)}.${name}`, variables }];
  },
};

function selectProcess(head: PointComponent, symbols: SymbolSource): ProcessSelector | PointFailure {
  const { argument } = head;
  if (!argument) return { kind: "any" };
  if (argument.kind === "number") {
    const pid = Number(argument.value);
    if (!Number.isSafeInteger(pid) || pid <= 0) return pointFailure(`${componentText(head)} is no process`, head);
    return { kind: "pid", pid };
  }
  if (/[*?[]/.test(argument.value)) return unsupported("wildcards in the path of a process probe", head);
  // A program that is not there yet may still come: its path is then taken as it is.
  const opened = symbols.open(argument.value);
  return { kind: "path", path: opened.kind === "module" ? opened.path : argument.value };
}

function selectorText(selector: ProcessSelector): string {
  if (selector.kind === "any") return "process";
  return selector.kind === "pid" ? `process(${selector.pid})` : `process(${quoted(selector.path)})`;
}
