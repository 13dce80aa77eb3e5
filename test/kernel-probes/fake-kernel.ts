/**
 * A target whose kernel is a list of hits, and scripts run against it: probes in the kernel without a kernel.
 *
 * What a hit tells is given with it, so a test says both what the kernel knows and what the script must make of it.
 */
import { makeSource } from "../../base/source.ts";
import { parseOptions } from "../../cli/options.ts";
import { runCompiled } from "../../cli/run-session.ts";
import { readTapsets } from "../../cli/scripts.ts";
import { compile } from "../../lang/compiler/compile.ts";
import type { KernelEvent, KernelObject, KernelPlace, KernelValue } from "../../target/kernel-points.ts";
import type { RunResult, TargetHooks, Task } from "../../target/target.ts";
import { FakeTarget } from "../runtime/fake-target.ts";

export interface FakeHit {
  /** `trace sched:sched_switch`, `call do_exit`, `return vfs_read`. */
  readonly at: string;
  readonly values?: { readonly [name: string]: KernelValue };
  readonly task?: Task;
}

/** A structure; tasks have their tid as the handle. */
export function structure(handle: number, members: { readonly [name: string]: KernelValue }): KernelObject {
  return { handle, member: (name) => members[name] ?? 0 };
}

/** Enough of a task for the context functions. */
export function fakeTask(tid: number, execname: string): Task {
  return { tid, pid: tid, ppid: 1, execname, pc: 0x1000, state: "running" } as unknown as Task;
}

class FakeKernel extends FakeTarget {
  readonly log: string[] = [];
  readonly #hits: readonly FakeHit[];
  readonly #listeners = new Map<string, Set<(event: KernelEvent) => void>>();
  readonly #inClock: FakeHit | undefined;

  constructor(hits: readonly FakeHit[], inClock: FakeHit | undefined) {
    super();
    this.#hits = hits;
    this.#inClock = inClock;
  }

  watchKernel(place: KernelPlace, listener: (event: KernelEvent) => void): () => void {
    const key = `${place.kind} ${place.name}`;
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(listener));
    this.log.push(`+${key}`);
    return () => {
      listeners.delete(listener);
      this.log.push(`-${key}`);
    };
  }

  /** What reads the clock of this target hits a place. */
  override realtimeNs(): bigint {
    if (this.#inClock) this.#fire(this.#inClock);
    return super.realtimeNs();
  }

  override run(hooks: TargetHooks): RunResult {
    for (const hit of this.#hits) {
      if (hooks.poll() === "detach") break;
      this.#fire(hit);
    }
    hooks.programEnded?.();
    while (hooks.poll() === "run");
    return { exitCode: 0 };
  }

  #fire({ at, values = {}, task }: FakeHit): void {
    const value = (name: string): KernelValue => {
      const found = values[name];
      if (found === undefined) throw new Error(`${at} does not tell '${name}'`);
      return found;
    };
    for (const tell of [...(this.#listeners.get(at) ?? [])]) tell({ task, value });
  }
}

export interface Played {
  readonly out: string;
  readonly err: string;
  readonly status: number;
  /** The places that were watched (+) and no longer (-), in order. */
  readonly log: readonly string[];
}

export interface PlayOptions {
  readonly options?: readonly string[];
  /** Happens whenever a handler asks for the time. */
  readonly inClock?: FakeHit;
}

export function play(script: string, hits: readonly FakeHit[], { options = [], inClock }: PlayOptions = {}): Played {
  const parsed = parseOptions([...options, "-e", script]);
  if ("exit" in parsed) throw new Error("these options run no script");
  const { module, diagnostics } = compile({
    main: makeSource("<input>", script),
    tapsets: readTapsets(parsed),
    symbols: { open: () => ({ kind: "failure", message: "no programs" }) },
    skipBadvars: parsed.handling.skipBadvars ?? false,
    limits: parsed.limits,
    now: () => 0,
  });
  if (!module) throw new Error(diagnostics.map((item) => item.message).join("\n"));
  const target = new FakeKernel(hits, inClock);
  let [out, err] = ["", ""];
  const sink = {
    write(stream: 1 | 2, text: string): void {
      if (stream === 1) out += text;
      else err += text;
    },
  };
  const status = runCompiled(parsed, target, module, sink, () => false);
  return { out, err, status, log: target.log };
}
