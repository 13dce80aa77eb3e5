/**
 * What the context of a hit rests on: the probe, the hit, and what a handler has left of its actions and calls.
 *
 * The lowest of three: `handler-context.ts` adds what compiled handlers ask, `context.ts` what builtins ask. They are
 * one object, because both meet it in every hit.
 */
import type { EnumTable, Manifest, ResolvedProbe } from "../abi/manifest.ts";
import type { LastMatch } from "../abi/module.ts";
import { bug } from "../base/assert.ts";
import { fromBytes } from "../base/bytestring.ts";
import { type Long, long, unsigned } from "../base/int64.ts";
import type { ScriptLimits } from "../base/limits.ts";
import type { Target } from "../target/target.ts";
import type { ActionBudget } from "./actions.ts";
import type { Backtraces } from "./backtrace/backtraces.ts";
import type { Hit } from "./binder.ts";
import { NESTING, ScriptError } from "./errors.ts";
import type { Output } from "./output.ts";
import type { PrettyReader } from "./pretty.ts";
import { compilePlan, type PlanReader, type ReadMemory } from "./variables.ts";

export interface ContextParts {
  readonly target: Target;
  readonly targetPid: number;
  readonly limits: ScriptLimits;
  readonly output: Output;
  readonly readMemory: ReadMemory;
  /** Absent where there are no processes. */
  readonly backtraces: Backtraces | undefined;
  readonly requestExit: () => void;
  readonly actions: ActionBudget;
  /** --skip-badvars: what cannot be read is 0. */
  readonly skipBadvars: boolean;
  /** Those of the manifest, decoded. */
  readonly plans: readonly PlanReader[];
  readonly pretty: readonly PrettyReader[];
  readonly manifest: Manifest;
  readonly enums: readonly EnumTable[];
}

/** A probe with its plans decoded. */
export interface PreparedProbe {
  readonly probe: ResolvedProbe;
  readonly plans: readonly PlanReader[];
}

export function prepareProbe(probe: ResolvedProbe, readMemory: ReadMemory): PreparedProbe {
  return { probe, plans: probe.plans.map((plan) => compilePlan(plan, readMemory)) };
}

export class HitContext {
  left = 0;
  lastMatch: LastMatch | undefined;
  next: 0 | 1 = 0;
  readonly maxString: number;
  readonly targetPid: number;
  protected readonly parts: ContextParts;
  protected prepared: PreparedProbe | undefined;
  protected hit: Hit = {};
  #depth = 0;

  constructor(parts: ContextParts) {
    this.parts = parts;
    this.maxString = parts.limits.MAXSTRINGLEN;
    this.targetPid = parts.targetPid;
  }

  begin(prepared: PreparedProbe, hit: Hit): void {
    this.prepared = prepared;
    this.hit = hit;
    this.#depth = 0;
    this.next = 0;
    this.lastMatch = undefined;
    this.left = this.parts.actions.begin(prepared.probe.spec);
  }

  /** `left` is below 0: more of it, or the end of the handler. */
  outOfActions(): void {
    this.left = this.parts.actions.more(this.left);
  }

  enter(): void {
    // A call that is refused has no `leave`.
    if (this.#depth >= this.parts.limits.MAXNESTING) throw new ScriptError(NESTING);
    this.#depth++;
  }

  leave(): void {
    this.#depth--;
  }

  readMemory(address: Long, size: number): Uint8Array | undefined {
    const at = unsigned(address);
    const { task } = this.hit;
    if (!task || at > Number.MAX_SAFE_INTEGER) return undefined;
    return this.parts.readMemory(task, Number(at), size);
  }

  /** Reads no further than the NUL: up to the end of a page at a time, so the next page need not be there. */
  readString(address: Long, limit: number): string | undefined {
    let text = "";
    for (let at = unsigned(address); text.length < limit; ) {
      const size = Math.min(text === "" ? SHORT : PAGE, limit - text.length, PAGE - Number(at % BigInt(PAGE)));
      const bytes = this.readMemory(long(at), size);
      if (!bytes) return undefined;
      const nul = bytes.indexOf(0);
      if (nul >= 0) return text + fromBytes(bytes.subarray(0, nul));
      text += fromBytes(bytes);
      at += BigInt(size);
    }
    return text;
  }

  fail(message: string): never {
    throw new ScriptError(message);
  }

  protected get probe(): ResolvedProbe {
    return this.prepared?.probe ?? bug("runtime/hit-context", "used outside of a hit");
  }

  get pc(): number {
    return this.hit.pc ?? this.hit.task?.pc ?? 0;
  }

  protected bias(): number {
    const spec = this.probe.spec;
    if (this.hit.bias !== undefined) return this.hit.bias;
    return spec.kind === "uprobe" && !spec.return ? this.pc - spec.address : 0;
  }
}

/** The smallest page of the machines utap knows: a mapping ends at a multiple of it. */
const PAGE = 4096;
/** Most strings end before; what is as short costs V8 much less. */
const SHORT = 64;
