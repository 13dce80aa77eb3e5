/** `process`, `process("PATH")`, `process(PID)` with an event of the process; one system call by name is for `syscall.ts`. */
import type { ProcessEvent, ProcessSelector } from "../../../abi/manifest.ts";
import type { SymbolSource } from "../../../abi/symbol-source.ts";
import type { PointComponent } from "../../ast.ts";
import type { VariableScope } from "../compilation.ts";
import { componentText, type PointFailure, pointFailure, quoted, type ResolvePoint } from "./family.ts";
import { resolveNamedCall } from "./syscall.ts";

const events: readonly ProcessEvent[] = ["begin", "end", "thread.begin", "thread.end", "syscall", "syscall.return"];

export const resolveProcessEvent: ResolvePoint = (point, symbols, arch) => {
  const [head, ...rest] = point.components;
  const name = rest.map((component) => component.name).join(".");
  const event = events.find((candidate) => candidate === name);
  if (!head || !event) return pointFailure(`no such event of a process: ${name}`, point);
  const selector = selectProcess(head, symbols);
  if ("message" in selector) return selector;
  const [call] = rest;
  if (call?.argument) return resolveNamedCall(selector, call, event === "syscall.return", arch);
  const variables: VariableScope =
    event === "syscall" || event === "syscall.return"
      ? { kind: "syscall", return: event === "syscall.return" }
      : { kind: "none" };
  return [{ spec: { kind: "process", event, selector }, point: `${selectorText(selector)}.${name}`, variables }];
};

function selectProcess(head: PointComponent, symbols: SymbolSource): ProcessSelector | PointFailure {
  const { argument } = head;
  if (!argument) return { kind: "any" };
  if (argument.kind === "number") {
    const pid = Number(argument.value);
    if (!Number.isSafeInteger(pid) || pid <= 0) return pointFailure(`${componentText(head)} is no process`, head);
    return { kind: "pid", pid };
  }
  // A program that is not there yet may still come: its path is then taken as it is.
  const opened = symbols.open(argument.value);
  return { kind: "path", path: opened.kind === "module" ? opened.path : argument.value };
}

function selectorText(selector: ProcessSelector): string {
  if (selector.kind === "any") return "process";
  return selector.kind === "pid" ? `process(${selector.pid})` : `process(${quoted(selector.path)})`;
}
