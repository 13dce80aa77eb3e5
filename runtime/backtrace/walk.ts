/**
 * Walks a user stack from the innermost frame outwards.
 *
 * Called by `backtraces.ts`. For each frame it takes the best there is: call frame information, then what a signal
 * frame, an entry or a linkage table is known by, then the frame pointer. It ends at a frame that says it has no caller,
 * at a return address of 0, where nothing is known, where the stack does not grow, and after `max` frames. Return
 * addresses that uprobes replaced are shown as the program made them.
 */
import { type RegisterSet, type UnwindMemory, type UnwoundFrame, unwindStep } from "../../debuginfo/unwind.ts";
import { guessByFramePointer, unwindEntry, unwindSignal } from "../../debuginfo/unwind-guess.ts";
import type { UnwindMachine } from "../../debuginfo/unwind-machine.ts";
import type { AddressMap, Place } from "./address-map.ts";
import type { ReplacedReturns } from "./replaced-returns.ts";

export interface Frame {
  readonly pc: bigint;
  /** Where a call returns to, so the call itself is before it; false where the frame was interrupted. */
  readonly isReturnAddress: boolean;
  /** Found by the frame pointer or a convention that may not hold. */
  readonly inexact: boolean;
}

export interface WalkParts {
  readonly machine: UnwindMachine;
  readonly memory: UnwindMemory;
  readonly map: AddressMap;
  readonly replaced: ReplacedReturns | undefined;
}

/** `start` is where the task is. */
export function walkStack(parts: WalkParts, start: UnwoundFrame, max: number): readonly Frame[] {
  const walker = new Walker(parts);
  const frames: { pc: bigint; isReturnAddress: boolean; inexact: boolean }[] = [
    { pc: start.pc, isReturnAddress: false, inexact: false },
  ];
  let at: Step | undefined = { ...start, interrupted: true, inexact: false, links: [] };
  while (frames.length < max) {
    at = walker.callerOf(at);
    if (!at) break;
    // Nobody called the code that a signal handler returns to: it is where it is, not before.
    if (at.interrupted) frames.at(-1)!.isReturnAddress = false;
    frames.push({ pc: at.pc, isReturnAddress: !at.interrupted, inexact: at.inexact });
  }
  return frames;
}

interface Step extends UnwoundFrame {
  /** The frame did not call: its pc is the next instruction. */
  readonly interrupted: boolean;
  /** Registers that calls below it put return addresses in: this frame's own is not there any more. */
  readonly links: readonly number[];
  readonly inexact: boolean;
}

class Walker {
  readonly #parts: WalkParts;
  /** Frames that signals interrupted: stacks of handlers may lie anywhere, but no frame comes twice. */
  readonly #interrupted = new Set<string>();

  constructor(parts: WalkParts) {
    this.#parts = parts;
  }

  callerOf(frame: Step): Step | undefined {
    const found = this.#step(frame);
    if (!found) return undefined;
    const caller = this.#withOwnReturn(found);
    return caller && caller.pc !== 0n && this.#grows(frame, caller) ? caller : undefined;
  }

  #step(frame: Step): Step | undefined {
    const { machine, memory } = this.#parts;
    const place = this.#placeOf(frame.interrupted ? frame.pc : frame.pc - 1n);
    const row = place?.module?.rowAt(place.linkAddress);
    if (!place || !row || (!frame.interrupted && this.#isEnd(place, frame.pc))) {
      const signal = unwindSignal(frame.pc, frame.registers, machine, memory);
      if (signal) return { ...signal, interrupted: true, inexact: false, links: [] };
    }
    if (!place || !row) return this.#guess(frame, place);
    const { returnAddressRegister: column, signalFrame } = row;
    const rule = row.rules.get(column)?.kind ?? "same-value";
    if (rule === "same-value" && frame.links.includes(column)) return undefined;
    const caller = unwindStep(frame.registers, row, machine, memory, BigInt(place.bias));
    const links = signalFrame ? [] : withLink(frame.links, column);
    return caller && { ...caller, interrupted: signalFrame, inexact: false, links };
  }

  /** The code that has call frame information ends right before `pc`. */
  #isEnd({ module, linkAddress }: Place, pc: bigint): boolean {
    return this.#parts.map.isCode(pc) && module?.rowAt(linkAddress + 1) === undefined;
  }

  #guess(frame: Step, place: Place | undefined): Step | undefined {
    const { machine, memory, map } = this.#parts;
    const entry = frame.interrupted ? unwindEntry(frame.registers, machine, memory) : undefined;
    const links = "register" in machine.atEntry ? withLink(frame.links, machine.atEntry.register) : frame.links;
    if (entry && place?.module && isAtEntry(place)) return { ...entry, interrupted: false, inexact: false, links };
    const isCode = (address: bigint): boolean => map.isCode(address);
    const caller = guessByFramePointer(frame.registers, machine, memory, isCode, frame.interrupted);
    if (caller) return { ...caller, interrupted: false, inexact: true, links };
    return entry && map.isCode(entry.pc) ? { ...entry, interrupted: false, inexact: true, links } : undefined;
  }

  #placeOf(pc: bigint): Place | undefined {
    return pc >= 0n && pc <= Number.MAX_SAFE_INTEGER ? this.#parts.map.findPlace(Number(pc)) : undefined;
  }

  /** A caller that would go on at the trampoline of return probes goes on elsewhere in the program's own mind. */
  #withOwnReturn(caller: Step): Step | undefined {
    const { replaced, machine } = this.#parts;
    if (!replaced?.isTrampoline(caller.pc)) return caller;
    const sp = caller.registers[machine.stackPointer];
    const own = sp === undefined ? undefined : replaced.take(sp - machine.entryToCfa);
    return own === undefined ? undefined : { ...caller, pc: own };
  }

  #grows(frame: Step, caller: Step): boolean {
    const before = stackPointer(frame.registers, this.#parts.machine);
    const after = stackPointer(caller.registers, this.#parts.machine);
    if (before === undefined || after === undefined) return false;
    if (caller.interrupted) {
      const key = `${caller.pc}:${after}`;
      const isNew = !this.#interrupted.has(key);
      this.#interrupted.add(key);
      return isNew;
    }
    // A call that keeps its return address in a register need not touch the stack.
    return after > before || (after === before && caller.links.length > frame.links.length);
  }
}

function withLink(links: readonly number[], register: number): readonly number[] {
  return links.includes(register) ? links : [...links, register];
}

function isAtEntry({ module, linkAddress }: Place): boolean {
  return module?.isLinkage(linkAddress) === true || module?.findName(linkAddress)?.offset === 0;
}

function stackPointer(registers: RegisterSet, machine: UnwindMachine): bigint | undefined {
  return registers[machine.stackPointer];
}
