/**
 * Whole programs on both CPUs of the model: after every slice of every task the same registers, pc and count of instructions,
 * now and then the same memory, and in the end the same output. Slices are short and odd, so they end anywhere.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openHostFolder } from "../../cli/host-files.ts";
import type { ModelOptions } from "../../kernel/model.ts";
import type { CpuKind, HartState } from "../../kernel/riscv/cpu.ts";
import { start } from "./run.ts";

const contract = new URL("../fixtures/contract/", import.meta.url).pathname;
const riscv64Root = join(tmpdir(), "utap-riscv64-root");

interface Case {
  readonly name: string;
  readonly program: string;
  readonly options?: Partial<ModelOptions>;
}

const sh = (script: string): Case => ({
  name: `busybox sh -c '${script}'`,
  program: "/usr/bin/busybox",
  options: { root: openHostFolder(riscv64Root), argv: ["busybox", "sh", "-c", script] },
});

const cases: readonly Case[] = [
  { name: "basics", program: "/basics" },
  { name: "unix", program: "/unix" },
  { name: "events", program: "/events" },
  { name: "contract", program: "/contract.riscv64", options: { root: openHostFolder(contract) } },
  ...(existsSync(join(riscv64Root, "usr/bin/busybox"))
    ? [
        sh("for i in 1 2 3; do echo $i; done | while read n; do echo $((n * n)); done; echo $(seq 20 | tac)"),
        sh('echo hello | md5sum; awk "BEGIN { for (i = 1; i < 40; i++) s += sin(i) / i; print s }"'),
      ]
    : []),
];

function runOn(cpu: CpuKind, { program, options }: Case, quantum: number): readonly string[] {
  const { model, output } = start(program, { argv: [program], quantum, cpu, ...options });
  const log: string[] = [];
  const machine = model.machine.cpu;
  const run = machine.run.bind(machine);
  machine.run = (state, mm, budget) => {
    const exit = run(state, mm, budget);
    log.push(`${exit.kind} ${machine.executed} ${state.pc.toString(16)} ${registers(state)}`);
    if (log.length % 300 === 0) {
      const memory = createHash("md5");
      for (const { start, end } of mm.areas()) {
        const bytes = end - start <= 1 << 18 ? mm.read(start, end - start) : [];
        if (bytes instanceof Uint8Array) memory.update(bytes);
      }
      log.push(`memory ${memory.digest("hex")}`);
    }
    return exit;
  };
  const result = model.run({
    event: () => {
      throw new Error("nobody asked for events");
    },
    nextTimer: () => Number.POSITIVE_INFINITY,
    timer: () => {},
    poll: () => "run",
  });
  return [...log, JSON.stringify(result), output()];
}

/** FNV-1a. */
function registers({ x, f, fcsr }: HartState): number {
  let hash = 0x811c9dc5 ^ fcsr;
  for (const words of [new Int32Array(x.buffer, 0, 64), new Int32Array(f.buffer)]) {
    for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ words[i]!, 0x01000193);
  }
  return hash >>> 0;
}

describe.each(cases)("$name", (program) => {
  test.each([997, 50_000])("in slices of %i", (quantum) => {
    const [reference, wasm] = [runOn("reference", program, quantum), runOn("wasm", program, quantum)];
    expect(reference.length).toBeGreaterThan(2);
    // The first difference is what one wants to see, not two logs.
    const differs = reference.findIndex((line, i) => line !== wasm[i]);
    expect(differs < 0 ? "equal" : [differs, reference[differs], wasm[differs]]).toBe("equal");
    expect(wasm.length).toBe(reference.length);
  });
});
