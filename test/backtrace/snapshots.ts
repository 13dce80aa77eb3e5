/**
 * A task that does not run: registers, memory and mappings that somebody wrote down.
 *
 * What the unwinder asks of a target is here and nothing else; everything else is a bug of the test.
 */
import { readFileSync } from "node:fs";
import { Backtraces } from "../../runtime/backtrace/backtraces.ts";
import { Modules } from "../../runtime/backtrace/module.ts";
import type { Mapping, Target, TargetFiles, Task } from "../../target/target.ts";

export interface Snapshot {
  readonly arch: string;
  /** By DWARF number. */
  readonly registers: readonly bigint[];
  readonly mappings: readonly Mapping[];
  /** undefined for a fault. */
  read(address: number, size: number): Uint8Array | undefined;
}

/** `files`: content by path; the host's when absent. */
export function openSnapshots(arch: string, files: ReadonlyMap<string, Uint8Array> = new Map()): SnapshotTraces {
  const target = {
    arch: { name: arch },
    files: { ...hostFiles, read: (path: string) => files.get(path) ?? fromHost(path) },
  };
  let current: Snapshot | undefined;
  const backtraces = new Backtraces({
    target: target as unknown as Target,
    readMemory: (_task, address, size) => current?.read(address, size),
    openReturns: () => undefined,
  });
  return {
    backtraces,
    taskOf(snapshot) {
      current = snapshot;
      return {
        readRegister: (n: number) => snapshot.registers[n] ?? 0n,
        mm: {
          mappings: () => snapshot.mappings,
          read: (address: number, size: number) => snapshot.read(address, size),
        },
      } as unknown as Task;
    },
  };
}

export interface SnapshotTraces {
  readonly backtraces: Backtraces;
  /** The last one made is the one whose memory is read. */
  taskOf(snapshot: Snapshot): Task;
}

const hostFiles: TargetFiles = { resolve: (path) => path, read: fromHost, list: () => undefined };

/** The programs of this machine. */
export function hostModules(): Modules {
  return new Modules(hostFiles);
}

function fromHost(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** One mapping for each loaded segment of a program that is not relocated. */
export function mappingOf(path: string, start: number, end: number, offset: number, executable: boolean): Mapping {
  return { start, end, offset, readable: true, writable: !executable, executable, file: { path } };
}
