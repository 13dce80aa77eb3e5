/** Signals as the events and functions of the kernel tell them; expected from Linux 6.6, beside each case. */
import { expect, test } from "vitest";
import type { Code } from "../../kernel/scripted/program.ts";
import { SIG } from "../../target/signals.ts";
import { MAIN, trace } from "./points-kit.ts";

const CHILD = MAIN + 1;
const USR1 = SIG.SIGUSR1!;
const SIG_BLOCK = 0;
const SIG_UNBLOCK = 1;

const handler: Code = function* (sys) {
  yield sys.getpid();
};

/** A mask of one signal, as bytes. */
function maskOf(signal: number): Uint8Array {
  return new Uint8Array(BigUint64Array.of(1n << BigInt(signal - 1)).buffer);
}

const sent = "signal_generate sig errno code pid group result";

test("what becomes of a signal", () => {
  const lines = trace(
    function* (sys) {
      const self = yield sys.getpid();
      // Ignored by default (SIGWINCH 28).
      yield sys.kill(self, 28);
      yield sys.rt_sigaction(USR1, [handler, 0, 0], 0, 8);
      yield sys.rt_sigprocmask(SIG_BLOCK, maskOf(USR1), 0, 8);
      yield sys.kill(self, USR1);
      yield sys.kill(self, USR1);
      yield sys.tkill(self, USR1);
      yield sys.rt_sigprocmask(SIG_UNBLOCK, maskOf(USR1), 0, 8);
      // The dead leader of a process that is still there: nobody takes it any more.
      const child = yield sys.fork(function* (s) {
        yield s.exit(0);
      });
      yield sys.waitid(1, child, 0, 4 | 0x0100_0000, 0);
      yield sys.kill(child, USR1);
      yield sys.kill(-self, 28);
      return 0;
    },
    [sent, "<-send_signal_locked sig type return", "signal_deliver sig code sa_handler"],
    { uid: 0, gid: 0 },
  );
  const code = /sa_handler=(\d+)/.exec(lines.find((line) => line.includes("deliver")) ?? "")?.[1];
  expect(lines.slice(0, -2)).toEqual([
    // TRACE_SIGNAL_IGNORED 1. kill is for the process: group, and PIDTYPE_TGID 1.
    `${MAIN}: signal_generate sig=28 errno=0 code=0 pid=${MAIN} group=1 result=1`,
    `${MAIN}: <-send_signal_locked sig=28 type=1 return=0`,
    // Delivered (0) means: queued; the second is pending already (2). tkill (SI_TKILL, -6) is for the thread, which has its own queue.
    `${MAIN}: signal_generate sig=10 errno=0 code=0 pid=${MAIN} group=1 result=0`,
    `${MAIN}: <-send_signal_locked sig=10 type=1 return=0`,
    `${MAIN}: signal_generate sig=10 errno=0 code=0 pid=${MAIN} group=1 result=2`,
    `${MAIN}: <-send_signal_locked sig=10 type=1 return=0`,
    `${MAIN}: signal_generate sig=10 errno=0 code=-6 pid=${MAIN} group=0 result=0`,
    `${MAIN}: <-send_signal_locked sig=10 type=0 return=0`,
    // The thread's own come first, then those of the process.
    `${MAIN}: signal_deliver sig=10 code=-6 sa_handler=${code}`,
    `${MAIN}: signal_deliver sig=10 code=0 sa_handler=${code}`,
    `${CHILD}: signal_generate sig=17 errno=0 code=1 pid=${MAIN} group=1 result=1`,
    `${CHILD}: <-send_signal_locked sig=17 type=1 return=0`,
    `${MAIN}: signal_generate sig=10 errno=0 code=0 pid=${CHILD} group=1 result=1`,
    `${MAIN}: <-send_signal_locked sig=10 type=1 return=0`,
    // kill(-group): the caller and the zombie, PIDTYPE_PGID 2.
    `${MAIN}: signal_generate sig=28 errno=0 code=0 pid=${MAIN} group=1 result=1`,
    `${MAIN}: <-send_signal_locked sig=28 type=2 return=0`,
    `${MAIN}: signal_generate sig=28 errno=0 code=0 pid=${CHILD} group=1 result=1`,
    `${MAIN}: <-send_signal_locked sig=28 type=2 return=0`,
  ]);
});

test("real-time signals queue until there is no room", () => {
  const lines = trace(
    function* (sys) {
      const self = yield sys.getpid();
      const RLIMIT_SIGPENDING = 11;
      yield sys.prlimit64(0, RLIMIT_SIGPENDING, new Uint8Array(BigUint64Array.of(2n, 2n).buffer), 0);
      yield sys.rt_sigprocmask(SIG_BLOCK, maskOf(40), 0, 8);
      const info = new Uint8Array(128);
      const view = new DataView(info.buffer);
      // si_errno, SI_QUEUE, si_pid, si_uid, si_value: they are told as they were given.
      [0, 5, -1, 0, 77, 8, 9].forEach((word, i) => void view.setInt32(4 * i, word, true));
      for (let i = 0; i < 3; i++) yield sys.rt_sigqueueinfo(self, 40, info);
      return 0;
    },
    [
      `${sent} info->si_pid info->si_uid info->si_status`,
      "<-send_signal_locked return",
      "sys_exit_rt_sigqueueinfo ret",
    ],
  );
  const values = `sig=40 errno=5 code=-1 pid=${MAIN} group=1`;
  const members = "info->si_pid=77 info->si_uid=8 info->si_status=9";
  expect(lines.slice(0, 9)).toEqual([
    `${MAIN}: signal_generate ${values} result=0 ${members}`,
    `${MAIN}: <-send_signal_locked return=0`,
    `${MAIN}: sys_exit_rt_sigqueueinfo ret=0`,
    `${MAIN}: signal_generate ${values} result=0 ${members}`,
    `${MAIN}: <-send_signal_locked return=0`,
    `${MAIN}: sys_exit_rt_sigqueueinfo ret=0`,
    // TRACE_SIGNAL_OVERFLOW_FAIL 3, EAGAIN 11.
    `${MAIN}: signal_generate ${values} result=3 ${members}`,
    `${MAIN}: <-send_signal_locked return=-11`,
    `${MAIN}: sys_exit_rt_sigqueueinfo ret=-11`,
  ]);
});

test("a handler: forced, generated, delivered, handled", () => {
  const lines = trace(
    function* (sys) {
      const SA_SIGINFO_NODEFER = 0x4000_0004;
      const child = yield sys.fork(function* (s, memory) {
        yield s.rt_sigaction(SIG.SIGSEGV!, [handler, SA_SIGINFO_NODEFER, 0], 0, 8);
        memory.u8(0x1000);
        yield s.exit(0);
      });
      yield sys.wait4(child, 0, 0, 0);
      return 0;
    },
    [
      "page_fault_user address error_code",
      "->force_sig_info_to_task info->si_signo info->si_code info->si_addr t->pid",
      sent,
      "<-force_sig_info_to_task return",
      "signal_deliver sig code sa_handler sa_flags ka->sa->sa_flags info->si_addr",
      "->handle_signal ksig->sig ksig->info->si_addr ksig->ka->sa->sa_flags",
      "->do_group_exit exit_code",
      "->do_exit code",
    ],
  ).filter((line) => line.startsWith(`${CHILD}:`));
  const from = lines.findIndex((line) => line.includes("address=4096"));
  const flags = 0x4000_0004;
  const deliver = (handlerAddress: string): string[] => [
    // SEGV_MAPERR is 1; the task alone is meant.
    `${CHILD}: ->force_sig_info_to_task info->si_signo=11 info->si_code=1 info->si_addr=4096 t->pid=${CHILD}`,
    `${CHILD}: signal_generate sig=11 errno=0 code=1 pid=${CHILD} group=0 result=0`,
    `${CHILD}: <-force_sig_info_to_task return=0`,
    `${CHILD}: signal_deliver sig=11 code=1 sa_handler=${handlerAddress} sa_flags=${flags} ka->sa->sa_flags=${flags} info->si_addr=4096`,
    `${CHILD}: ->handle_signal ksig->sig=11 ksig->info->si_addr=4096 ksig->ka->sa->sa_flags=${flags}`,
  ];
  const handlerAddress = /sa_handler=([1-9]\d*)/.exec(lines.join("\n"))?.[1] ?? "";
  // A load is exception 13 of riscv.
  expect(lines.slice(from, from + 6)).toEqual([
    `${CHILD}: page_fault_user address=4096 error_code=13`,
    ...deliver(handlerAddress),
  ]);
  // A JavaScript function whose access failed does not come back to it: it dies of the signal.
  expect(lines.slice(-3, -1)).toEqual([`${CHILD}: ->do_group_exit exit_code=11`, `${CHILD}: ->do_exit code=11`]);
});

test("SIGKILL wakes, and is delivered without a handler", () => {
  const lines = trace(
    function* (sys) {
      const child = yield sys.fork(function* (s) {
        yield s.ppoll(0, 0, 0, 0, 0);
      });
      yield sys.sched_yield();
      yield sys.kill(child, SIG.SIGKILL!);
      yield sys.wait4(child, 0, 0, 0);
      return 0;
    },
    [
      sent,
      "sched_wakeup pid",
      "signal_deliver sig sa_handler",
      "->do_group_exit exit_code",
      "->__do_sys_ppoll",
      "<-__do_sys_ppoll",
    ],
  );
  expect(lines.slice(0, 7)).toEqual([
    `${CHILD}: ->__do_sys_ppoll`,
    // complete_signal wakes before the event is told.
    `${MAIN}: sched_wakeup pid=${CHILD}`,
    `${MAIN}: signal_generate sig=9 errno=0 code=0 pid=${CHILD} group=1 result=0`,
    `${CHILD}: signal_deliver sig=9 sa_handler=0`,
    // The call never returns. CLD_KILLED is 2.
    `${CHILD}: ->do_group_exit exit_code=9`,
    `${CHILD}: signal_generate sig=17 errno=0 code=2 pid=${MAIN} group=1 result=1`,
    `${CHILD}: sched_wakeup pid=${MAIN}`,
  ]);
});

test("a timer of the kernel: the wake-up comes first", () => {
  const lines = trace(
    function* (sys) {
      yield sys.rt_sigaction(SIG.SIGALRM!, [handler, 0, 0], 0, 8);
      // it_interval, it_value: 10 µs.
      yield sys.setitimer(0, new Uint8Array(BigInt64Array.of(0n, 0n, 0n, 10n).buffer), 0);
      yield sys.ppoll(0, 0, 0, 0, 0);
      return 0;
    },
    [
      sent,
      "sched_wakeup pid",
      "signal_deliver sig code",
      "<-__do_sys_ppoll return",
      "->handle_signal",
      "<-handle_signal",
    ],
  );
  expect(lines.slice(0, 6)).toEqual([
    `idle: sched_wakeup pid=${MAIN}`,
    // Of the kernel itself: SI_KERNEL is 128.
    `idle: signal_generate sig=14 errno=0 code=128 pid=${MAIN} group=1 result=0`,
    // The call ends before the handler begins; what is -ERESTARTNOHAND in Linux, and becomes EINTR then, is EINTR here.
    `${MAIN}: <-__do_sys_ppoll return=-4`,
    `${MAIN}: signal_deliver sig=14 code=128`,
    `${MAIN}: ->handle_signal`,
    `${MAIN}: <-handle_signal`,
  ]);
});
