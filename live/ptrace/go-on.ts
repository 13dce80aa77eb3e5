/**
 * From one stop to the next: a thread goes on, and the next status of any thread is waited for, in one call of machine
 * code that also looks at system calls; where there is none, or it must not be loaded, in separate calls.
 *
 * A thread that is to go on stands still until that call, or until anything else is asked of ptrace (`ptrace.ts` settles
 * it then). What nobody asks ptrace for sees it standing still: /proc, and so does a timer; `settle` is for them.
 */
import { at, bytes, offset } from "../ffi/arena.ts";
import { libc } from "../ffi/libc.ts";
import { loadMachineCode } from "../ffi/machine-code.ts";
import { goOnBlock } from "../machines/machine.ts";
import { hostMachine } from "../machines/machines.ts";

const __WALL = 0x4000_0000;
/** Children of other threads of this process are theirs. */
export const WAIT_OPTIONS = __WALL | 0x2000_0000;

const words = new Int32Array(bytes.buffer, offset.goOn, goOnBlock.size / 4);
const word = {
  request: goOnBlock.request / 4,
  tid: goOnBlock.tid / 4,
  signal: goOnBlock.signal / 4,
  status: goOnBlock.status / 4,
  waited: goOnBlock.waited / 4,
  /** Its first byte says what kind of stop it is, 0 for none. */
  info: goOnBlock.info / 4,
} as const;

let code: ((address: number) => number) | undefined;
let isLoaded = false;

/** The thread is let go when the next status is waited for. */
export function goOnSoon(request: number, tid: number, signal: number): void {
  settle();
  words[word.request] = request;
  words[word.tid] = tid;
  words[word.signal] = signal;
}

/** Whoever was to go on does. */
export function settle(): void {
  if (words[word.request] === 0) return;
  libc.ptrace(words[word.request]!, words[word.tid]!, 0, words[word.signal]!);
  words[word.request] = 0;
}

/** The tid that has something to report, its status in `statusOfAny`; -errno otherwise. */
export function goOnAndWait(): number {
  if (!isLoaded) {
    code = hostMachine?.goOn && loadMachineCode(hostMachine.goOn);
    isLoaded = true;
  }
  words[word.info] = 0;
  if (!code) {
    settle();
    return libc.wait4(-1, at.goOn + goOnBlock.status, WAIT_OPTIONS);
  }
  const found = code(at.goOn);
  words[word.request] = 0;
  return found;
}

export const statusOfAny = (): number => words[word.status]!;

/** Where in the arena the struct ptrace_syscall_info of a thread is that was waited for and stands still since. */
export function syscallInfoOf(tid: number): number | undefined {
  return words[word.waited] === tid && words[word.info] !== 0 ? offset.goOn + goOnBlock.info : undefined;
}

/** What is known of the last stop is no longer true. */
export function forgetInfo(): void {
  words[word.info] = 0;
}
