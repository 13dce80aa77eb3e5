/**
 * The seccomp filter of a program that utap starts: which system calls stop it for the tracer.
 *
 * Called by the launch, with the calls that the script's probes ask for; gives the bytes of a classic BPF program
 * (struct sock_filter[]) for seccomp(SECCOMP_SET_MODE_FILTER). A call in the set gives SECCOMP_RET_TRACE, every
 * other SECCOMP_RET_ALLOW, and so does everything of another architecture (i386) and of the x32 ABI. Linux runs the
 * filter once for each number when it is installed, and never again for numbers that it allows without looking at
 * an argument; so the numbers come first, and arguments are loaded only in the leaves that need them.
 *
 * A filter cannot be taken back, and without a tracer its calls fail with ENOSYS: only for programs that die with utap.
 */
import { findSyscall, type SyscallArch } from "../target/syscalls.ts";

/** AUDIT_ARCH_… of linux/audit.h: e_machine | 64 bit 0x80000000 | little-endian 0x40000000. */
export const auditArch = { x86_64: 0xc000003e, riscv64: 0xc00000f3, aarch64: 0xc00000b7 } as const;

/** Some bit of `mask` is set in the low half of an argument; 0 is the first. */
export interface ArgumentBits {
  readonly argument: number;
  readonly mask: number;
}

/** A call that stops only when these bits are there, and not when those of `unless` are. */
export interface ArgumentCondition extends ArgumentBits {
  readonly number: number;
  readonly unless?: ArgumentBits;
}

export interface SyscallFilter {
  readonly auditArch: number;
  /** undefined: every call, of other architectures too. */
  readonly numbers: ReadonlySet<number> | undefined;
  /** For numbers that are not in `numbers`; several of one number are alternatives. */
  readonly conditions?: readonly ArgumentCondition[];
}

/** BPF_MAXINSNS */
const MAX_INSTRUCTIONS = 4096;

/** The bytes of the filter; undefined when it would be longer than Linux takes: then every call has to stop. */
export function makeSyscallFilter(filter: SyscallFilter): Uint8Array<ArrayBuffer> | undefined {
  if (!filter.numbers) return encode([TRACE]);
  const numbers = search(verdicts({ ...filter, numbers: filter.numbers }));
  const program = [
    load(SECCOMP_DATA.arch),
    ...branch(BPF_JMP_JEQ, filter.auditArch, [load(SECCOMP_DATA.nr), ...numbers], [ALLOW]),
  ];
  return program.length > MAX_INSTRUCTIONS ? undefined : encode(program);
}

const PROT_WRITE_OR_EXEC = 6;
const MAP_ANONYMOUS = 0x20;

/** The calls by which code and data of files appear in memory. */
export function fileMappings(arch: SyscallArch): ArgumentCondition[] {
  const number = findSyscall("mmap")?.[arch];
  const unless = { argument: 3, mask: MAP_ANONYMOUS };
  return number === undefined ? [] : [{ number, argument: 2, mask: PROT_WRITE_OR_EXEC, unless }];
}

/** struct sock_filter */
interface Instruction {
  readonly code: number;
  /** How many instructions a comparison skips when it holds, and when it does not: one byte each. */
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

/** Instructions of which every way ends in a return; blocks are put one behind the other, and jumps lead forward. */
type Block = readonly Instruction[];

const BPF_LD_W_ABS = 0x20;
const BPF_JMP_JA = 0x05;
const BPF_JMP_JEQ = 0x15;
const BPF_JMP_JGE = 0x35;
const BPF_JMP_JSET = 0x45;
const BPF_RET_K = 0x06;

/** Offsets in struct seccomp_data; the low half of a little-endian argument comes first. */
const SECCOMP_DATA = { nr: 0, arch: 4, args: 16 } as const;

const ALLOW: Instruction = { code: BPF_RET_K, jt: 0, jf: 0, k: 0x7fff0000 };
const TRACE: Instruction = { code: BPF_RET_K, jt: 0, jf: 0, k: 0x7ff00000 };

function load(offset: number): Instruction {
  return { code: BPF_LD_W_ABS, jt: 0, jf: 0, k: offset };
}

/** Compares what was loaded with `k`. Where `yes` is out of a byte's reach, a long jump stands in front of it. */
function branch(code: number, k: number, yes: Block, no: Block): Block {
  if (no.length <= 255) return [{ code, jt: no.length, jf: 0, k }, ...no, ...yes];
  return [{ code, jt: 0, jf: 1, k }, { code: BPF_JMP_JA, jt: 0, jf: 0, k: no.length }, ...no, ...yes];
}

function test({ argument, mask }: ArgumentBits, yes: Block, no: Block): Block {
  return [load(SECCOMP_DATA.args + 8 * argument), ...branch(BPF_JMP_JSET, mask, yes, no)];
}

/** What happens to the numbers from `from` up to the next row's. */
interface Verdict {
  readonly from: number;
  readonly block: Block;
}

function verdicts({ numbers, conditions = [] }: SyscallFilter & { readonly numbers: ReadonlySet<number> }): Verdict[] {
  const blocks = new Map<number, Block>();
  for (const number of numbers) blocks.set(number, [TRACE]);
  for (const { number, unless, ...bits } of conditions) {
    if (numbers.has(number)) continue;
    const otherwise = blocks.get(number) ?? [ALLOW];
    blocks.set(number, test(bits, unless ? test(unless, otherwise, [TRACE]) : [TRACE], otherwise));
  }
  const rows: Verdict[] = [{ from: 0, block: [ALLOW] }];
  const add = (from: number, block: Block): void => {
    if (rows.at(-1)?.from === from) rows.pop();
    // Neighbours of one kind are one row.
    if (rows.at(-1)?.block[0] !== block[0]) rows.push({ from, block });
  };
  for (const [number, block] of [...blocks].sort(([a], [b]) => a - b)) {
    add(number, block);
    add(number + 1, [ALLOW]);
  }
  return rows;
}

/** A balanced tree of comparisons: as deep as the logarithm of the number of rows. */
function search(rows: readonly Verdict[]): Block {
  const middle = rows.length >> 1;
  const upper = rows[middle]!;
  if (middle === 0) return upper.block;
  return branch(BPF_JMP_JGE, upper.from, search(rows.slice(middle)), search(rows.slice(0, middle)));
}

function encode(program: Block): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8 * program.length);
  const view = new DataView(bytes.buffer);
  for (const [i, { code, jt, jf, k }] of program.entries()) {
    view.setUint16(8 * i, code, true);
    view.setUint8(8 * i + 2, jt);
    view.setUint8(8 * i + 3, jf);
    view.setUint32(8 * i + 4, k, true);
  }
  return bytes;
}
