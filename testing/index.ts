/**
 * `utap/testing`: unit tests of scripts, against programs that are written in JavaScript beside the test.
 *
 * `probe` runs a script with a program in the kernel model and gives what came of it; `docs/testing.md` shows how. A
 * program is a generator function (`ScriptedProgram`); for tracers it is a process like any other.
 */
export { MemoryFault } from "../kernel/scripted/memory-fault.ts";
export type { Memory, Value } from "../kernel/scripted/memory-of-program.ts";
export type { Argument, Body, Code, Main, Result, ScriptedProgram, Step, Sys } from "../kernel/scripted/program.ts";
export { ProgramError } from "../kernel/scripted/program-error.ts";
export { constants } from "../target/constants.ts";
export { ERRNO } from "../target/errno.ts";
export { SIG } from "../target/signals.ts";
export type { Outcome, ProbeOptions } from "./options.ts";
export { probe } from "./probe.ts";
export { ScriptError } from "./script-error.ts";
