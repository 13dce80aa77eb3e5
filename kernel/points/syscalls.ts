/**
 * The points of system calls: raw_syscalls, `syscalls:sys_enter_NAME`, `syscalls:sys_exit_NAME`, and the functions
 * `__do_sys_NAME`, which are the handlers.
 *
 * `syscall.ts` calls `entered` and `returned`, while `watched` only. Points of one call are made when somebody asks for them.
 */
import { CALL_PREFIX, type KernelField, type KernelValue } from "../../target/kernel-points.ts";
import { syscallDefinition, syscallParameters } from "../../target/syscall-parameters.ts";
import { type SyscallRow, syscalls } from "../../target/syscalls.ts";
import type { CallInProgress, Task } from "../process/task.ts";
import { Point } from "./point.ts";

const kinds = ["syscalls:sys_enter_", "syscalls:sys_exit_", CALL_PREFIX] as const;

/** What can be asked for about one call. */
interface CallPoints {
  readonly parameters: readonly KernelField[];
  readonly enter: Point;
  readonly exit: Point;
  readonly call: Point;
  readonly return: Point;
}

export class SyscallPoints {
  /** Somebody listens to some of them. */
  watched = false;
  #count = 0;
  readonly #calls = new Map<SyscallRow, CallPoints>();

  makePoint(): Point {
    return new Point((watched) => {
      this.#count += watched ? 1 : -1;
      this.watched = this.#count > 0;
    });
  }

  /** The point `syscalls:sys_enter_NAME`, `syscalls:sys_exit_NAME` or `__do_sys_NAME`. */
  find(name: string, returns: boolean): Point | undefined {
    const kind = kinds.find((prefix) => name.startsWith(prefix));
    const row = kind && rowOf(name.slice(kind.length));
    if (!row) return undefined;
    const points = this.#pointsOf(row);
    if (kind === CALL_PREFIX) return returns ? points.return : points.call;
    return kind === "syscalls:sys_enter_" ? points.enter : points.exit;
  }

  /** The first time that the handler is about to run. `handled`: there is one. */
  entered(task: Task, call: CallInProgress, handled: boolean): void {
    const { sys_enter } = task.machine.points.events;
    const args = call.args.map((value) => BigInt.asUintN(64, value));
    if (sys_enter.watched) sys_enter.fire(task, { id: call.nr, args });
    const points = call.row && this.#calls.get(call.row);
    if (!points) return;
    const values = argumentsOf(points, call);
    if (points.enter.watched) points.enter.fire(task, { __syscall_nr: call.nr, ...values });
    if (!handled) return;
    call.functionEntered = points.call.watched || points.return.watched;
    if (points.call.watched) points.call.fire(task, values);
  }

  /** The result is known. */
  returned(task: Task, call: CallInProgress, result: bigint): void {
    const points = call.row && this.#calls.get(call.row);
    if (points?.return.watched && call.functionEntered) {
      points.return.fire(task, { ...argumentsOf(points, call), return: result });
    }
    const { sys_exit } = task.machine.points.events;
    if (sys_exit.watched) sys_exit.fire(task, { id: call.nr, ret: result });
    if (points?.exit.watched) points.exit.fire(task, { __syscall_nr: call.nr, ret: result });
  }

  #pointsOf(row: SyscallRow): CallPoints {
    let points = this.#calls.get(row);
    if (!points) {
      const parameters = syscallParameters(row, "riscv64");
      const [enter, exit, call] = [this.makePoint(), this.makePoint(), this.makePoint()];
      points = { parameters, enter, exit, call, return: this.makePoint() };
      this.#calls.set(row, points);
    }
    return points;
  }
}

function rowOf(definition: string): SyscallRow | undefined {
  return syscalls.find((row) => row.riscv64 !== undefined && syscallDefinition(row.name, "riscv64") === definition);
}

function argumentsOf({ parameters }: CallPoints, { args }: CallInProgress): { readonly [name: string]: KernelValue } {
  return Object.fromEntries(parameters.map(({ name, type }, i) => [name, convert(type, args[i]!)]));
}

function convert(type: string, register: bigint): KernelValue {
  if (type === "int") return Number(BigInt.asIntN(32, register));
  return type === "uint" ? Number(BigInt.asUintN(32, register)) : BigInt.asUintN(64, register);
}
