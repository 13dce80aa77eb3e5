/**
 * Restartable sequences: a word in user memory that says on which CPU a thread runs, and short stretches of code that
 * start anew when the thread was interrupted in them (rseq(2)).
 *
 * `syscalls/rseq.ts` registers; the scheduler calls `moveSequence` when a thread changes the CPU and `interruptSequence` when it
 * is given one again after others, and so does signal.ts before a handler runs.
 *
 *   struct rseq     u32 cpu_id_start, u32 cpu_id, u64 rseq_cs, u32 flags, …
 *   struct rseq_cs  u32 version, u32 flags, u64 start_ip, u64 post_commit_offset, u64 abort_ip
 */
import { SIG } from "../../target/signals.ts";
import type { Task } from "../process/task.ts";

export interface RestartableSequences {
  readonly pointer: number;
  readonly length: number;
  /** The word that stands before every abort_ip. */
  readonly signature: number;
}

const RSEQ_CS = 8;
const RSEQ_CS_SIZE = 32;

/** The thread goes on at another CPU. */
export function moveSequence(task: Task, cpu: number): void {
  task.cpu = cpu;
  const { rseq, mm } = task;
  if (rseq && mm.write(rseq.pointer, new Uint8Array(Uint32Array.of(cpu, cpu).buffer)) !== true) kill(task);
}

export function interruptSequence(task: Task): void {
  const { rseq, mm } = task;
  if (!rseq) return;
  const word = mm.read(rseq.pointer + RSEQ_CS, 8);
  if (!(word instanceof Uint8Array)) {
    kill(task);
    return;
  }
  const at = Number(viewOf(word).getBigUint64(0, true));
  if (at === 0) return;
  const sequence = mm.read(at, RSEQ_CS_SIZE);
  if (!(sequence instanceof Uint8Array)) {
    kill(task);
    return;
  }
  const view = viewOf(sequence);
  const [start = 0, length = 0, abort = 0] = [8, 16, 24].map((offset) => Number(view.getBigUint64(offset, true)));
  // Looked at even when the thread is not in it.
  const signature = mm.read(abort - 4, 4);
  if (!(signature instanceof Uint8Array) || viewOf(signature).getUint32(0, true) !== rseq.signature) {
    kill(task);
    return;
  }
  mm.write(rseq.pointer + RSEQ_CS, new Uint8Array(8));
  if (task.pc >= start && task.pc < start + length) task.pc = abort;
}

function kill(task: Task): void {
  task.rseq = undefined;
  task.machine.signals.force(task, task.machine.signals.fromKernel(SIG.SIGSEGV));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
