/**
 * Ends a wait4 of this thread in time: for timers, and often enough to notice what the user wants.
 *
 * A POSIX timer sends a real-time signal to this thread alone; its handler is a function of the C library that does
 * nothing, installed without SA_RESTART, so wait4 answers EINTR. It repeats itself, so a signal that comes just
 * before the wait begins is made good by the next one.
 */
import { at, bytes, offset, putWord, view } from "./ffi/arena.ts";
import { libc } from "./ffi/libc.ts";
import { hostSyscall } from "./host-syscall.ts";

const SIGNAL = 44;
const CLOCK_MONOTONIC = 1;
const SIGEV_THREAD_ID = 4;
/** Nanoseconds between looks at what is not an event. */
const PERIOD = 40e6;

export class Wake {
  readonly #id: number;
  #armedFor = Number.NaN;

  constructor() {
    const { small } = offset;
    bytes.fill(0, small, small + 256);
    // struct sigaction: the handler first, no flags.
    putWord(small, libc.dlsym("abs"));
    libc.sigaction(SIGNAL, at.small);
    bytes.fill(0, small, small + 256);
    // struct sigevent: value, signo, notify, thread.
    view.setInt32(small + 8, SIGNAL, true);
    view.setInt32(small + 12, SIGEV_THREAD_ID, true);
    view.setInt32(small + 16, hostSyscall("gettid"), true);
    libc.timer_create(CLOCK_MONOTONIC, at.small, at.small + 128);
    this.#id = view.getInt32(small + 128, true);
  }

  /** From now on wakes up `delay` nanoseconds from now at the latest; `due` names that moment. */
  arm(due: number, delay: number): void {
    if (due === this.#armedFor) return;
    this.#armedFor = due;
    const first = Math.max(1000, Math.min(delay, PERIOD));
    const { small } = offset;
    // struct itimerspec: interval, value.
    putWord(small, 0);
    putWord(small + 8, delay < PERIOD ? 1e6 : PERIOD);
    putWord(small + 16, 0);
    putWord(small + 24, first);
    libc.timer_settime(this.#id, 0, at.small);
  }

  /** The moment has passed. */
  passed(): void {
    this.#armedFor = Number.NaN;
  }

  close(): void {
    libc.timer_delete(this.#id);
  }
}
