/** The suite of utrace on tasks, on the model. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { openHostFolder } from "../../cli/host-files.ts";
import { parseElf } from "../../debuginfo/elf.ts";
import { createModel } from "../../kernel/model.ts";
import { describeTasks } from "./task-suite.ts";

const path = resolve(import.meta.dirname, "../fixtures/utrace/tasks.riscv64");
const elf = parseElf(readFileSync(path));
if ("message" in elf) throw new Error(elf.message);

describeTasks("the kernel model", {
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
  symbol(name) {
    const found = elf.symbols.find((symbol) => symbol.name === name);
    if (!found) throw new Error(`no symbol ${name}`);
    return Number(found.value);
  },
});
