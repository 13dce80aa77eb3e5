/**
 * The procfs probes of a session: files that the target shows to its programs, and standard input.
 *
 * The session makes one when it arms its probes and removes the files before the program goes on alone. A program that
 * begins to read a file it opened gets what the `.read` handler leaves in `$value`; what it writes goes to every
 * `.write` handler of the file, as many bytes at a time as a string holds, so a longer write is a short one. Files
 * with the path `__stdin` are none: their writer is who types, or the pipe, byte by byte.
 */
import type { FileValue } from "../abi/builtins.ts";
import type { ProbeSpec, ResolvedProbe } from "../abi/manifest.ts";
import { fromBytes, toBytes } from "../base/bytestring.ts";
import { DiagnosticError } from "../base/diagnostics.ts";
import type { Target, Task } from "../target/target.ts";
import type { Hit } from "./binder.ts";

type ProcfsSpec = ProbeSpec & { readonly kind: "procfs" };

/** What stands for standard input among the paths. */
const STDIN = "__stdin";

export interface ProcfsParts {
  readonly target: Target;
  readonly probes: readonly ResolvedProbe[];
  /** The folder of the session below the target's folder for such files. */
  readonly folder: string;
  readonly maxString: number;
  /** Of a file that says no size. */
  readonly bufferSize: number;
  fire(probe: number, hit: Hit): void;
}

interface SessionFile {
  reader?: number;
  readonly writers: number[];
  umask: number;
  size: number;
}

export class Procfs {
  readonly #parts: ProcfsParts;
  readonly #files = new Map<string, SessionFile>();
  #remove: readonly (() => void)[] = [];

  constructor(parts: ProcfsParts) {
    this.#parts = parts;
    parts.probes.forEach(({ spec }, index) => {
      if (spec.kind === "procfs") this.#add(index, spec);
    });
  }

  #add(index: number, { path, access, umask, size }: ProcfsSpec): void {
    const file = this.#files.get(path) ?? { writers: [], umask, size: this.#parts.bufferSize };
    this.#files.set(path, file);
    if (access === "write") file.writers.push(index);
    else Object.assign(file, { reader: index, ...(size !== undefined && { size }) });
    file.umask &= umask;
  }

  /** A target without programs has nobody to show files to. */
  provide(): void {
    const { target, folder } = this.#parts;
    this.#remove = [...this.#files]
      .filter(([path]) => path !== STDIN)
      .map(([path, file]) => {
        if (!target.provideFile) throw noFiles(path);
        const { reader, writers } = file;
        const all = (reader === undefined ? 0 : 0o444) | (writers.length === 0 ? 0 : 0o222);
        return target.provideFile({
          path: `${folder}/${path}`,
          mode: all & ~file.umask,
          ...(reader !== undefined && { read: (task) => this.#read(task, reader, file) }),
          ...(writers.length > 0 && { write: (task, bytes) => this.#write(task, file, bytes) }),
        });
      });
  }

  remove(): void {
    for (const remove of this.#remove) remove();
    this.#remove = [];
  }

  /** Takes standard input; undefined when no probe wants it. */
  get input(): ((bytes: Uint8Array) => void) | undefined {
    const file = this.#files.get(STDIN);
    if (!file || file.writers.length === 0) return undefined;
    return (bytes) => {
      for (const byte of bytes) this.#deliver(file, String.fromCharCode(byte), {});
    };
  }

  #read(task: Task, reader: number, { size }: SessionFile): Uint8Array {
    const file: FileValue = { text: "", size: size - 1 };
    this.#parts.fire(reader, { task, file });
    return toBytes(file.text);
  }

  #write(task: Task, file: SessionFile, bytes: Uint8Array): number {
    const count = Math.max(1, Math.min(bytes.length, file.size - 1, this.#parts.maxString - 1));
    this.#deliver(file, fromBytes(bytes.subarray(0, count)), { task });
    return count;
  }

  #deliver({ writers }: SessionFile, text: string, hit: Hit): void {
    for (const probe of writers) this.#parts.fire(probe, { ...hit, file: { text, size: text.length } });
  }
}

function noFiles(path: string): DiagnosticError {
  return new DiagnosticError([
    {
      code: "target-missing",
      severity: "error",
      message: `procfs("${path}"): only the kernel model can show such a file to its programs`,
      hints: ["run a riscv64 program in the kernel model: utap --target model -c 'PROGRAM ARGS'"],
    },
  ]);
}
