/**
 * Puts the seccomp filter of a session into the program that it starts: from then on the kernel stops only for the calls
 * that the script asks for, in this program and all its children.
 *
 * A filter can never be taken out again, and without a tracer the calls it names fail. So whoever installs one has to
 * stay until the last of these processes has ended.
 */

import type { SyscallArch } from "../target/syscalls.ts";
import { callAs } from "./calls-in-threads.ts";
import { auditArch, fileMappings, makeSyscallFilter } from "./seccomp.ts";
import type { LiveTask } from "./task.ts";
import type { Tracer } from "./tracer.ts";

const PR_SET_NO_NEW_PRIVS = 38;
const SECCOMP_SET_MODE_FILTER = 1;
/** struct sock_fprog: a count and a pointer. */
const FPROG = 16;
/** What functions without a frame may use below the stack pointer. */
const RED_ZONE = 256;

/** `numbers` undefined: for every call. The program has not begun to run. False when it has no filter now: then every call has to stop. */
export function installFilter(tracer: Tracer, task: LiveTask, numbers: ReadonlySet<number> | undefined): boolean {
  const { machine } = tracer;
  const name = machine.arch.name as SyscallArch;
  const filter = makeSyscallFilter({ auditArch: auditArch[name], numbers, conditions: fileMappings(name) });
  if (!filter) return false;
  const top = Number(task.registers.word(machine.stackPointer));
  const size = FPROG + filter.length;
  const address = top - RED_ZONE - size - (top % 16);
  const program = new Uint8Array(size);
  const view = new DataView(program.buffer);
  view.setUint16(0, filter.length / 8, true);
  view.setBigUint64(8, BigInt(address + FPROG), true);
  program.set(filter, FPROG);
  const before = task.mm.read(address, size);
  if ("kind" in before || task.mm.write(address, program) !== true) return false;
  const install = (): boolean => callAs(tracer, task, "seccomp", [SECCOMP_SET_MODE_FILTER, 0, address]) === 0;
  // With CAP_SYS_ADMIN a filter needs no promise, and setuid programs stay what they are.
  const installed = install() || (callAs(tracer, task, "prctl", [PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0]) === 0 && install());
  task.mm.write(address, before);
  return installed;
}
