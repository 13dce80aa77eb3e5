/**
 * User-space backtraces and names of addresses for a session: what `BuiltinHost` offers of them is answered here.
 *
 * Made once by `runtime/session.ts`, where the composition root gave it `makeBacktraces`, asked by `runtime/context.ts`. Works on the stopped task of a hit, through its
 * registers, its memory and the files it has mapped; nothing is prepared before somebody asks, so a script without
 * backtraces pays nothing.
 */
import type { AddressName, SourcePlace } from "../../abi/addresses.ts";
import { limits } from "../../base/limits.ts";
import { findUnwindMachine } from "../../debuginfo/unwind-machine.ts";
import type { Target, Task } from "../../target/target.ts";
import type { ReadMemory } from "../variables.ts";
import { AddressMap, type Place } from "./address-map.ts";
import { Modules } from "./module.ts";
import { type OpenReturns, ReplacedReturns } from "./replaced-returns.ts";
import { StackMemory } from "./stack-memory.ts";
import { type Frame, walkStack } from "./walk.ts";

export interface BacktraceParts {
  readonly target: Target;
  readonly readMemory: ReadMemory;
  /** The calls of a task whose return address is not the program's own. */
  readonly openReturns: (task: Task) => OpenReturns | undefined;
}

/** Registers to begin with instead of the task's own. */
export interface OtherStart {
  readonly sp: bigint;
  readonly fp: bigint;
}

export type MakeBacktraces = (parts: BacktraceParts) => Backtraces;

export const makeBacktraces: MakeBacktraces = (parts) => new Backtraces(parts);

export class Backtraces {
  readonly #parts: BacktraceParts;
  #known: Modules | undefined;

  constructor(parts: BacktraceParts) {
    this.#parts = parts;
  }

  /** Innermost first, at most `max`, at least the one at `pc`. */
  walk(task: Task, pc: bigint, max: number, other?: OtherStart): readonly Frame[] {
    const machine = findUnwindMachine(this.#parts.target.arch.name);
    if (!machine) return [{ pc, isReturnAddress: false, inexact: false }];
    const registers = Array.from({ length: machine.registers }, (_, n) => task.readRegister(n));
    if (other) {
      registers[machine.stackPointer] = other.sp;
      registers[machine.framePointer] = other.fp;
    }
    const open = this.#parts.openReturns(task);
    const parts = {
      machine,
      memory: new StackMemory((address, size) => this.#parts.readMemory(task, address, size)),
      map: new AddressMap(task.mm, this.#modules),
      replaced: open && new ReplacedReturns(open),
    };
    return walkStack(parts, { pc, registers }, Math.min(max, limits.maxBacktrace));
  }

  /** `isReturnAddress`: the call before the address is what is asked about, its offset counts to the address. */
  nameOf(task: Task, address: bigint, isReturnAddress: boolean): AddressName {
    const { place, map, back } = this.#find(task, address, isReturnAddress);
    const path = place?.module?.path ?? place?.mapping.file?.path;
    const found = place?.module?.findName(place.linkAddress);
    const symbol = found && { ...found, offset: found.offset + back };
    if (!place || path === undefined) return symbol ? { symbol } : {};
    const { start, end } = map.extent(place.mapping);
    return { ...(symbol && { symbol }), module: { path, offset: Number(address) - start, size: end - start } };
  }

  placeOf(task: Task, address: bigint, isReturnAddress: boolean): SourcePlace | undefined {
    const { place } = this.#find(task, address, isReturnAddress);
    return place?.module?.findPlace(place.linkAddress);
  }

  get #modules(): Modules {
    this.#known ??= new Modules(this.#parts.target.files);
    return this.#known;
  }

  #find(task: Task, address: bigint, isReturnAddress: boolean): { place?: Place; map: AddressMap; back: 0 | 1 } {
    const map = new AddressMap(task.mm, this.#modules);
    const back = isReturnAddress && address > 0n ? 1 : 0;
    const place = address <= Number.MAX_SAFE_INTEGER ? map.findPlace(Number(address) - back) : undefined;
    return { map, back, ...(place && { place }) };
  }
}
