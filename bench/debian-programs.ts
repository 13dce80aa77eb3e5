/**
 * Two of Debian's riscv64 programs for `cpu.ts` and `soak-sqlite.ts`, with their dynamic linker and libraries: Lua, and
 * sqlite3 with a file.
 *
 * They come from the tree that `tools/riscv64-root.mjs` unpacks, which the tests of the model share. Without it there are no
 * programs, and a line on standard error says so.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openHostFolder } from "../cli/host-files.ts";
import { createModel } from "../kernel/model.ts";
import type { CpuKind } from "../kernel/riscv/cpu.ts";
import { RESUME } from "../target/events.ts";

export interface DebianProgram {
  readonly title: string;
  /** Of qemu-riscv64; standard input is the file. */
  readonly words: readonly string[];
  readonly input: string;
  /** The output; an exception when it is not the expected one. */
  run(kind: CpuKind): string;
}

const tree = join(tmpdir(), "utap-riscv64-debian");

/** Calls `measure` with the programs, while the files they need are there. */
export function withDebianPrograms<T>(
  root: string,
  measure: (programs: readonly DebianProgram[]) => readonly T[],
  rows = 10_000,
): readonly T[] {
  if (!existsSync(join(tree, "usr/bin/lua5.4")) || !existsSync(join(tree, "usr/bin/sqlite3"))) {
    console.error(
      `cpu: no rows for Lua and sqlite3: there is no ${tree}; node tools/riscv64-root.mjs ${tree} lua5.4 sqlite3`,
    );
    return [];
  }
  const folder = mkdtempSync(join(tmpdir(), "utap-bench-"));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const lua = file("mixed.lua", readFileSync(join(root, "bench/programs/mixed.lua"), "utf8"));
  const sql = file("inserts.sql", inserts(rows));
  const sums = new RegExp(`^${rows}\\|${(rows * (rows + 1)) / 2}\n1\n$`);
  try {
    return measure([
      program("a script of Lua", ["lua5.4", "-"], lua, /^40\t3027\t/),
      program(`${rows} inserts of sqlite3`, ["sqlite3", join(folder, "db")], sql, sums),
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs of qemu find the file of the run before. */
function inserts(count: number): string {
  const row = (i: number): string => `insert into t values(${i}, 'row ${(i * 7919) % 100_003}', ${i / 3});\n`;
  const rows = Array.from({ length: count }, (_, i) => row(i + 1)).join("");
  const before = `drop table if exists t; create table t(a integer primary key, b text, c real); begin;\n`;
  return `${before}${rows}commit; create index i on t(b); select count(*), sum(a) from t; select count(*) from t where b = 'row 7919';\n`;
}

function program(title: string, [name = "", ...args]: readonly string[], input: string, output: RegExp): DebianProgram {
  const words = ["-L", tree, join(tree, "usr/bin", name), ...args];
  const run = (cpu: CpuKind): string => {
    let text = "";
    let rest = new Uint8Array(readFileSync(input));
    const model = createModel({
      root: openHostFolder(tree),
      program: `/usr/bin/${name}`,
      argv: [name, ...args.map((word) => (word.startsWith("/") ? "/tmp/db" : word))],
      envp: ["HOME=/tmp"],
      cwd: "/tmp",
      uid: 0,
      cpu,
      console: {
        write: (_stream, bytes) => void (text += Buffer.from(bytes).toString("latin1")),
        read(max) {
          const bytes = rest.subarray(0, max);
          rest = rest.subarray(max);
          return bytes.length > 0 ? bytes : "eof";
        },
        isTty: () => false,
        windowSize: () => ({ rows: 24, columns: 80 }),
      },
    });
    const { exitCode } = model.run({
      event: () => RESUME,
      nextTimer: () => Number.POSITIVE_INFINITY,
      timer: () => {},
      poll: () => "run",
    });
    if (exitCode !== 0 || !output.test(text)) throw new Error(`${name} ends with ${exitCode}: ${text}`);
    return text;
  };
  return { title, words, input, run };
}
