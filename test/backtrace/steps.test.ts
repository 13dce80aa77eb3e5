/**
 * Stacks of x86-64 programs against gdb's, at every instruction, from the registers and the words of the stack that
 * tools/record-backtrace-oracle.mjs wrote down while gdb stepped through the program (PROGRAM.steps).
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type ElfFile, PF, PT, parseElf } from "../../debuginfo/elf.ts";
import type { Mapping } from "../../target/target.ts";
import { fixtures } from "./model.ts";
import { mappingOf, openSnapshots } from "./snapshots.ts";

interface Step {
  readonly f: readonly string[];
  readonly r: { readonly [register: string]: string };
  readonly m: { readonly [address: string]: string };
}

const RIP = 16;
const PAGE = 4096;

test.each(readdirSync(fixtures).filter((name) => name.endsWith(".steps")))("%s", (recorded) => {
  const program = recorded.replace(".steps", "");
  const path = join(fixtures, program);
  const elf = parseElf(readFileSync(path));
  if (elf.kind !== "elf") throw new Error(elf.message);
  const memory = new Memory(elf);
  const mappings = segmentsOf(elf, path);
  const { backtraces, taskOf } = openSnapshots("x86_64");
  const registers: bigint[] = [];
  const steps = readFileSync(join(fixtures, recorded), "latin1").trimEnd().split("\n");
  const wrong: string[] = [];
  for (const line of steps) {
    const { f, r, m } = JSON.parse(line) as Step;
    for (const [n, value] of Object.entries(r)) registers[Number(n)] = BigInt(`0x${value}`);
    for (const [address, word] of Object.entries(m)) memory.write(Number.parseInt(address, 16), BigInt(`0x${word}`));
    const task = taskOf({ arch: "x86_64", registers, mappings, read: (at, size) => memory.read(at, size) });
    const found = backtraces.walk(task, registers[RIP] ?? 0n, 64).map(({ pc }) => pc.toString(16));
    if (found.join(" ") !== f.join(" ")) wrong.push(`gdb: ${f.join(" ")}; ours: ${found.join(" ")}`);
  }
  expect(wrong).toEqual([]);
  expect(steps.length).toBeGreaterThan(300);
});

/** The program's own bytes, and pages of what was written on the stack. */
class Memory {
  readonly #pages = new Map<number, Uint8Array>();

  constructor(elf: ElfFile) {
    for (const { type, vaddr, offset, filesz } of elf.programHeaders) {
      if (type !== PT.LOAD) continue;
      for (let i = 0; i < filesz; i++) this.#page(vaddr + i)[(vaddr + i) % PAGE] = elf.bytes[offset + i] ?? 0;
    }
  }

  write(address: number, word: bigint): void {
    const page = this.#page(address);
    new DataView(page.buffer).setBigUint64(address % PAGE, word, true);
  }

  /** Aligned pages only, which is all that is asked for. */
  read(address: number, size: number): Uint8Array | undefined {
    expect([address % PAGE, size]).toEqual([0, PAGE]);
    return this.#pages.get(address);
  }

  #page(address: number): Uint8Array {
    const start = address - (address % PAGE);
    let page = this.#pages.get(start);
    if (!page) this.#pages.set(start, (page = new Uint8Array(PAGE)));
    return page;
  }
}

function segmentsOf(elf: ElfFile, path: string): readonly Mapping[] {
  return elf.programHeaders
    .filter(({ type }) => type === PT.LOAD)
    .map(({ vaddr, memsz, offset, flags }) => {
      const start = vaddr - (vaddr % PAGE);
      const end = Math.ceil((vaddr + memsz) / PAGE) * PAGE;
      return mappingOf(path, start, end, offset - (vaddr % PAGE), (flags & PF.X) !== 0);
    });
}
