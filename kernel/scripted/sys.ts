/**
 * `sys`: makes steps for generators to yield. Plain data; nothing happens before `scripts.ts` gets it.
 */
import { SIG } from "../../target/signals.ts";
import { findSyscall } from "../../target/syscalls.ts";
import { CLONE } from "../process/fork.ts";
import type { Argument, Code, Step, Sys } from "./program.ts";
import { syscallNames } from "./syscall-names.ts";

const THREAD =
  CLONE.CLONE_VM | CLONE.CLONE_FS | CLONE.CLONE_FILES | CLONE.CLONE_SIGHAND | CLONE.CLONE_THREAD | CLONE.CLONE_SYSVSEM;

function numberOf(name: string): number {
  return findSyscall(name)?.riscv64 ?? -1;
}

function clone(code: Code, args: readonly Argument[]): Step {
  const thread = (Number(args[0]) & CLONE.CLONE_THREAD) !== 0;
  return { kind: "call", nr: numberOf("clone"), args, child: { code, thread } };
}

export const sys: Sys = {
  ...(Object.fromEntries(
    syscallNames.map((name) => [name, (...args: Argument[]): Step => ({ kind: "call", nr: numberOf(name), args })]),
  ) as unknown as Sys),
  clone: (...args) => clone(args.at(-1) as Code, args.slice(0, -1) as Argument[]),
  fork: (code) => clone(code, [SIG.SIGCHLD, 0, 0, 0, 0]),
  vfork: (code) => clone(code, [CLONE.CLONE_VM | CLONE.CLONE_VFORK | SIG.SIGCHLD, 0, 0, 0, 0]),
  thread: (code, stack) => clone(code, [THREAD, stack, 0, 0, 0]),
  syscall: (nr, ...args) => ({ kind: "call", nr, args }),
  call: (code, ...args) => ({ kind: "invoke", code, args }),
  mark: (name, ...args) => ({ kind: "mark", name, args }),
  work: (instructions) => ({ kind: "work", instructions }),
};
