/**
 * Callers that no call frame information tells of: signal frames by their code, entries by the calling convention,
 * and the rest by the frame pointer.
 *
 * Called by `runtime/backtrace/walk.ts`. The first two are exact; `guessByFramePointer` is right for code that keeps a
 * frame pointer and is checked as far as it can be: the frame lies above the stack pointer and returns into code.
 */
import type { RegisterSet, UnwindMemory, UnwoundFrame } from "./unwind.ts";
import type { UnwindMachine } from "./unwind-machine.ts";

/** The interrupted frame, when `pc` is at the instructions that a signal handler returns to. */
export function unwindSignal(
  pc: bigint,
  registers: RegisterSet,
  { signal, stackPointer }: UnwindMachine,
  memory: UnwindMemory,
): UnwoundFrame | undefined {
  const sp = registers[stackPointer];
  const isThere = (start: bigint): boolean => {
    const code = memory.bytes(start, signal.code.length);
    return code !== undefined && signal.code.every((byte, i) => code[i] === byte);
  };
  if (sp === undefined || !(isThere(pc) || isThere(pc - BigInt(signal.second)))) return undefined;
  const interrupted = memory.word(sp + signal.pc);
  if (interrupted === undefined) return undefined;
  const found = [...registers];
  for (const [register, offset] of signal.registers) found[register] = memory.word(sp + offset);
  return { pc: interrupted, registers: found };
}

/** The caller of a frame that has not run an instruction of its function, or none that touches the stack. */
export function unwindEntry(
  registers: RegisterSet,
  { atEntry, entryToCfa, stackPointer }: UnwindMachine,
  memory: UnwindMemory,
): UnwoundFrame | undefined {
  const sp = registers[stackPointer];
  if (sp === undefined) return undefined;
  const pc = "register" in atEntry ? registers[atEntry.register] : memory.word(sp + BigInt(atEntry.fromStack));
  if (pc === undefined) return undefined;
  const caller = [...registers];
  caller[stackPointer] = sp + entryToCfa;
  return { pc, registers: caller };
}

/** `mayBeLeaf`: nothing was called from the frame, so its return address may be where the call left it. */
export function guessByFramePointer(
  registers: RegisterSet,
  machine: UnwindMachine,
  memory: UnwindMemory,
  isCode: (address: bigint) => boolean,
  mayBeLeaf: boolean,
): UnwoundFrame | undefined {
  const { frame, leaf, framePointer, stackPointer, atEntry } = machine;
  const fp = registers[framePointer];
  const sp = registers[stackPointer];
  if (fp === undefined || sp === undefined || fp < sp || (fp & 7n) !== 0n) return undefined;
  const caller = [...registers];
  let pc = memory.word(fp + frame.returnAddress);
  if (pc !== undefined && isCode(pc)) {
    caller[framePointer] = memory.word(fp + frame.caller);
    caller[stackPointer] = fp + frame.cfa;
    return { pc, registers: caller };
  }
  const callersFp = leaf && mayBeLeaf ? memory.word(fp + leaf.caller) : undefined;
  pc = "register" in atEntry ? registers[atEntry.register] : undefined;
  if (!leaf || callersFp === undefined || callersFp < fp || pc === undefined || !isCode(pc)) return undefined;
  caller[framePointer] = callersFp;
  caller[stackPointer] = fp + leaf.cfa;
  return { pc, registers: caller };
}
