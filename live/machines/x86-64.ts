/** x86-64 under Linux; layouts of sys/user.h, code from the processor's manual. */
import { x86_64 } from "../../target/arch-x86_64.ts";
import { CALL_END, CALL_SIZE, makeCall } from "./call-x86-64.ts";
import { goOnCode } from "./go-on-x86-64.ts";
import type { Machine } from "./machine.ts";

// In the order of struct user_regs_struct.
// biome-ignore format: table
const words = [
  "r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx", "rdx", "rsi", "rdi",
  "orig_rax", "rip", "cs", "eflags", "rsp", "ss", "fs_base", "gs_base", "ds", "es", "fs", "gs",
] as const;

const word = (name: (typeof words)[number]): number => words.indexOf(name);

/** psABI, figure 3.36: DWARF numbers. */
const dwarfWords = new Map<number, number>([
  ...(["rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp"] as const).map((n, i) => [i, word(n)] as const),
  ...(["r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip"] as const).map((n, i) => [8 + i, word(n)] as const),
  [49, word("eflags")],
  ...(["es", "cs", "ss", "ds", "fs", "gs"] as const).map((n, i) => [50 + i, word(n)] as const),
  [58, word("fs_base")],
  [59, word("gs_base")],
]);

const XMM0 = 17;
const XMM15 = 32;

export const machineX86_64: Machine = {
  arch: x86_64,
  words: words.length,
  wordOf: (dwarf) => dwarfWords.get(dwarf),
  // struct user_fpregs_struct: xmm0 is at 160, 16 bytes each.
  floatBytes: 512,
  floatOffsetOf: (dwarf) => (dwarf >= XMM0 && dwarf <= XMM15 ? 160 + 16 * (dwarf - XMM0) : undefined),
  pc: word("rip"),
  stackPointer: word("rsp"),
  syscallNumber: word("orig_rax"),
  syscallArguments: [word("rdi"), word("rsi"), word("rdx"), word("r10"), word("r8"), word("r9")],
  syscallResult: word("rax"),
  syscallSelector: word("rax"),
  // RF: a breakpoint instruction pushes it as 0.
  dealtWith: { word: word("eflags"), bits: 1n << 16n },
  syscallInstruction: Uint8Array.of(0x0f, 0x05),
  call: { size: CALL_SIZE, end: CALL_END, make: makeCall },
  stub: {
    // biome-ignore format: one instruction a line
    code: Uint8Array.of(
      0xb8, 34, 0, 0, 0, //  0: mov $34, %eax    pause
      0x0f, 0x05, //         5: syscall
      0xeb, 0xf7, //         7: jmp 0
      0x0f, 0x05, //         9: syscall
      0x89, 0xc7, //        11: mov %eax, %edi
      0xf7, 0xdf, //        13: neg %edi
      0xb8, 60, 0, 0, 0, // 15: mov $60, %eax    exit
      0x0f, 0x05, //        20: syscall
    ),
    call: 9,
  },
  goOn: goOnCode,
};
