/**
 * The live target as the contract suite of targets runs it: what `contract.test.ts` and `separate-calls.test.ts` share.
 */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe } from "vitest";
import { parseElf } from "../../debuginfo/elf.ts";
import { launch } from "../../live/live.ts";
import { type ContractProgram, describeTarget } from "../target-contract.ts";

const path = resolve(import.meta.dirname, "../fixtures/contract/contract.x86_64");
const elf = parseElf(readFileSync(path));
if ("message" in elf) throw new Error(elf.message);
const { symbols } = elf;
const folder = mkdtempSync(join(tmpdir(), "utap-contract-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let runs = 0;

export function describeLive(name: string): void {
  describe.skipIf(process.platform !== "linux" || process.arch !== "x64")(name, () => {
    const skips = [{ test: "two runs with one seed report the same events", reason: "Linux schedules as it likes" }];
    const program: ContractProgram = {
      rounds: 10_000,
      start(args) {
        const file = join(folder, `out-${runs++}`);
        const fd = openSync(file, "w");
        const target = launch({ path, argv: [path, ...args], envp: [], stdout: fd });
        closeSync(fd);
        return { target, output: () => readFileSync(file, "utf8") };
      },
      symbol(name) {
        const found = symbols.find((symbol) => symbol.name === name);
        if (!found) throw new Error(`no symbol ${name}`);
        return Number(found.value);
      },
    };
    describeTarget(name, program, skips);
  });
}
