/**
 * Stops at the delivery of a signal: signals as events, and the SIGTRAPs that are breakpoints and steps. Called by `stops.ts`.
 */
import { UTRACE_EVENT } from "../target/events.ts";
import { sendDeferred } from "./calls-in-threads.ts";
import { isSentByUs, readSiginfo, readSignalCode, type Siginfo, writeSiginfo } from "./ptrace/ptrace.ts";
import { reportMappings } from "./syscall-stops.ts";
import type { LiveTask } from "./task.ts";
import type { Tracer } from "./tracer.ts";

const SIGTRAP = 5;
/** si_code of a breakpoint instruction, of a step (also over a system call), of a debug register. */
const SI_KERNEL = 0x80;
const TRAP_BRKPT = 1;
const TRAP_TRACE = 2;
const TRAP_HWBKPT = 4;
/** SIGILL, SIGBUS, SIGFPE, SIGSEGV: what an instruction does to its own thread. */
const SYNCHRONOUS = new Set([4, 7, 8, 11]);
/** SIGILL and SIGFPE say where the instruction is. */
const OF_INSTRUCTION = new Set([4, 8]);
/** In siginfo. */
const SI_ADDR = 16;

export function atSignal(tracer: Tracer, task: LiveTask, signal: number): void {
  const trap = signal === SIGTRAP ? readSignalCode(task.tid) : undefined;
  if (trap !== undefined && trap > 0) {
    trapped(tracer, task, trap);
    return;
  }
  const info = readSiginfo(task.tid);
  if (!info) return;
  const original = takeResent(task, info);
  if (original) writeSiginfo(task.tid, original.raw);
  const { code } = original ?? info;
  if (task.stepping) {
    // A step is one instruction: what comes from outside waits for its end.
    if (!(code > 0 && SYNCHRONOUS.has(signal))) {
      task.deferred.push(original ?? info);
      return;
    }
    task.stepping = false;
  }
  task.signal = signal;
  task.resumesCall = false;
  if (!task.wants(UTRACE_EVENT.SIGNAL)) return;
  const copy = code > 0 && OF_INSTRUCTION.has(signal) ? task.pc : undefined;
  task.signal = tracer.report({ kind: "signal", task, signal, code }).signal ?? signal;
  if (copy !== undefined) correctAddress(task, original ?? info, copy);
}

/** The instruction was a copy, and the thread has been led back to where the program has it. */
function correctAddress({ tid, pc }: LiveTask, { raw }: Siginfo, copy: number): void {
  const words = new DataView(raw.buffer, raw.byteOffset);
  if (pc === copy || words.getBigUint64(SI_ADDR, true) !== BigInt(copy)) return;
  words.setBigUint64(SI_ADDR, BigInt(pc), true);
  writeSiginfo(tid, raw);
}

function takeResent(task: LiveTask, info: Siginfo): Siginfo | undefined {
  if (!isSentByUs(info)) return undefined;
  const index = task.resent.findIndex((one) => one.signal === info.signal);
  return index < 0 ? undefined : task.resent.splice(index, 1)[0];
}

function trapped(tracer: Tracer, task: LiveTask, code: number): void {
  if (task.stepping && (code === TRAP_TRACE || code === TRAP_BRKPT)) {
    stepped(tracer, task);
    return;
  }
  const { arch } = tracer.machine;
  task.signal = SIGTRAP;
  if (code === SI_KERNEL || code === TRAP_BRKPT) {
    const address = arch.breakpointAddress(task.pc);
    if (address === task.mm.libraries?.address) {
      reportMappings(tracer, task);
      if (task.mm.libraries?.pass(task)) {
        dealtWith(tracer, task);
        return;
      }
    }
    if (!tellTrap(tracer, task, "breakpoint", address)) {
      if (isBreakpoint(tracer, task, address)) return;
      // It was taken away between the trap and now: the thread runs what is there instead.
      task.pc = address;
    }
    dealtWith(tracer, task);
  } else if (code === TRAP_HWBKPT && tellTrap(tracer, task, "watchpoint", task.pc)) task.signal = 0;
}

export function stepped(tracer: Tracer, task: LiveTask): void {
  task.stepping = false;
  const handled = tellTrap(tracer, task, "step", task.pc);
  task.signal = handled || !tracer.hooks ? 0 : SIGTRAP;
  sendDeferred(task);
}

/** The SIGTRAP is none for the program. */
function dealtWith({ machine }: Tracer, task: LiveTask): void {
  task.signal = 0;
  const { word, bits } = machine.dealtWith;
  task.registers.setWord(word, task.registers.word(word) | bits);
}

function tellTrap(
  tracer: Tracer,
  task: LiveTask,
  reason: "breakpoint" | "step" | "watchpoint",
  address: number,
): boolean {
  return task.wants(UTRACE_EVENT.TRAP) && tracer.report({ kind: "trap", task, reason, address }).handled === true;
}

function isBreakpoint(tracer: Tracer, task: LiveTask, address: number): boolean {
  const expected = tracer.machine.arch.breakpoint(tracer.machine.arch.maxInstruction);
  const found = task.mm.read(address, expected.length);
  return "kind" in found || expected.every((byte, i) => found[i] === byte);
}
