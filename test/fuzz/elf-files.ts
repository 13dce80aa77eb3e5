/**
 * Programs with damage: every truncation of a valid ELF file, and as many mutations as one likes, each made from a number.
 *
 * Used by `test/kernel/malformed-elf.test.ts` and `npm run fuzz -- --elf`. A program is run in a machine of its own, in which everything
 * is killed after some instructions. What may not happen: an exception other than "cannot be started", an end that
 * never comes, or a memory that is not given back.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DiagnosticError } from "../../base/diagnostics.ts";
import type { Console } from "../../kernel/files/console.ts";
import type { HostFolder } from "../../kernel/files/host-folder.ts";
import { createModel } from "../../kernel/model.ts";
import { ERRNO } from "../../target/errno.ts";
import { RESUME } from "../../target/events.ts";
import { SIG } from "../../target/signals.ts";

/** What is damaged, and what is executed then. */
// biome-ignore format: table
const targets = [
  { damaged: "plain.elf",  program: "plain.elf" },
  { damaged: "linked.elf", program: "linked.elf" },
  { damaged: "linker.elf", program: "linked.elf" },
] as const;

export type ElfFiles = ReadonlyMap<string, Uint8Array>;

export interface DamagedProgram {
  readonly title: string;
  readonly files: ElfFiles;
  readonly program: string;
}

/** `root` is the folder of the repository. */
export function readElfFiles(root: string): ElfFiles {
  const read = (name: string): Uint8Array => new Uint8Array(readFileSync(join(root, "test/fixtures/malformed", name)));
  return new Map(targets.map(({ damaged }) => [damaged, read(damaged)]));
}

export function* truncations(files: ElfFiles): Iterable<DamagedProgram> {
  for (const { damaged, program } of targets) {
    const whole = files.get(damaged)!;
    for (let size = 0; size < whole.length; size++) {
      const title = `${damaged}, ${size} bytes`;
      yield { title, program, files: new Map(files).set(damaged, whole.subarray(0, size)) };
    }
  }
}

export function makeMutation(files: ElfFiles, number: number): DamagedProgram {
  const below = randomFrom(number);
  const { damaged, program } = targets[below(targets.length)]!;
  const bytes = files.get(damaged)!.slice();
  for (let left = below(4); left >= 0; left--) mutate(bytes, below);
  return { title: `mutation ${number} of ${damaged}`, program, files: new Map(files).set(damaged, bytes) };
}

const EHDR = 64;
const PHDR = 56;
const HEADERS = 7;
/** Numbers at which something begins or ends. */
// biome-ignore format: table
const edges: readonly bigint[] = [
  0n, 1n, 2n, 3n, 7n, 8n, 0x7fn, 0x80n, 0xffn, 0xfffn, 0x1000n, 0x1001n, 0x7fffn, 0xffffn, 0x10000n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn,
  1n << 32n, (1n << 38n) - 0x1000n, 1n << 38n, (1n << 53n) - 1n, 1n << 53n, (1n << 63n) - 1n, 1n << 63n, (1n << 64n) - 0x1000n, (1n << 64n) - 1n,
];

/** Mostly a field of a header; else a byte, or a run of them, anywhere. */
function mutate(bytes: Uint8Array, below: (n: number) => number): void {
  const kind = below(10);
  if (kind < 7) {
    const width = [1, 2, 4, 8, 8][below(5)]!;
    const at = kind < 2 ? 16 + below(EHDR - 16) : EHDR + below(HEADERS * PHDR);
    const start = at - (at % width);
    const view = new DataView(bytes.buffer, start, width);
    const old = width === 8 ? view.getBigUint64(0, true) : 0n;
    const value = below(3) === 0 ? old + BigInt(below(0x4000) - 0x2000) : edges[below(edges.length)]!;
    for (let i = 0; i < width; i++) view.setUint8(i, Number((value >> BigInt(8 * i)) & 0xffn));
  } else {
    const used = [...bytes.keys()].filter((at) => bytes[at] !== 0);
    const at = used[below(used.length)] ?? 0;
    for (let i = kind === 9 ? below(64) : 0; i >= 0; i--) if (at + i < bytes.length) bytes[at + i] = below(256);
  }
}

const INSTRUCTIONS = 200_000;
/** What is killed may have left children behind. */
const KILLS = 1000;
/** What the model may answer to execve of the first program. */
const wordsOfRefusal = new Set(["target-elf", "target-exec"]);

/** What went wrong, or the end: an exit status, a signal, or that it cannot be started. */
export function runDamaged({ files, program }: DamagedProgram): { readonly fault: string } | { readonly end: string } {
  let model: ReturnType<typeof createModel> | undefined;
  try {
    model = createModel({ root: folderOf(files), program: `/${program}`, console: silent, quantum: 10_000 });
  } catch (error) {
    if (error instanceof DiagnosticError && wordsOfRefusal.has(error.diagnostics[0]!.code))
      return { end: error.message };
    return { fault: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  const { machine } = model;
  let kills = 0;
  try {
    const result = model.run({
      event: () => RESUME,
      nextTimer: () => (kills + 1) * INSTRUCTIONS,
      timer: () => {
        if (++kills > KILLS) throw new Error("it does not end");
        for (const p of machine.processes.values())
          machine.signals.sendToProcess(p, machine.signals.fromKernel(SIG.SIGKILL));
      },
      poll: () => "run",
    });
    if (machine.frames.used !== 0) return { fault: `${machine.frames.used} frames are left` };
    if (result.stuck !== undefined) return { fault: result.stuck };
    return { end: result.signal === undefined ? `exit ${result.exitCode}` : `signal ${result.signal}` };
  } catch (error) {
    return { fault: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

const silent: Console = {
  write: () => undefined,
  read: () => "eof",
  isTty: () => false,
  windowSize: () => ({ rows: 24, columns: 80 }),
};

/** A folder with files that may be executed. */
function folderOf(files: ElfFiles): HostFolder {
  const [S_IFDIR, S_IFREG] = [0o040_000, 0o100_000];
  return {
    lstat(path) {
      const size = files.get(path)?.length;
      if (size === undefined && path !== "") return -ERRNO.ENOENT;
      const mode = path === "" ? S_IFDIR | 0o755 : S_IFREG | 0o755;
      return { identity: path, mode, uid: 0, gid: 0, nlink: 1, size: size ?? 0, atime: 0n, mtime: 0n, ctime: 0n };
    },
    readdir: (path) => (path === "" ? [...files.keys()] : -ERRNO.ENOTDIR),
    readlink: () => -ERRNO.EINVAL,
    read(path, offset, into) {
      const bytes = files.get(path)!.subarray(offset, offset + into.length);
      into.set(bytes);
      return bytes.length;
    },
    checkReadable: () => 0,
  };
}

/** xorshift32 from a number, mixed so that neighbours differ. */
function randomFrom(number: number): (n: number) => number {
  let state = Math.imul(number + 1, 0x9e37_79b1) | 1;
  return (n) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % n;
  };
}
