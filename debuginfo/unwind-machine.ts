/**
 * What unwinding needs to know of a machine beyond its call frame information.
 *
 * Rows by the name of the `Arch`, read by `unwind.ts` and `unwind-guess.ts`. Registers have DWARF numbers. Sources: the
 * psABIs (frame pointer conventions), asm/sigcontext.h and asm/ucontext.h of Linux (layout of the signal frame, checked
 * with offsetof).
 */

/** A word in memory, or a register. */
export type Place = { readonly register: number } | { readonly fromStack: number };

export interface UnwindMachine {
  /** General registers, numbered from 0. */
  readonly registers: number;
  readonly stackPointer: number;
  readonly framePointer: number;
  /** Where the return address is at the very entry of a function, and how far the stack is then below the CFA. */
  readonly atEntry: Place;
  readonly entryToCfa: bigint;
  /** Of a function that keeps a frame pointer: offsets from it. */
  readonly frame: { readonly returnAddress: bigint; readonly caller: bigint; readonly cfa: bigint };
  /** The same of a function that calls none and leaves its return address where it is, in a register. */
  readonly leaf?: { readonly caller: bigint; readonly cfa: bigint };
  readonly signal: SignalLayout;
}

/** How a handler's return is known, and where the interrupted registers are then. */
export interface SignalLayout {
  /** The two instructions that a handler returns to, and where the second begins. */
  readonly code: Uint8Array;
  readonly second: number;
  /** From the stack pointer at these instructions. */
  readonly pc: bigint;
  readonly registers: readonly (readonly [register: number, offset: bigint])[];
}

/** riscv64: siginfo_t of 128 bytes, then the ucontext with uc_mcontext at 176: pc, x1 to x31. */
const riscvContext = 128n + 176n;

const riscv64: UnwindMachine = {
  registers: 32,
  stackPointer: 2,
  framePointer: 8,
  atEntry: { register: 1 },
  entryToCfa: 0n,
  frame: { returnAddress: -8n, caller: -16n, cfa: 0n },
  leaf: { caller: -8n, cfa: 0n },
  signal: {
    // li a7,139 (rt_sigreturn); ecall
    code: Uint8Array.of(0x93, 0x08, 0xb0, 0x08, 0x73, 0x00, 0x00, 0x00),
    second: 4,
    pc: riscvContext,
    registers: Array.from({ length: 31 }, (_, i) => [i + 1, riscvContext + 8n * BigInt(i + 1)] as const),
  },
};

/** x86-64: the ucontext alone (the return address below it is popped), with uc_mcontext at 40: gregs in this order. */
const gregs = [8, 9, 10, 11, 12, 13, 14, 15, 5, 4, 6, 3, 1, 0, 2, 7] as const;

const x86_64: UnwindMachine = {
  registers: 16,
  stackPointer: 7,
  framePointer: 6,
  atEntry: { fromStack: 0 },
  entryToCfa: 8n,
  frame: { returnAddress: 8n, caller: 0n, cfa: 16n },
  signal: {
    // mov $15,%rax (rt_sigreturn); syscall
    code: Uint8Array.of(0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05),
    second: 7,
    pc: 40n + 8n * 16n,
    registers: gregs.map((register, i) => [register, 40n + 8n * BigInt(i)] as const),
  },
};

const machines: { readonly [arch: string]: UnwindMachine } = { riscv64, x86_64 };

export function findUnwindMachine(arch: string): UnwindMachine | undefined {
  return machines[arch];
}
