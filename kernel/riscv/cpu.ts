/**
 * The reference CPU: runs a hart in an address space, instruction by instruction, exactly.
 *
 * The scheduler calls `run` with a budget of instructions; it never retires more, and the state is the same however
 * a run is cut into slices. Every exit but "budget" leaves pc at the instruction that caused it, with no effect of
 * that instruction; the kernel adds 4 after an ecall.
 *
 * Decoded records are cached by physical frame and its generation, so processes that share a frame share them, and
 * a write to the frame, by whomever, makes them stale (`memory/frames.ts`). An instruction that lies in two pages is
 * decoded anew each time.
 */
import { type AddressSpace, faultCause } from "../memory/address-space.ts";
import { type Frames, PAGE_SHIFT, PAGE_SIZE } from "../memory/frames.ts";
import { TLB_MASK } from "../memory/tlb.ts";
import { Core, type CpuExit, type Decoded, FAR, FAULT, TRAP } from "./core.ts";
import type { HartState } from "./hart.ts";
import { decode, instructionLength } from "./instructions.ts";

export type { CpuExit } from "./core.ts";
export { HartState } from "./hart.ts";

/** What was decoded from a frame: records by halfword. */
interface CodePage {
  readonly frame: number;
  readonly generation: number;
  readonly records: (Decoded | undefined)[];
}

const BUDGET: CpuExit = { kind: "budget" };

export class Cpu {
  /** Instructions retired by the last run. */
  executed = 0;
  readonly #core = new Core();
  #frames: Frames | undefined;
  /** By frame. */
  #codePages: (CodePage | undefined)[] = [];

  /** What `rdtime` reads. */
  set timeSource(source: () => bigint) {
    this.#core.timeSource = source;
  }

  run(state: HartState, mm: AddressSpace, budget: number): CpuExit {
    if (this.#frames !== mm.frames) {
      this.#frames = mm.frames;
      this.#codePages = [];
    }
    const c = this.#core;
    c.attach(state, mm);
    c.executed = 0;
    let exit: CpuExit;
    try {
      exit = this.#loop(c, budget);
    } catch (thrown) {
      if (thrown !== FAULT) throw thrown;
      exit = c.exit;
    }
    state.pc = c.pc;
    if (exit.kind === "ecall") state.breakReservation();
    this.executed = c.executed;
    c.retired += c.executed;
    return exit;
  }

  /** Leaves `c.base + c.offset` at the instruction to go on with. */
  #loop(c: Core, budget: number): CpuExit {
    let pc = c.state.pc;
    for (;;) {
      c.base = Math.floor(pc / PAGE_SIZE) * PAGE_SIZE;
      c.offset = pc - c.base;
      if (c.executed >= budget) return BUDGET;
      const { records, frame } = this.#codePage(c, pc);
      for (;;) {
        const offset = c.offset;
        const d = records[offset >> 1] ?? this.#decode(c, records, frame);
        c.next = offset + d.length;
        d.execute(c, d);
        const next = c.next;
        if (next >= 0 && next < PAGE_SIZE) {
          c.offset = next;
          if (++c.executed >= budget) return BUDGET;
          continue;
        }
        if (next === TRAP) return c.exit;
        c.executed++;
        pc = next === FAR ? c.far : c.base + next;
        break;
      }
    }
  }

  /** The decoded records of the page of `pc`. */
  #codePage(c: Core, pc: number): CodePage {
    const { mm } = c;
    const frame = fetchFrame(c, pc);
    const known = this.#codePages[frame];
    const generation = mm.frames.generation[frame]!;
    if (known?.generation === generation && mm.frames.isWatched(frame)) return known;
    mm.frames.watch(frame);
    c.memoryChanged();
    const fresh: CodePage = { frame, generation, records: new Array(PAGE_SIZE / 2).fill(undefined) };
    this.#codePages[frame] = fresh;
    return fresh;
  }

  /** Decodes the instruction at `c.offset` of a frame. */
  #decode(c: Core, records: (Decoded | undefined)[], frame: number): Decoded {
    const { frames } = c.mm;
    const at = ((frame << PAGE_SHIFT) + c.offset) >> 1;
    const low = frames.u16[at]!;
    if (instructionLength(low) === 2) return (records[c.offset >> 1] = decode(low));
    if (c.offset + 4 <= PAGE_SIZE) return (records[c.offset >> 1] = decode(low | (frames.u16[at + 1]! << 16)));
    const rest = fetchFrame(c, c.base + PAGE_SIZE);
    return decode(low | (c.mm.frames.u16[(rest << PAGE_SHIFT) >> 1]! << 16));
  }
}

/** The frame that holds an instruction's page, through the TLB; faults. */
function fetchFrame(c: Core, address: number): number {
  const page = Math.floor(address / PAGE_SIZE);
  const slot = page & TLB_MASK;
  const { tlb } = c.mm;
  if (page >= 0 && tlb.fetchTags[slot] === page) return tlb.fetchFrames[slot]!;
  const frame = c.mm.translate(page, "fetch");
  if (frame < 0) c.fault("fetch", address, faultCause(frame));
  c.memoryChanged();
  tlb.fetchTags[slot] = page;
  tlb.fetchFrames[slot] = frame;
  return frame;
}
