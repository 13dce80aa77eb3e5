/** Machine code that utap puts into programs is the instructions that its comments say, by objdump. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { code as handler, layout } from "../../live/guard/handler-x86-64.ts";
import { code as call, WORDS } from "../../live/machines/call-x86-64.ts";
import { testWith } from "../oracles.ts";

const programs: readonly (readonly [string, Uint8Array, number, number])[] = [
  ["live/guard/handler-x86-64.ts", handler, 80, layout.data],
  ["live/machines/call-x86-64.ts", call, 27, WORDS],
];

for (const [file, code, atLeast, room] of programs) {
  testWith("objdump")(file, () => {
    const source = readFileSync(file, "utf8");
    const comments = [...source.matchAll(/^ {2}0x.*\/\/ +([0-9a-f]+ .*)$/gm)].map((found) => found[1]);
    expect(comments.length).toBeGreaterThanOrEqual(atLeast);
    expect(disassembled(code).slice(0, comments.length)).toEqual(comments);
    expect(code.length).toBeLessThanOrEqual(room);
  });
}

/** An address and an instruction each. */
function disassembled(code: Uint8Array): string[] {
  const folder = mkdtempSync(join(tmpdir(), "utap-code-"));
  try {
    writeFileSync(join(folder, "code"), code);
    const args = ["-D", "-b", "binary", "-m", "i386:x86-64", "-M", "intel", join(folder, "code")];
    const lines = execFileSync("objdump", args, { encoding: "utf8" }).split("\n");
    return lines.flatMap((line) => {
      const [, address, text] = /^\s+([0-9a-f]+):\t(?:[0-9a-f]{2} )+\s*\t([^#]*)/.exec(line) ?? [];
      return address === undefined || text === undefined ? [] : [`${address} ${text.trim().replace(/\s+/g, " ")}`];
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
