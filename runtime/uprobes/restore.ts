/**
 * Giving a task its return addresses back when tracing ends while probed functions are still running.
 *
 * Where a function keeps its return address is the compiler's choice (a register, a slot of its frame), but the
 * trampoline's address is a value that nothing else in the program has. So every register and every stack word of
 * the frames concerned that holds it gets the address it stands for: the innermost call's first.
 */
import type { Arch } from "../../target/arch.ts";
import type { Task } from "../../target/target.ts";
import type { ReturnInstance } from "./returns.ts";

const WORD = 8;
/** A frame larger than this is searched only so far. */
const MAX_FRAME = 1 << 20;

/** `instances`: the outstanding calls, newest first. */
export function restoreReturnAddresses(
  task: Task,
  arch: Arch,
  trampoline: number,
  instances: readonly ReturnInstance<unknown>[],
): void {
  const wanted = BigInt(trampoline);
  const addresses = realAddresses(instances, trampoline);
  const newest = addresses[0];
  if (newest === undefined) return;
  if (task.pc === trampoline) task.pc = newest.address;
  for (let register = 0; register < arch.registerNames.length; register++) {
    if (task.readRegister(register) === wanted) task.writeRegister(register, BigInt(newest.address));
  }
  let low = Number(task.readRegister(arch.stackPointer));
  for (const { address, sp } of addresses) {
    const high = Number(sp) + WORD;
    if (high > low && high - low <= MAX_FRAME) replaceWords(task, low, high, wanted, BigInt(address));
    low = Math.max(low, high);
  }
}

/** One entry per frame: tail calls share a frame, and the oldest of them has the real address. */
function realAddresses(
  instances: readonly ReturnInstance<unknown>[],
  trampoline: number,
): readonly { readonly address: number; readonly sp: bigint }[] {
  return instances
    .filter((instance) => instance.returnAddress !== trampoline)
    .map((instance) => ({ address: instance.returnAddress, sp: instance.sp }));
}

function replaceWords(task: Task, low: number, high: number, from: bigint, to: bigint): void {
  const bytes = task.mm.read(low, high - low);
  if ("kind" in bytes) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = new Uint8Array(WORD);
  new DataView(word.buffer).setBigUint64(0, to, true);
  for (let at = 0; at + WORD <= bytes.length; at += WORD) {
    if (view.getBigUint64(at, true) === from) task.mm.write(low + at, word);
  }
}
