/** What is told of signals: sent, forced, delivered, handled. */
import { ERRNO } from "../../target/errno.ts";
import type { SignalAction } from "../process/process.ts";
import type { Task } from "../process/task.ts";
import type { SignalInfo } from "../signals/pending-signals.ts";
import { errnoOf, kSigactionStruct, ksignalStruct, siginfoStruct } from "./structures.ts";
import { taskStruct } from "./task-struct.ts";

/** What became of a signal that was sent: the names of Linux, TRACE_SIGNAL_… */
export const SENT = { DELIVERED: 0, IGNORED: 1, ALREADY_PENDING: 2, OVERFLOW_FAIL: 3 } as const;
export type Sent = (typeof SENT)[keyof typeof SENT];

/** For whom: one thread, a process, every process of a group. */
export const PIDTYPE = { PID: 0, TGID: 1, PGID: 2 } as const;
export type PidType = (typeof PIDTYPE)[keyof typeof PIDTYPE];

/** send_signal_locked: `send` does it. `task` is that of a thread, or the leader of a process. */
export function sendSignal(task: Task, info: SignalInfo, type: PidType, send: () => Sent): Sent {
  const { current, points } = task.machine;
  const { send_signal_locked } = points.functions;
  const { signal_generate } = points.events;
  const values = () => ({
    sig: info.signal,
    info: siginfoStruct(points.handles, info),
    t: taskStruct(task),
    type,
  });
  if (send_signal_locked.call.watched) send_signal_locked.call.fire(current, values());
  const result = send();
  if (signal_generate.watched) {
    signal_generate.fire(current, {
      sig: info.signal,
      info: siginfoStruct(points.handles, info),
      task: taskStruct(task),
      group: type === PIDTYPE.PID ? 0 : 1,
      result,
      errno: errnoOf(info),
      code: info.code,
      comm: task.execname,
      pid: task.tid,
    });
  }
  if (send_signal_locked.return.watched) {
    const error = result === SENT.OVERFLOW_FAIL ? -ERRNO.EAGAIN : 0;
    send_signal_locked.return.fire(current, { ...values(), return: error });
  }
  return result;
}

/** force_sig_info_to_task: `send` does it. */
export function forceSignal(task: Task, info: SignalInfo, send: () => Sent): void {
  const { current, points } = task.machine;
  const { force_sig_info_to_task } = points.functions;
  if (!force_sig_info_to_task.watched) {
    sendSignal(task, info, PIDTYPE.PID, send);
    return;
  }
  const values = { info: siginfoStruct(points.handles, info), t: taskStruct(task) };
  force_sig_info_to_task.call.fire(current, values);
  sendSignal(task, info, PIDTYPE.PID, send);
  force_sig_info_to_task.return.fire(current, { ...values, return: 0 });
}

/** A tracer has let it pass; now its action is taken. */
export function tellDelivery(task: Task, info: SignalInfo, action: SignalAction): void {
  const { events, handles } = task.machine.points;
  if (!events.signal_deliver.watched) return;
  events.signal_deliver.fire(task, {
    sig: info.signal,
    info: siginfoStruct(handles, info),
    ka: kSigactionStruct(handles, action),
    errno: errnoOf(info),
    code: info.code,
    sa_handler: action.handler,
    sa_flags: action.flags >>> 0,
  });
}

/** handle_signal: `run` does it. */
export function handleSignal(task: Task, info: SignalInfo, action: SignalAction, run: () => void): void {
  const { functions, handles } = task.machine.points;
  const { handle_signal } = functions;
  if (!handle_signal.watched) {
    run();
    return;
  }
  const values = { ksig: ksignalStruct(handles, { info, action }) };
  handle_signal.call.fire(task, values);
  run();
  handle_signal.return.fire(task, { ...values, return: 0 });
}
