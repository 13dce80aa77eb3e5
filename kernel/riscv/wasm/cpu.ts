/**
 * The CPU in WebAssembly: the generated interpreter for what is common, the reference semantics for what is not.
 *
 * Registers are in the pool while a run lasts (`layout.ts`). The interpreter leaves in front of an instruction that it
 * cannot finish: a trap, a page that the TLB does not know, a misaligned access, a rare case of floating point. Then
 * the function of that row of the instruction table runs on the same registers and the same memory, so whatever
 * is subtle is done in one place only.
 */
import type { AddressSpace } from "../../memory/address-space.ts";
import type { Frames } from "../../memory/frames.ts";
import { type WasmFunction, webAssembly } from "../../memory/webassembly.ts";
import { type Core, type CpuExit, FAR, TRAP } from "../core.ts";
import { CoreCpu } from "../core-cpu.ts";
import type { HartState } from "../hart.ts";
import { decode } from "../instructions.ts";
import { CodeCache } from "./code-cache.ts";
import { interpreterModule } from "./interpreter.ts";
import { REASON, STATE, USER_BITS } from "./layout.ts";

const USER_END = 2 ** USER_BITS;
const HIGH = 2 ** 32;
/** The engine replaces the interpreter by a faster version of it only between calls. */
const LONGEST_CALL = 1 << 20;

const BUDGET: CpuExit = { kind: "budget" };

let compiled: object | undefined;

/** The interpreter over one pool. */
interface Engine {
  readonly frames: Frames;
  readonly run: WasmFunction;
  readonly code: CodeCache;
}

export class WasmCpu extends CoreCpu {
  #engine: Engine | undefined;

  protected override enter(c: Core, state: HartState, mm: AddressSpace): void {
    if (this.#engine?.frames !== mm.frames) this.#engine = makeEngine(mm.frames);
    c.attachInPool(state, mm, STATE.x, STATE.f);
    c.x.set(state.x);
    c.x[0] = 0n;
    c.f.set(state.f);
    c.setPc(state.pc);
  }

  protected override leave(c: Core, state: HartState): void {
    state.x.set(c.x.subarray(0, 32));
    state.f.set(c.f);
  }

  protected override loop(c: Core, budget: number): CpuExit {
    const { run, code, frames } = this.#engine!;
    for (;;) {
      if (c.executed >= budget) return BUDGET;
      let reason: number = REASON.slow;
      if (c.pc >= 0 && c.pc < USER_END && c.pc % 2 === 0) {
        const most = Math.min(budget - c.executed, LONGEST_CALL);
        putState(frames.i32, c);
        reason = run(most, c.mm.tlb.at);
        takeState(frames.i32, c);
        c.executed += most - frames.i32[STATE.left >> 2]!;
      }
      if (reason === REASON.slow) {
        const exit = step(c);
        if (exit) return exit;
      } else if (reason === REASON.decode) {
        code.decode(c);
      } else if (reason === REASON.page && c.executed < budget) {
        code.enter(c);
      }
    }
  }
}

function makeEngine(frames: Frames): Engine {
  const { Module, Instance } = webAssembly!;
  compiled ??= new Module(interpreterModule());
  const { exports } = new Instance(compiled, { pool: { memory: frames.memory! } });
  return { frames, run: exports.run!, code: new CodeCache(frames) };
}

/** One instruction by the reference semantics; what it leaves with, if it does. */
function step(c: Core): CpuExit | undefined {
  const d = decode(c.fetchWord(c.pc));
  c.next = c.offset + d.length;
  d.execute(c, d);
  if (c.next === TRAP) return c.exit;
  c.executed++;
  c.setPc(c.next === FAR ? c.far : c.base + c.next);
  return undefined;
}

/** What the hart keeps outside of its registers. */
function putState(i32: Int32Array, c: Core): void {
  const { state } = c;
  const { reservation } = state;
  i32[STATE.pc >> 2] = c.pc;
  i32[(STATE.pc >> 2) + 1] = Math.floor(c.pc / HIGH);
  i32[STATE.fcsr >> 2] = state.fcsr;
  i32[STATE.reservation >> 2] = reservation < 0 ? -1 : reservation | (state.reservationSize >> 3);
  i32[(STATE.reservation >> 2) + 1] = Math.floor(reservation / HIGH);
}

function takeState(i32: Int32Array, c: Core): void {
  const { state } = c;
  const low = i32[STATE.reservation >> 2]!;
  const high = i32[(STATE.reservation >> 2) + 1]!;
  c.setPc(i32[(STATE.pc >> 2) + 1]! * HIGH + (i32[STATE.pc >> 2]! >>> 0));
  state.fcsr = i32[STATE.fcsr >> 2]!;
  state.reservation = high < 0 ? -1 : high * HIGH + ((low & ~1) >>> 0);
  if (high >= 0) state.reservationSize = (low & 1) !== 0 ? 8 : 4;
}
