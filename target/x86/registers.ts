/**
 * The registers of x86-64: DWARF numbers of the System V psABI, and the numbers that instructions use.
 */

/** By DWARF number; "" where the psABI reserves one. */
// biome-ignore format: table
export const registerNames: readonly string[] = [
  "rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp",
  "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
  "rip",
  "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
  "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15",
  "st0", "st1", "st2", "st3", "st4", "st5", "st6", "st7",
  "mm0", "mm1", "mm2", "mm3", "mm4", "mm5", "mm6", "mm7",
  "rflags", "es", "cs", "ss", "ds", "fs", "gs", "", "",
  "fs.base", "gs.base", "", "", "tr", "ldtr", "mxcsr", "fcw", "fsw",
];

// biome-ignore format: table
export const DWARF = {
  RAX: 0, RDX: 1, RCX: 2, RBX: 3, RSI: 4, RDI: 5, RBP: 6, RSP: 7,
  R8: 8, R9: 9, R10: 10, RIP: 16, XMM0: 17, XMM1: 18, RFLAGS: 49, FS_BASE: 58, GS_BASE: 59,
} as const;

/** The number in ModRM, SIB and opcodes → DWARF. */
const byEncoding: readonly number[] = [0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15];

export function dwarfOf(encoded: number): number {
  return byEncoding[encoded & 15] ?? 0;
}
