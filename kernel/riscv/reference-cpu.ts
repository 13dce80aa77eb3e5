/**
 * The reference CPU: one call of the row's semantics an instruction, on pairs of 32-bit words and bigints.
 *
 * It is the oracle of the other one, and what runs where there is no WebAssembly.
 *
 * Decoded records are cached by physical frame and its generation, so processes that share a frame share them, and
 * a write to the frame, by whomever, makes them stale (`memory/frames.ts`). An instruction that lies in two pages is
 * fetched anew each time.
 */
import type { AddressSpace } from "../memory/address-space.ts";
import { type Frames, PAGE_SIZE } from "../memory/frames.ts";
import { type Core, type CpuExit, type Decoded, FAR, TRAP } from "./core.ts";
import { CoreCpu } from "./core-cpu.ts";
import type { HartState } from "./hart.ts";
import { decode } from "./instructions.ts";

/** What was decoded from a frame: records by halfword. */
interface CodePage {
  readonly generation: number;
  readonly records: (Decoded | undefined)[];
}

const BUDGET: CpuExit = { kind: "budget" };

export class ReferenceCpu extends CoreCpu {
  #frames: Frames | undefined;
  /** By frame. */
  #codePages: (CodePage | undefined)[] = [];

  protected override enter(c: Core, state: HartState, mm: AddressSpace): void {
    if (this.#frames !== mm.frames) {
      this.#frames = mm.frames;
      this.#codePages = [];
    }
    c.attach(state, mm);
    c.setPc(state.pc);
  }

  protected override leave(): void {
    // The registers of the core are the hart's.
  }

  protected override loop(c: Core, budget: number): CpuExit {
    let { pc } = c;
    for (;;) {
      c.setPc(pc);
      if (c.executed >= budget) return BUDGET;
      const records = this.#recordsOf(c, pc);
      for (;;) {
        const offset = c.offset;
        const d = records[offset >> 1] ?? decodeAt(c, records);
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
  #recordsOf(c: Core, pc: number): (Decoded | undefined)[] {
    const { frames } = c.mm;
    const frame = c.fetchFrame(pc);
    const known = this.#codePages[frame];
    const generation = frames.generation[frame]!;
    if (known?.generation === generation && frames.isWatched(frame)) return known.records;
    frames.watch(frame);
    const records = new Array(PAGE_SIZE / 2).fill(undefined);
    this.#codePages[frame] = { generation, records };
    return records;
  }
}

/** Decodes the instruction at `c.offset`. */
function decodeAt(c: Core, records: (Decoded | undefined)[]): Decoded {
  const d = decode(c.fetchWord(c.pc));
  if (c.offset + d.length <= PAGE_SIZE) records[c.offset >> 1] = d;
  return d;
}
