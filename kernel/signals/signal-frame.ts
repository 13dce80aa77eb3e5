/**
 * The signal frame of riscv64: what a handler finds on its stack and rt_sigreturn takes back.
 *
 *     sp → siginfo_t   128 bytes
 *          ucontext    960 bytes: uc_flags 0, uc_link 8, uc_stack 16, uc_sigmask 40, uc_mcontext 176:
 *                      pc and x1..x31 (256 bytes), f0..f31 (256), fcsr; 784 in all
 *
 * Offsets as <signal.h> and <ucontext.h> of riscv64 Linux have them (checked with offsetof). riscv has no sa_restorer:
 * a handler returns to `TRAMPOLINE`, a page that execve maps.
 */

import { ERRNO } from "../../target/errno.ts";
import { SIG } from "../../target/signals.ts";
import { type AddressSpace, USER_END } from "../memory/address-space.ts";
import { PAGE_SIZE } from "../memory/frames.ts";
import type { SignalAction } from "../process/process.ts";
import { SS_AUTODISARM, SS_DISABLE, SS_ONSTACK, type Task } from "../process/task.ts";
import { A0, A1, A2, RA, SP } from "../riscv/abi-registers.ts";
import { type SignalInfo, UNBLOCKABLE } from "./pending-signals.ts";
import { SA } from "./signal.ts";

const UCONTEXT = 128;
const SIGMASK = UCONTEXT + 40;
const MCONTEXT = UCONTEXT + 176;
const FPREGS = MCONTEXT + 256;
const FCSR = FPREGS + 256;
const FRAME_SIZE = UCONTEXT + 960;
const MINSIGSTKSZ = 2048;

export const TRAMPOLINE = USER_END - 16 * PAGE_SIZE;

/** `li a7,139; ecall`: debuggers and unwinders know a signal frame by these two instructions. */
const trampolineCode = Uint8Array.of(0x93, 0x08, 0xb0, 0x08, 0x73, 0x00, 0x00, 0x00);

export function mapTrampoline(mm: AddressSpace): void {
  const page = { readable: true, writable: false, executable: true, fixed: "replace", name: "[vdso]" } as const;
  mm.map({ start: TRAMPOLINE, length: PAGE_SIZE, ...page });
  mm.write(TRAMPOLINE, trampolineCode);
}

/** Makes the task run the handler; `mask` is what rt_sigreturn restores. False when the stack cannot take the frame. */
export function pushSignalFrame(task: Task, info: SignalInfo, action: SignalAction, mask: bigint): boolean {
  const { hart } = task;
  const { sp, size, flags } = task.alternateStack;
  const current = Number(BigInt.asUintN(64, hart.x[SP]!));
  const switches = (action.flags & SA.SA_ONSTACK) !== 0 && (flags & SS_DISABLE) === 0 && !onAlternateStack(task);
  const top = switches ? sp + size : current;
  const at = Math.floor((top - FRAME_SIZE) / 16) * 16;
  const bytes = new Uint8Array(FRAME_SIZE);
  const view = new DataView(bytes.buffer);
  bytes.set(encodeSignalInfo(info));
  encodeStack(view, UCONTEXT + 16, task);
  view.setBigUint64(SIGMASK, mask, true);
  view.setBigUint64(MCONTEXT, BigInt(hart.pc), true);
  for (let i = 1; i < 32; i++) view.setBigInt64(MCONTEXT + 8 * i, hart.x[i]!, true);
  for (let i = 0; i < 32; i++) view.setBigUint64(FPREGS + 8 * i, hart.f[i]!, true);
  view.setUint32(FCSR, hart.fcsr, true);
  // A frame that leaves the stack it is on at the lower end would be a silent overflow.
  if (onAlternateStack(task) && !switches && at <= sp) return false;
  if (at <= 0 || (switches && at < sp) || task.mm.copyOut(at, bytes) !== true) return false;
  if ((flags & SS_AUTODISARM) >>> 0 !== 0) task.alternateStack = { sp: 0, size: 0, flags: SS_DISABLE };
  hart.x[RA] = BigInt(TRAMPOLINE);
  hart.x[SP] = BigInt(at);
  hart.x[A0] = BigInt(info.signal);
  hart.x[A1] = BigInt(at);
  hart.x[A2] = BigInt(at + UCONTEXT);
  hart.pc = action.handler;
  return true;
}

/** rt_sigreturn; false when the frame cannot be read. */
export function popSignalFrame(task: Task): boolean {
  const { hart } = task;
  const bytes = task.mm.copyIn(Number(BigInt.asUintN(64, hart.x[SP]!)), FRAME_SIZE);
  if (!(bytes instanceof Uint8Array)) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const pc = view.getBigUint64(MCONTEXT, true);
  hart.pc = pc < BigInt(USER_END) ? Number(pc) : USER_END;
  for (let i = 1; i < 32; i++) hart.x[i] = view.getBigInt64(MCONTEXT + 8 * i, true);
  for (let i = 0; i < 32; i++) hart.f[i] = view.getBigUint64(FPREGS + 8 * i, true);
  hart.fcsr = view.getUint32(FCSR, true) & 0xff;
  task.blocked = view.getBigUint64(SIGMASK, true) & ~UNBLOCKABLE;
  // What the handler may have changed in its ucontext counts, unless sigaltstack would refuse it.
  if (!onAlternateStack(task)) setAlternateStack(task, view, UCONTEXT + 16);
  return true;
}

export function onAlternateStack(task: Task): boolean {
  const { sp, size, flags } = task.alternateStack;
  const current = Number(BigInt.asUintN(64, task.hart.x[SP]!));
  return (flags & (SS_DISABLE | SS_AUTODISARM)) === 0 && current > sp && current <= sp + size;
}

/** Takes a stack_t; 0 or -errno. */
export function setAlternateStack(task: Task, view: DataView, at: number): number {
  const flags = view.getUint32(at + 8, true);
  const mode = (flags & ~SS_AUTODISARM) >>> 0;
  if (mode !== 0 && mode !== SS_DISABLE && mode !== SS_ONSTACK) return -ERRNO.EINVAL;
  const sp = Number(view.getBigUint64(at, true));
  const size = Number(view.getBigUint64(at + 16, true));
  if (mode === SS_DISABLE) task.alternateStack = { sp: 0, size: 0, flags };
  else if (size < MINSIGSTKSZ) return -ERRNO.ENOMEM;
  else task.alternateStack = { sp, size, flags };
  return 0;
}

/** stack_t. */
export function encodeStack(view: DataView, at: number, task: Task): void {
  const { sp, size, flags } = task.alternateStack;
  view.setBigUint64(at, BigInt(sp), true);
  view.setUint32(at + 8, onAlternateStack(task) ? SS_ONSTACK : flags & ~SS_ONSTACK, true);
  view.setBigUint64(at + 16, BigInt(size), true);
}

/** siginfo_t; which fields it has depends on the signal. */
export function encodeSignalInfo(info: SignalInfo): Uint8Array {
  const bytes = new Uint8Array(UCONTEXT);
  const view = new DataView(bytes.buffer);
  view.setInt32(8, info.code, true);
  if (info.raw) bytes.set(info.raw.subarray(0, UCONTEXT));
  view.setInt32(0, info.signal, true);
  if (info.raw) return bytes;
  const isFault = info.code > 0 && info.signal !== SIG.SIGCHLD;
  if (isFault) {
    view.setBigInt64(16, BigInt(info.address), true);
    return bytes;
  }
  view.setInt32(16, info.pid, true);
  view.setUint32(20, info.uid, true);
  if (info.signal === SIG.SIGCHLD) view.setInt32(24, info.status, true);
  else view.setBigUint64(24, BigInt.asUintN(64, info.value), true);
  return bytes;
}
