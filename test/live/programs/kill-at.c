// kill-at CALL N PROGRAM ARGUMENT…: runs PROGRAM and kills it with SIGKILL before its Nth call number CALL is made, counted
// over all its threads. Exits with 0 when it did that, with 3 when there were fewer. Only those calls stop (seccomp(2)).
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static void become(int nr, char **command) {
  struct sock_filter code[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {4, code};
  raise(SIGSTOP);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0) execvp(command[0], command);
  perror(command[0]);
  _exit(127);
}

int main(int argc, char **argv) {
  int left = atoi(argv[2]), status;
  pid_t child = fork();
  if (child == 0) become(atoi(argv[1]), argv + 3);
  waitpid(child, &status, WUNTRACED);
  long options = PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL;
  if (ptrace(PTRACE_SEIZE, child, 0, options) < 0) return 2;
  kill(child, SIGCONT);
  for (;;) {
    pid_t tid = waitpid(-1, &status, __WALL);
    if (tid < 0) return left > 0 ? 3 : 0;
    if (!WIFSTOPPED(status)) continue;
    int event = status >> 16, sig = WSTOPSIG(status);
    if (event == PTRACE_EVENT_SECCOMP && --left == 0) kill(child, SIGKILL);
    ptrace(PTRACE_CONT, tid, 0, event ? 0 : sig);
  }
}
