/**
 * The CPU against qemu-riscv64: random programs, all registers and fcsr and memory at the end.
 *
 * Fixtures: `test/fixtures/riscv/NAME.elf` and `NAME.expected`, what `qemu-riscv64 NAME.elf` wrote (recorded with
 * `UPDATE_FIXTURES=1 npx vitest run test/riscv`; qemu-riscv64 7.2). With the tools present, other seeds run live.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { testWith } from "../oracles.ts";
import { generate, toAssembly } from "./generate.ts";
import { cpuKinds, loadElf, runProgram } from "./machine.ts";

const folder = join(import.meta.dirname, "../fixtures/riscv");

const extensions = [
  { name: "integer", rows: /^(?!f|lr|amo|mul|div|rem)/ },
  { name: "muldiv", rows: /^(mul|div|rem)/ },
  { name: "atomic", rows: /^(lr|amo)/ },
  { name: "single", rows: /^(f.*\.s|flw|fsw|csr)/ },
  { name: "double", rows: /^(f.*\.d|fld|fsd|csr)/ },
  { name: "everything", rows: /./ },
];

function build(seed: number, rows: RegExp, elf: string): Buffer {
  writeFileSync(`${elf}.S`, toAssembly(generate(seed, rows, 300)));
  execFileSync("riscv64-linux-gnu-gcc", ["-nostdlib", "-static", "-s", "-Wl,--build-id=none", "-o", elf, `${elf}.S`]);
  rmSync(`${elf}.S`);
  return execFileSync("qemu-riscv64", [elf]);
}

function lines(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = (i: number) => (i === 0 ? "fcsr" : i < 32 ? `x${i}` : i < 64 ? `f${i - 32}` : `memory ${8 * (i - 64)}`);
  return Array.from(
    { length: bytes.length / 8 },
    (_, i) => `${name(i)} ${view.getBigUint64(8 * i, true).toString(16)}`,
  );
}

describe.each(extensions)("$name", ({ name, rows }) => {
  it("ends in the state that qemu recorded, in any slices", () => {
    const elf = join(folder, `${name}.elf`);
    const expected = join(folder, `${name}.expected`);
    if (process.env.UPDATE_FIXTURES === "1") writeFileSync(expected, build(7001, rows, elf));
    const program = readFileSync(elf);
    for (const kind of cpuKinds) {
      for (const slice of [1, 7, 1000]) {
        const outcome = runProgram(loadElf(program, kind), slice);
        expect(outcome.end).toBe(0);
        expect(lines(outcome.output)).toEqual(lines(readFileSync(expected)));
      }
    }
  });

  testWith("qemu-riscv64", "riscv64-linux-gnu-gcc")("ends in the state that qemu ends in", () => {
    const scratch = mkdtempSync(join(tmpdir(), "utap-riscv-"));
    try {
      for (let seed = 1; seed <= 3; seed++) {
        const elf = join(scratch, `${seed}`);
        const expected = build(seed, rows, elf);
        for (const kind of cpuKinds) {
          expect(lines(runProgram(loadElf(readFileSync(elf), kind)).output)).toEqual(lines(expected));
        }
      }
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });
});
