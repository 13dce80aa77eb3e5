/**
 * Giving a task its return addresses back when tracing ends while probed functions are still running.
 *
 * Where calls push the return address, the words are known. Where they leave it in a register, it is the compiler's
 * choice where a function keeps it, but the trampoline's address is a value that nothing else in the program has: so
 * every stack word of the frames concerned that holds it gets the address it stands for. Registers are searched on
 * both: some functions take their return address off the stack for a while.
 */
import type { Arch } from "../../target/arch.ts";
import type { Task } from "../../target/target.ts";
import type { OpenReturn } from "./returns.ts";
import { readWord, writeWord } from "./words.ts";

const WORD = 8;
/** A frame larger than this is searched only so far. */
const MAX_FRAME = 1 << 20;

/** `open`: the outstanding calls, innermost first. */
export function restoreReturnAddresses(task: Task, arch: Arch, trampoline: number, open: readonly OpenReturn[]): void {
  const wanted = BigInt(trampoline);
  const sp = Number(task.readRegister(arch.stackPointer));
  const innermost = open.find((call) => call.sp >= sp - arch.returnSlot) ?? open[0];
  if (!innermost) return;
  const trapped = arch.breakpointAddress(task.pc);
  if (task.pc === trampoline) task.pc = innermost.address;
  // Its trap is still to be reported, and will be at the address where it goes on.
  else if (trapped === trampoline) task.pc += innermost.address - trampoline;
  for (let register = 0; register < arch.generalRegisters; register++) {
    if (task.readRegister(register) === wanted) task.writeRegister(register, BigInt(innermost.address));
  }
  if (arch.returnSlot > 0) {
    for (const call of open) {
      if (readWord(task.mm, call.sp) === wanted) writeWord(task.mm, call.sp, BigInt(call.address));
    }
    return;
  }
  let low = sp;
  for (const call of open) {
    const high = call.sp + WORD;
    if (high > low && high - low <= MAX_FRAME) replaceWords(task, low, high, wanted, BigInt(call.address));
    low = Math.max(low, high);
  }
}

function replaceWords(task: Task, low: number, high: number, from: bigint, to: bigint): void {
  const bytes = task.mm.read(low, high - low);
  if ("kind" in bytes) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + WORD <= bytes.length; at += WORD) {
    if (view.getBigUint64(at, true) === from) writeWord(task.mm, low + at, to);
  }
}
