/**
 * The probes of a session by place: a file and an offset in it. What shares a place shares a breakpoint.
 *
 * Filled before tasks are traced, then fixed but for which probes are enabled.
 */
import type { Task } from "../../target/target.ts";

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
}

interface ProbedFile {
  readonly places: Map<number, Place>;
  /** The offsets of counters, one for each probe that has one. */
  readonly semaphores: number[];
}

export class Registry {
  readonly #files = new Map<string, ProbedFile>();

  get isEmpty(): boolean {
    return this.#files.size === 0;
  }

  add(probe: Uprobe, enabled: boolean): void {
    const { path, fileOffset, semaphore } = probe;
    let file = this.#files.get(path);
    if (!file) this.#files.set(path, (file = { places: new Map(), semaphores: [] }));
    let place = file.places.get(fileOffset);
    if (!place) file.places.set(fileOffset, (place = { path, fileOffset, probes: [], enabled: new Set() }));
    place.probes.push(probe);
    if (enabled) place.enabled.add(probe);
    if (semaphore !== undefined) file.semaphores.push(semaphore);
  }

  file(path: string): { readonly places: Iterable<Place>; readonly semaphores: readonly number[] } | undefined {
    const file = this.#files.get(path);
    return file && { places: file.places.values(), semaphores: file.semaphores };
  }

  placeOf(probe: Uprobe): Place | undefined {
    return this.#files.get(probe.path)?.places.get(probe.fileOffset);
  }
}
