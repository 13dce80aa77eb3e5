/**
 * What happens to tasks, as the events and functions of the kernel tell it: in which order, in whose context, with which
 * values. What is expected is reasoned from Linux 6.6, beside each case; only tids and times are the model's.
 */
import { describe, expect, test } from "vitest";
import type { Body, Sys } from "../../kernel/scripted/program.ts";
import { SIG } from "../../target/signals.ts";
import { MAIN, trace } from "./points-kit.ts";

const CHILD = MAIN + 1;
const CLONE_VFORK = 0x4000;

describe("lives of processes", () => {
  test("fork, exit, wait", () => {
    const lines = trace(
      function* (sys) {
        const child = yield sys.fork(function* (s) {
          yield s.exit_group(7);
        });
        yield sys.wait4(child, 0, 0, 0);
        return 0;
      },
      [
        "->kernel_clone args->flags args->exit_signal",
        "<-kernel_clone return",
        "sched_process_fork parent_pid child_comm child_pid",
        "sched_wakeup_new pid target_cpu",
        "sched_wakeup pid",
        "sched_switch prev_pid prev_state next_pid",
        "sched_process_wait pid",
        "->do_group_exit exit_code",
        "->do_exit code",
        "sched_process_exit pid",
        "signal_generate sig code pid group result",
        "->release_task p->pid p->exit_code p->exit_state",
        "sched_process_free pid",
      ],
    );
    expect(lines).toEqual(
      [
        `idle: sched_switch prev_pid=0 prev_state=0 next_pid=${MAIN}`,
        // clone(SIGCHLD): the signal is no flag. The child is told of before it is woken, both by the parent.
        `${MAIN}: ->kernel_clone args->flags=0 args->exit_signal=17`,
        `${MAIN}: sched_process_fork parent_pid=${MAIN} child_comm=program child_pid=${CHILD}`,
        `${MAIN}: sched_wakeup_new pid=${CHILD} target_cpu=0`,
        `${MAIN}: <-kernel_clone return=${CHILD}`,
        // wait4 says what it waits for once, however often it looks. A wait for children is interruptible: 1.
        `${MAIN}: sched_process_wait pid=${CHILD}`,
        `${MAIN}: sched_switch prev_pid=${MAIN} prev_state=1 next_pid=${CHILD}`,
        `${CHILD}: ->do_group_exit exit_code=1792`,
        `${CHILD}: ->do_exit code=1792`,
        `${CHILD}: sched_process_exit pid=${CHILD}`,
        // exit_notify: SIGCHLD (CLD_EXITED is 1) for the process of the parent, which ignores it, result 1; then the wait ends.
        `${CHILD}: signal_generate sig=17 code=1 pid=${MAIN} group=1 result=1`,
        `${CHILD}: sched_wakeup pid=${MAIN}`,
        // EXIT_ZOMBIE is 32. A parent that takes a zombie away first makes it EXIT_DEAD, 16, so that nobody else does.
        `${CHILD}: sched_switch prev_pid=${CHILD} prev_state=32 next_pid=${MAIN}`,
        `${MAIN}: ->release_task p->pid=${CHILD} p->exit_code=1792 p->exit_state=16`,
        `${MAIN}: sched_process_free pid=${CHILD}`,
      ].concat([
        `${MAIN}: ->do_group_exit exit_code=0`,
        `${MAIN}: ->do_exit code=0`,
        `${MAIN}: sched_process_exit pid=${MAIN}`,
        // The leader of the session ends: SIGHUP for the foreground, which is itself, and it is not there any more.
        `${MAIN}: signal_generate sig=1 code=128 pid=${MAIN} group=1 result=1`,
        // Its parent is init, of which the model has no process: it is reaped at once, EXIT_DEAD is 16.
        `${MAIN}: ->release_task p->pid=${MAIN} p->exit_code=0 p->exit_state=16`,
        // Freed when it is off the CPU.
        `${MAIN}: sched_switch prev_pid=${MAIN} prev_state=16 next_pid=0`,
        `idle: sched_process_free pid=${MAIN}`,
      ]),
    );
  });

  test("children that nobody waits for end without a signal, and are gone at once", () => {
    const lines = trace(
      function* (sys) {
        // SIG_IGN for SIGCHLD.
        yield sys.rt_sigaction(SIG.SIGCHLD!, [1, 0, 0], 0, 8);
        yield sys.fork(function* (s) {
          yield s.exit(0);
        });
        yield sys.wait4(-1, 0, 0, 0);
        return 0;
      },
      ["signal_generate sig", "->release_task p->pid", "sched_process_free pid", "sched_switch prev_pid prev_state"],
    );
    const from = lines.indexOf(`${MAIN}: sched_switch prev_pid=${MAIN} prev_state=1`);
    expect(lines.slice(from, from + 4)).toEqual([
      `${MAIN}: sched_switch prev_pid=${MAIN} prev_state=1`,
      // do_notify_parent: ignored on purpose, so there is no signal and the child releases itself.
      `${CHILD}: ->release_task p->pid=${CHILD}`,
      `${CHILD}: sched_switch prev_pid=${CHILD} prev_state=16`,
      // The stack of the dead goes after the switch, in the context of who comes next.
      `${MAIN}: sched_process_free pid=${CHILD}`,
    ]);
  });

  test("what a wait waits for", () => {
    const lines = trace(
      function* (sys) {
        const child = yield sys.fork(function* (s) {
          yield s.setpgid(0, 0);
          yield s.exit(0);
        });
        yield sys.sched_yield();
        yield sys.wait4(-child, 0, 0, 0);
        yield sys.wait4(-1, 0, 0, 0);
        yield sys.wait4(0, 0, 1, 0);
        yield sys.wait4(4321, 0, 0, 0);
        yield sys.waitid(0, 0, 0, 0x0400_0000, 0);
        return 0;
      },
      ["sched_process_wait comm pid prio", "<-__do_sys_wait4 upid return"],
    );
    expect(lines).toEqual([
      `${MAIN}: sched_process_wait comm=program pid=${CHILD} prio=120`,
      `${MAIN}: <-__do_sys_wait4 upid=${-CHILD} return=${CHILD}`,
      // Any child is no pid at all; there is none any more (ECHILD).
      `${MAIN}: sched_process_wait comm=program pid=0 prio=120`,
      `${MAIN}: <-__do_sys_wait4 upid=-1 return=-10`,
      // The group of the caller.
      `${MAIN}: sched_process_wait comm=program pid=${MAIN} prio=120`,
      `${MAIN}: <-__do_sys_wait4 upid=0 return=-10`,
      // No such process: find_get_pid gives nothing. waitid refuses its flags before it waits.
      `${MAIN}: sched_process_wait comm=program pid=0 prio=120`,
      `${MAIN}: <-__do_sys_wait4 upid=4321 return=-10`,
    ]);
  });

  test("vfork: the parent is in kernel_clone until its memory is back", () => {
    const lines = trace(
      function* (sys) {
        yield sys.vfork(function* (s) {
          yield s.exit(0);
        });
        return 0;
      },
      [
        "->kernel_clone args->flags",
        "<-kernel_clone return",
        "->__do_sys_clone",
        "<-__do_sys_clone return",
        "sched_switch prev_pid prev_state prev->__state next_pid",
        "sched_process_exit pid",
      ],
    ).slice(1, 8);
    expect(lines).toEqual([
      `${MAIN}: ->__do_sys_clone`,
      `${MAIN}: ->kernel_clone args->flags=${CLONE_VFORK | 0x100}`,
      // TASK_UNINTERRUPTIBLE 2; with TASK_WAKEKILL 0x100, which the event does not show.
      `${MAIN}: sched_switch prev_pid=${MAIN} prev_state=2 prev->__state=258 next_pid=${CHILD}`,
      `${CHILD}: sched_process_exit pid=${CHILD}`,
      `${CHILD}: sched_switch prev_pid=${CHILD} prev_state=32 prev->__state=128 next_pid=${MAIN}`,
      `${MAIN}: <-kernel_clone return=${CHILD}`,
      `${MAIN}: <-__do_sys_clone return=${CHILD}`,
    ]);
  });

  const other = {
    *main(sys: Sys): Body {
      yield sys.getpid();
    },
  };

  test("execve of a script: the name that was given, and the interpreter that runs", () => {
    const lines = trace(
      function* (sys) {
        yield sys.execve("/nowhere", ["nowhere", 0], [0]);
        yield sys.execve("/tmp/script", ["script", "one", 0], ["A=1", 0]);
        return 0;
      },
      [
        "->bprm_execve filename->name bprm->interp bprm->argc bprm->envc",
        "<-bprm_execve bprm->filename bprm->interp bprm->argc return",
        "sched_process_exec filename pid old_pid p->comm",
        "<-__do_sys_execve return",
        "sys_exit_execve ret",
      ],
      { programs: { "/other": other }, executables: { "/tmp/script": Buffer.from("#! /other -x\n") } },
    );
    expect(lines).toEqual([
      `${MAIN}: ->bprm_execve filename->name=/nowhere bprm->interp=/nowhere bprm->argc=1 bprm->envc=0`,
      `${MAIN}: <-bprm_execve bprm->filename=/nowhere bprm->interp=/nowhere bprm->argc=1 return=-2`,
      `${MAIN}: <-__do_sys_execve return=-2`,
      `${MAIN}: sys_exit_execve ret=-2`,
      `${MAIN}: ->bprm_execve filename->name=/tmp/script bprm->interp=/tmp/script bprm->argc=2 bprm->envc=1`,
      // The name of the task is that of the script.
      `${MAIN}: sched_process_exec filename=/tmp/script pid=${MAIN} old_pid=${MAIN} p->comm=script`,
      // /other -x /tmp/script one
      `${MAIN}: <-bprm_execve bprm->filename=/tmp/script bprm->interp=/other bprm->argc=4 return=0`,
      `${MAIN}: <-__do_sys_execve return=0`,
      `${MAIN}: sys_exit_execve ret=0`,
    ]);
  });

  test("execve of a thread: it becomes the leader", () => {
    const lines = trace(
      function* (sys, memory) {
        const stack = memory.alloc(4096);
        yield sys.thread(function* (s) {
          yield s.execve("/other", ["other", 0], [0]);
        }, stack + 4096);
        yield sys.ppoll(0, 0, 0, 0, 0);
        return 0;
      },
      [
        "sched_process_exec pid old_pid p->pid p->tgid",
        "sched_process_exit pid p->exit_signal",
        "->release_task p->pid",
        "sched_process_fork child_pid child->tgid child->exit_signal",
      ],
      { programs: { "/other": other } },
    );
    expect(lines).toEqual([
      `${MAIN}: sched_process_fork child_pid=${CHILD} child->tgid=${MAIN} child->exit_signal=-1`,
      `${MAIN}: sched_process_exit pid=${MAIN} p->exit_signal=17`,
      `${CHILD}: ->release_task p->pid=${MAIN}`,
      // From now on it has the tid of the leader.
      `${MAIN}: sched_process_exec pid=${MAIN} old_pid=${CHILD} p->pid=${MAIN} p->tgid=${MAIN}`,
      `${MAIN}: sched_process_exit pid=${MAIN} p->exit_signal=17`,
      `${MAIN}: ->release_task p->pid=${MAIN}`,
    ]);
  });
});

describe("the scheduler", () => {
  test("sleeping: the idle task has the CPU, and what wakes is the interrupt of the timer", () => {
    const lines = trace(
      function* (sys) {
        yield sys.nanosleep([0, 1000], 0);
        return 0;
      },
      [
        "sched_switch preempt prev_comm prev_state next_comm next_prio",
        "sched_waking pid",
        "sched_wakeup pid",
        "->wake_up_process p->pid p->__state",
        "->try_to_wake_up p->__state",
        "<-try_to_wake_up p->__state return",
        "<-wake_up_process return",
      ],
    );
    expect(lines.slice(1, 9)).toEqual([
      `${MAIN}: sched_switch preempt=0 prev_comm=program prev_state=1 next_comm=swapper/0 next_prio=120`,
      `idle: ->wake_up_process p->pid=${MAIN} p->__state=1`,
      "idle: ->try_to_wake_up p->__state=1",
      `idle: sched_waking pid=${MAIN}`,
      `idle: sched_wakeup pid=${MAIN}`,
      "idle: <-try_to_wake_up p->__state=0 return=1",
      "idle: <-wake_up_process return=1",
      "idle: sched_switch preempt=0 prev_comm=swapper/0 prev_state=0 next_comm=program next_prio=120",
    ]);
  });

  test("who is preempted or yields is running, and alone nobody is switched", () => {
    const lines = trace(
      function* (sys) {
        yield sys.work(25_000);
        const child = yield sys.fork(function* (s) {
          yield s.work(15_000);
          yield s.exit(0);
        });
        yield sys.sched_yield();
        yield sys.wait4(child, 0, 0, 0);
        return 0;
      },
      ["sched_switch preempt prev_pid prev_state next_pid"],
      { quantum: 10_000 },
    );
    expect(lines).toEqual([
      `idle: sched_switch preempt=0 prev_pid=0 prev_state=0 next_pid=${MAIN}`,
      `${MAIN}: sched_switch preempt=0 prev_pid=${MAIN} prev_state=0 next_pid=${CHILD}`,
      // Preempted on its way to user mode: on Linux "R", as against the "R+" of one that is preempted within the kernel.
      `${CHILD}: sched_switch preempt=0 prev_pid=${CHILD} prev_state=0 next_pid=${MAIN}`,
      `${MAIN}: sched_switch preempt=0 prev_pid=${MAIN} prev_state=1 next_pid=${CHILD}`,
      `${CHILD}: sched_switch preempt=0 prev_pid=${CHILD} prev_state=32 next_pid=${MAIN}`,
      `${MAIN}: sched_switch preempt=0 prev_pid=${MAIN} prev_state=16 next_pid=0`,
    ]);
  });

  test("two CPUs: each has an idle task", () => {
    const lines = trace(
      function* (sys) {
        const child = yield sys.fork(function* (s) {
          yield s.work(100_000);
          yield s.exit(0);
        });
        yield sys.work(10_000);
        yield sys.wait4(child, 0, 0, 0);
        return 0;
      },
      ["sched_switch prev_comm prev_state next_comm next_pid", "sched_wakeup pid target_cpu"],
      { cpus: 2 },
    );
    expect(lines).toEqual([
      `idle: sched_switch prev_comm=swapper/0 prev_state=0 next_comm=program next_pid=${MAIN}`,
      // The child need not wait: another CPU is free.
      `idle: sched_switch prev_comm=swapper/1 prev_state=0 next_comm=program next_pid=${CHILD}`,
      `${MAIN}: sched_switch prev_comm=program prev_state=1 next_comm=swapper/0 next_pid=0`,
      // Woken by the child on its CPU, the parent goes back to its own; then the child is off.
      `${CHILD}: sched_wakeup pid=${MAIN} target_cpu=0`,
      `idle: sched_switch prev_comm=swapper/0 prev_state=0 next_comm=program next_pid=${MAIN}`,
      `${CHILD}: sched_switch prev_comm=program prev_state=32 next_comm=swapper/1 next_pid=0`,
      `${MAIN}: sched_switch prev_comm=program prev_state=16 next_comm=swapper/0 next_pid=0`,
    ]);
  });

  test("a futex wakes one task: wake_up_process; the end of a process ends its threads", () => {
    const lines = trace(
      function* (sys, memory) {
        const word = memory.alloc(16);
        const stack = memory.alloc(4096);
        const FUTEX_WAIT_PRIVATE = 128;
        const FUTEX_WAKE_PRIVATE = 129;
        yield sys.thread(function* (s) {
          yield s.futex(word, FUTEX_WAIT_PRIVATE, 0, 0, 0, 0);
          yield s.ppoll(0, 0, 0, 0, 0);
        }, stack + 4096);
        yield sys.sched_yield();
        yield sys.futex(word, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
        yield sys.sched_yield();
        yield sys.exit_group(3);
        return 0;
      },
      [
        "<-wake_up_process p->pid return",
        "<-__do_sys_futex return",
        "sched_wakeup pid",
        "->do_group_exit exit_code",
        "->do_exit code",
        "sched_process_exit pid p->exit_code",
        "->release_task p->pid",
      ],
    );
    expect(lines).toEqual([
      `${MAIN}: sched_wakeup pid=${CHILD}`,
      `${MAIN}: <-wake_up_process p->pid=${CHILD} return=1`,
      `${MAIN}: <-__do_sys_futex return=1`,
      `${CHILD}: <-__do_sys_futex return=0`,
      // 3 << 8 for everybody. The thread was asleep; it goes first, as itself, and nobody waits for threads.
      `${MAIN}: ->do_group_exit exit_code=768`,
      `${MAIN}: sched_wakeup pid=${CHILD}`,
      `${CHILD}: ->do_exit code=768`,
      `${CHILD}: sched_process_exit pid=${CHILD} p->exit_code=768`,
      `${CHILD}: ->release_task p->pid=${CHILD}`,
      `${MAIN}: ->do_exit code=768`,
      `${MAIN}: sched_process_exit pid=${MAIN} p->exit_code=768`,
      `${MAIN}: ->release_task p->pid=${MAIN}`,
    ]);
  });

  test("priorities", () => {
    const lines = trace(
      function* (sys) {
        yield sys.setpriority(0, 0, 5);
        yield sys.sched_setscheduler(0, 1, new Uint8Array([30, 0, 0, 0]));
        const child = yield sys.fork(function* (s) {
          yield s.exit(0);
        });
        yield sys.wait4(child, 0, 0, 0);
        return 0;
      },
      [
        "sched_process_fork child->prio child->static_prio child->normal_prio child->rt_priority child->policy",
        "sched_process_exit prio",
      ],
      { uid: 0, gid: 0 },
    );
    expect(lines).toEqual([
      // Real-time priority 30 of 99 is 69 below 100; nice 5 waits behind it.
      `${MAIN}: sched_process_fork child->prio=69 child->static_prio=125 child->normal_prio=69 child->rt_priority=30 child->policy=1`,
      `${CHILD}: sched_process_exit prio=69`,
      `${MAIN}: sched_process_exit prio=69`,
    ]);
  });

  test("stopped and continued", () => {
    const lines = trace(
      function* (sys) {
        const child = yield sys.fork(function* (s) {
          yield s.kill(yield s.getpid(), SIG.SIGSTOP!);
          yield s.exit(0);
        });
        yield sys.wait4(child, 0, 2, 0);
        yield sys.kill(child, SIG.SIGCONT!);
        yield sys.wait4(child, 0, 0, 0);
        return 0;
      },
      [
        "sched_switch prev_pid prev_state",
        "sched_wakeup pid",
        "signal_generate sig code pid result",
        "signal_deliver sig sa_handler",
      ],
    );
    expect(lines.slice(1, -2)).toEqual([
      `${MAIN}: sched_switch prev_pid=${MAIN} prev_state=1`,
      // By itself: SI_USER is 0.
      `${CHILD}: signal_generate sig=19 code=0 pid=${CHILD} result=0`,
      `${CHILD}: signal_deliver sig=19 sa_handler=0`,
      // CLD_STOPPED is 5; the default of SIGCHLD is to be ignored, but the wait is woken.
      `${CHILD}: signal_generate sig=17 code=5 pid=${MAIN} result=1`,
      `${CHILD}: sched_wakeup pid=${MAIN}`,
      `${CHILD}: sched_switch prev_pid=${CHILD} prev_state=4`,
      // SIGCONT wakes when it is sent (prepare_signal), before it is said to be sent, and is then ignored.
      `${MAIN}: sched_wakeup pid=${CHILD}`,
      // The model tells the parent at once; it is the sender itself. CLD_CONTINUED is 6.
      `${MAIN}: signal_generate sig=17 code=6 pid=${MAIN} result=1`,
      `${MAIN}: signal_generate sig=18 code=0 pid=${CHILD} result=1`,
      `${MAIN}: sched_switch prev_pid=${MAIN} prev_state=1`,
      `${CHILD}: signal_generate sig=17 code=1 pid=${MAIN} result=1`,
      `${CHILD}: sched_wakeup pid=${MAIN}`,
      `${CHILD}: sched_switch prev_pid=${CHILD} prev_state=32`,
    ]);
  });
});
