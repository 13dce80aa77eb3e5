/** The machine code of live tracing says beside its bytes what they are: objdump must read the same. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { code as handlerCode } from "../../live/guard/handler-x86-64.ts";
import { goOnCode } from "../../live/machines/go-on-x86-64.ts";
import { goOnBlock } from "../../live/machines/machine.ts";
import { machineX86_64 } from "../../live/machines/x86-64.ts";
import { testWith } from "../oracles.ts";

const folder = mkdtempSync(join(tmpdir(), "utap-code-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// biome-ignore format: table
const codes = [
  { file: "machines/go-on-x86-64.ts", code: goOnCode },
  { file: "guard/handler-x86-64.ts",  code: handlerCode },
];

describe.each(codes)("$file", ({ file, code }) => {
  testWith("objdump")("is what objdump reads", () => {
    const written = readComments(readFileSync(resolve(import.meta.dirname, "../../live", file), "utf8"));
    expect(written.length).toBeGreaterThan(10);
    // Behind the code there may be data.
    expect(disassemble(code).slice(0, written.length)).toEqual(written);
  });
});

it("the machine has the code, and the block it works on ends with what the kernel tells of a call", () => {
  expect(machineX86_64.goOn).toBe(goOnCode);
  // linux/ptrace.h: struct ptrace_syscall_info is 88 bytes in its longest form, and PTRACE_GET_SYSCALL_INFO is told 128.
  expect(goOnBlock.size - goOnBlock.info).toBe(128);
  expect(goOnBlock.info % 8).toBe(0);
});

describe.skipIf(process.platform !== "linux" || process.arch !== "x64")("loaded", () => {
  it("gives what wait4 gives: ECHILD for a thread that traces nobody, whoever else of the process does", async () => {
    const { at } = await import("../../live/ffi/arena.ts");
    const { loadMachineCode } = await import("../../live/ffi/machine-code.ts");
    expect(loadMachineCode(goOnCode)?.(at.goOn)).toBe(-10);
  });
});

/** `0x53, // 0 push rbx   what it is for` → `0 push rbx`. */
function readComments(source: string): string[] {
  return [...source.matchAll(/^ {2}0x[0-9a-f]{2},.*\/\/ +([0-9a-f]+ \S.*?)(?: {2,}.*)?$/gm)].map(([, text]) => text!);
}

function disassemble(code: Uint8Array): string[] {
  const path = join(folder, "code");
  writeFileSync(path, code);
  const options = ["-D", "-b", "binary", "-m", "i386:x86-64", "-M", "intel", "--no-show-raw-insn", path];
  const { stdout } = spawnSync("objdump", options, { encoding: "utf8" });
  return [...stdout.matchAll(/^ *([0-9a-f]+):\t(.*)$/gm)].map(([, address, text]) =>
    `${address} ${text!.replace(/ *#.*/, "").replace(/ +/g, " ").trim()}`.trim(),
  );
}
