/**
 * The probes of a session by place: a file and an offset in it. What shares a place shares a breakpoint.
 *
 * Filled before tasks are traced, then fixed but for which probes are enabled, and for probes of uprobes' own.
 */
import type { TargetFiles, Task } from "../../target/target.ts";
import { findUnwinders, type Unwinder } from "./unwinders.ts";

/** What a probe asks for. */
export interface Uprobe {
  /** Canonical path of the file, as the target sees it. */
  readonly path: string;
  readonly fileOffset: number;
  /** Where in the file the counter is that the program looks at. */
  readonly semaphore?: number;
  /**
   * Called at the entry of the instruction, with the task as it would be without a breakpoint; what a return probe
   * gives back is handed to `returned`.
   */
  hit(task: Task, address: number): unknown;
  /** Of probes of uprobes' own: see `unwinders.ts`. */
  readonly unwinder?: Unwinder["kind"];
  /** Present in a return probe: the function that starts at the offset has returned to `address`. */
  readonly returned?: (task: Task, address: number, remembered: unknown) => void;
}

export interface Place {
  readonly path: string;
  readonly fileOffset: number;
  /** In order of registration. */
  readonly probes: Uprobe[];
  /** Those of them that fire. */
  readonly enabled: Set<Uprobe>;
  /** What begins there looks at return addresses. */
  unwinder?: "unwinds" | "looks";
}

interface ProbedFile {
  readonly places: Map<number, Place>;
  /** The offsets of counters, one for each probe that has one. */
  readonly semaphores: number[];
}

export class Registry {
  readonly #files = new Map<string, ProbedFile>();
  readonly #searched = new Set<string>();
  #hasReturns = false;

  get isEmpty(): boolean {
    return this.#files.size === 0;
  }

  add(probe: Uprobe, enabled: boolean): void {
    const { path, fileOffset, semaphore } = probe;
    if (probe.returned) this.#hasReturns = true;
    let file = this.#files.get(path);
    if (!file) this.#files.set(path, (file = { places: new Map(), semaphores: [] }));
    let place = file.places.get(fileOffset);
    if (!place) file.places.set(fileOffset, (place = { path, fileOffset, probes: [], enabled: new Set() }));
    place.probes.push(probe);
    if (enabled) place.enabled.add(probe);
    if (probe.unwinder && probe.unwinder !== "catches") place.unwinder = probe.unwinder;
    if (semaphore !== undefined) file.semaphores.push(semaphore);
  }

  /** The functions of a file that return addresses have to be hidden from, once; without return probes none. */
  addUnwinders(files: TargetFiles, path: string, isProgram: boolean): void {
    if (!this.#hasReturns || this.#searched.has(path)) return;
    this.#searched.add(path);
    for (const { fileOffset, kind } of findUnwinders(files, path, isProgram))
      this.add({ path, fileOffset, unwinder: kind, hit: () => undefined }, true);
  }

  file(path: string): { readonly places: Iterable<Place>; readonly semaphores: readonly number[] } | undefined {
    const file = this.#files.get(path);
    return file && { places: file.places.values(), semaphores: file.semaphores };
  }

  placeOf(probe: Uprobe): Place | undefined {
    return this.#files.get(probe.path)?.places.get(probe.fileOffset);
  }
}
