/**
 * What suites that run on several targets ask of their program, and how the model starts it; `live/suite-program.ts` is the
 * other half.
 */
import { readFileSync } from "node:fs";
import { openHostFolder } from "../cli/host-files.ts";
import { parseElf } from "../debuginfo/elf.ts";
import { createModel } from "../kernel/model.ts";
import type { Target } from "../target/target.ts";

export interface SuiteProgram {
  /** Starts it with these arguments; `output` is what it has written to descriptor 1. */
  start(args: readonly string[]): { readonly target: Target; readonly output: () => string };
  /** Address of a function or variable. */
  symbol(name: string): number;
}

/** A riscv64 program in the model. */
export function inModel(path: string): SuiteProgram {
  return {
    start(args) {
      const output: Uint8Array[] = [];
      const target = createModel({
        root: openHostFolder("/"),
        console: {
          write: (stream, bytes) => {
            if (stream === 1) output.push(bytes.slice());
            return undefined;
          },
          read: () => "eof",
          isTty: () => false,
          windowSize: () => ({ rows: 24, columns: 80 }),
        },
        program: path,
        argv: [path, ...args],
        uid: 0,
        gid: 0,
      });
      return { target, output: () => Buffer.concat(output).toString() };
    },
    symbol: symbolsOf(path),
  };
}

/** Addresses by name, in a program that is linked to fixed ones. */
export function symbolsOf(path: string): (name: string) => number {
  const elf = parseElf(readFileSync(path));
  if ("message" in elf) throw new Error(elf.message);
  return (name) => {
    const found = elf.symbols.find((symbol) => symbol.name === name);
    if (!found) throw new Error(`no symbol ${name}`);
    return Number(found.value);
  };
}
