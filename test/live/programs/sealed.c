// Calls a probed function for ever and checks every result, after it has made every call deadly but the few that it needs
// itself (seccomp(2)); SIGTERM ends it and says how it went. An argument: by SECCOMP_MODE_STRICT, which leaves read, write, exit.
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile int stop;
static volatile long sink;
__attribute__((noinline)) long work(long n) { long a[4] = {n, n + 1, n + 2, n + 3}; sink = (long)a; return a[n & 3] + 1; }
static void end(int s) { stop = 1; }

#define ALLOW(nr) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
int main(int argc, char **argv) {
  struct sock_filter code[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    ALLOW(SYS_write), ALLOW(SYS_rt_sigreturn), ALLOW(SYS_rt_sigprocmask), ALLOW(SYS_exit_group),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  signal(SIGTERM, end);
  printf("ready\n"); fflush(stdout);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (prctl(PR_SET_SECCOMP, argc > 1 ? SECCOMP_MODE_STRICT : SECCOMP_MODE_FILTER, &program) < 0) return 4;
  long wrong = 0;
  for (long i = 0; !stop; i++) if (work(i) != i + (i & 3) + 1) wrong++;
  printf("wrong %ld\n", wrong); fflush(stdout);
  syscall(argc > 1 ? SYS_exit : SYS_exit_group, wrong != 0);
}
