/**
 * Names and lines of addresses against gdb (`info symbol`, which goes by the symbol table) and addr2line: at every address of
 * the code of fixtures, and at many of this machine's C library, which has only the symbols it exports.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect } from "vitest";
import { parseElf } from "../../debuginfo/elf.ts";
import type { Module } from "../../runtime/backtrace/module.ts";
import { testWith } from "../oracles.ts";
import { fixtures } from "./model.ts";
import { hostModules } from "./snapshots.ts";

const programs = ["frames-O0", "frames-O2", "frames-save", "frames-x86-O2"].map((name) => join(fixtures, name));
const points = resolve(fixtures, "../points/places-O2");
const libc = ["/lib/x86_64-linux-gnu/libc.so.6", "/usr/riscv64-linux-gnu/lib/libc.so.6"]
  .filter((path) => existsSync(path))
  .map((path) => realpathSync(path));

/** Addresses of the code of a file, every `step` bytes. */
function addressesOf(path: string, step: number): readonly number[] {
  const elf = parseElf(readFileSync(path));
  const text = elf.kind === "elf" ? elf.findSection(".text") : undefined;
  if (!text) throw new Error(`${path} has no .text`);
  return Array.from({ length: Math.floor(text.size / step) }, (_, i) => text.address + i * step);
}

/** With the separate debug files of this machine, which gdb finds too. */
function open(path: string): Module {
  const module = hostModules().find(path);
  if (!module) throw new Error(`${path} is no ELF file`);
  return module;
}

describe("names", () => {
  for (const path of [...programs, points, ...libc]) {
    testWith("gdb-multiarch")(path.replace(fixtures, ""), () => {
      const module = open(path);
      const addresses = addressesOf(path, libc.includes(path) ? 331 : 2);
      const ours = addresses.map((address) => {
        const found = module.findName(address);
        return found ? `${found.name} ${found.offset}` : "none";
      });
      const theirs = askGdb(path, addresses);
      const differ = ours.flatMap((own, i) =>
        own === theirs[i] ? [] : [`0x${addresses[i]?.toString(16)}: gdb ${theirs[i]}, ours ${own}`],
      );
      expect(differ.filter((line) => !isSameFunction(path, line))).toEqual([]);
    });
  }
});

/**
 * The same beginning under another name: several symbols may name one address, and gdb shortens the names of copies
 * (`f.part.0`) when it has debug information. In fixtures both names have to be there.
 */
function isSameFunction(path: string, line: string): boolean {
  const [, theirs, theirOffset, own, ownOffset] = /gdb (\S+) (\d+), ours (\S+) (\d+)$/.exec(line) ?? [];
  if (theirOffset === undefined || theirOffset !== ownOffset) return false;
  if (libc.includes(path)) return true;
  const elf = parseElf(readFileSync(path));
  const addressOfSymbol = (name: string | undefined): number | undefined =>
    elf.kind === "elf" ? elf.symbols.find((symbol) => symbol.name === name)?.value : undefined;
  return addressOfSymbol(theirs) !== undefined && addressOfSymbol(theirs) === addressOfSymbol(own);
}

function askGdb(path: string, addresses: readonly number[]): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), "utap-names-"));
  try {
    const script = join(folder, "ask.py");
    writeFileSync(
      script,
      `import gdb
for address in ${JSON.stringify(addresses)}:
    words = gdb.execute("info symbol %d" % address, to_string=True).split(" in section")[0].split()
    print("none" if words[0] == "No" else words[0] + " " + (words[2] if len(words) > 2 else "0"))
`,
    );
    const out = execFileSync("gdb-multiarch", ["-batch", "-nx", "-x", script, path], {
      encoding: "utf8",
      maxBuffer: 1 << 26,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return out.trimEnd().split("\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("lines", () => {
  for (const path of [...programs, points]) {
    testWith("riscv64-linux-gnu-addr2line", "addr2line")(path.replace(fixtures, ""), () => {
      const module = open(path);
      const addresses = addressesOf(path, 2);
      const tool = path.includes("x86") ? "addr2line" : "riscv64-linux-gnu-addr2line";
      const input = addresses.map((address) => `0x${address.toString(16)}\n`).join("");
      const out = execFileSync(tool, ["-e", path], { input, encoding: "utf8" });
      const theirs = out
        .trimEnd()
        .split("\n")
        .map((line) => line.replace(/ \(discriminator \d+\)$/, ""));
      const ours = addresses.map((address) => {
        const place = module.findPlace(address);
        return place && place.line > 0 ? `${place.file}:${place.line}` : "none";
      });
      expect(ours).toEqual(theirs.map((line) => (/:[1-9]\d*$/.test(line) ? line : "none")));
    });
  }
});
