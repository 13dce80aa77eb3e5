/**
 * The names that assemblers give to registers, as DWARF numbers (RISC-V and x86-64 psABIs).
 *
 * Called by `sdt-arguments.ts`.
 */

export interface NamedRegister {
  readonly dwarf: number;
  /** Bits that the named part is above the lowest. */
  readonly shift: number;
}

export function registersOf(arch: string): (name: string) => NamedRegister | undefined {
  return (name) => (arch === "x86_64" ? x86Names : riscvNames).get(name);
}

/** The four names of a register's parts, and its DWARF number. */
// biome-ignore format: table
const x86Rows: readonly (readonly [parts: string, dwarf: number])[] = [
  ["rax eax ax al", 0],
  ["rdx edx dx dl", 1],
  ["rcx ecx cx cl", 2],
  ["rbx ebx bx bl", 3],
  ["rsi esi si sil", 4],
  ["rdi edi di dil", 5],
  ["rbp ebp bp bpl", 6],
  ["rsp esp sp spl", 7],
];

const riscvRows =
  "zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6 " +
  "ft0 ft1 ft2 ft3 ft4 ft5 ft6 ft7 fs0 fs1 fa0 fa1 fa2 fa3 fa4 fa5 fa6 fa7 fs2 fs3 fs4 fs5 fs6 fs7 fs8 fs9 fs10 fs11 " +
  "ft8 ft9 ft10 ft11";

const x86Names = new Map<string, NamedRegister>();
for (const [parts, dwarf] of x86Rows)
  for (const part of parts.split(" ")) x86Names.set(`%${part}`, { dwarf, shift: 0 });
for (const [i, high] of ["ah", "dh", "ch", "bh"].entries()) x86Names.set(`%${high}`, { dwarf: i, shift: 8 });
for (let n = 8; n < 16; n++)
  for (const end of ["", "d", "w", "b"]) x86Names.set(`%r${n}${end}`, { dwarf: n, shift: 0 });
for (let n = 0; n < 16; n++) x86Names.set(`%xmm${n}`, { dwarf: 17 + n, shift: 0 });

const riscvNames = new Map<string, NamedRegister>([["fp", { dwarf: 8, shift: 0 }]]);
for (const [dwarf, name] of riscvRows.split(" ").entries()) riscvNames.set(name, { dwarf, shift: 0 });
for (let n = 0; n < 32; n++) {
  riscvNames.set(`x${n}`, { dwarf: n, shift: 0 });
  riscvNames.set(`f${n}`, { dwarf: 32 + n, shift: 0 });
}
