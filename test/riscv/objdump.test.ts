/**
 * The decoder against objdump: every instruction of a static glibc program, by mnemonic.
 *
 * Live only: the program is compiled here, and `riscv64-linux-gnu-objdump -d -M no-aliases` is the oracle.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { disassemble } from "../../kernel/riscv/disassemble.ts";
import { encode, instructions, matchInstruction } from "../../kernel/riscv/instructions.ts";
import { extractFields } from "../../kernel/riscv/picture.ts";
import { testWith } from "../oracles.ts";
import { makeRandom } from "./generate.ts";

describe("decode", () => {
  it("inverts encode, for every row and any fields", () => {
    const random = makeRandom(42);
    for (const row of instructions) {
      for (let i = 0; i < 50; i++) {
        const bits = (random(2 ** 31) * 2 + random(2)) | 0;
        const word = (bits & ~row.picture.mask) | row.picture.match;
        const fields = extractFields(row.picture, word);
        expect(fields && encode(row, fields)).toBe(word);
        expect(matchInstruction(word)?.row.name).toBe(row.name);
      }
    }
  });

  it("calls zeros and ones illegal", () => {
    expect(matchInstruction(0)).toBeUndefined();
    expect(matchInstruction(-1)).toBeUndefined();
  });

  testWith("riscv64-linux-gnu-objdump", "riscv64-linux-gnu-gcc")(
    "names every instruction of a static program as objdump does",
    () => {
      const scratch = mkdtempSync(join(tmpdir(), "utap-objdump-"));
      try {
        writeFileSync(
          join(scratch, "hello.c"),
          '#include <stdio.h>\nint main(void) { printf("%g\\n", 1.5); return 0; }\n',
        );
        const program = join(scratch, "hello");
        execFileSync("riscv64-linux-gnu-gcc", ["-O1", "-static", "-o", program, `${program}.c`]);
        const flags = ["-d", "-M", "no-aliases", "-j", ".text", program];
        const text = execFileSync("riscv64-linux-gnu-objdump", flags, { encoding: "utf8", maxBuffer: 1 << 28 });
        const wrong: string[] = [];
        let count = 0;
        for (const line of text.split("\n")) {
          const parts = /^\s*([0-9a-f]+):\s+([0-9a-f]{4}|[0-9a-f]{8})\s+(\S+)/.exec(line);
          if (!parts) continue;
          count++;
          const [, address = "", word = "", mnemonic = ""] = parts;
          // The manual names 0x0001 c.nop; objdump has no such name without aliases.
          if (word === "0001") continue;
          const ours = disassemble(Number.parseInt(word, 16), Number.parseInt(address, 16))?.split(" ")[0];
          // objdump gives data between functions as .2byte, .4byte or c.unimp.
          if (ours !== mnemonic && !/^(\.|c\.unimp|unimp)/.test(mnemonic)) wrong.push(`${word} ${mnemonic} ${ours}`);
        }
        expect(count).toBeGreaterThan(50_000);
        expect([...new Set(wrong)]).toEqual([]);
      } finally {
        rmSync(scratch, { recursive: true });
      }
    },
  );
});
