// A child in the memory of its parent, made as argv[1] says. Before each call of `step` but the first, getppid switches the
// probes: step(0), step(2) and step(4) are met. Ends with status 7 when every result was right.
#define _GNU_SOURCE
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
static volatile int sum;
__attribute__((noinline)) int step(int n) { __asm__ volatile(""); return n * 2 + 1; }
static int child(void *unused) {
  for (int i = 0; i < 3; i++) { sum += step(i); syscall(SYS_getppid); }
  _exit(0);
}
static char stack[65536] __attribute__((aligned(16)));
static long clone3_(void) {
  struct clone_args args = { .flags = CLONE_VM, .exit_signal = SIGCHLD, .stack = (unsigned long)stack, .stack_size = sizeof stack };
  long pid = SYS_clone3;
  register int (*entry)(void *) __asm__("r12") = child;
  __asm__ volatile("syscall\n\ttest %%eax, %%eax\n\tjnz 1f\n\tcall *%%r12\n1:"
                   : "+a"(pid) : "D"(&args), "S"(sizeof args), "r"(entry) : "rcx", "r11", "memory");
  return pid;
}
int main(int argc, char **argv) {
  int status = -1;
  long pid = -1;
  if (!strcmp(argv[1], "vfork") && (pid = vfork()) == 0) child(0);
  if (!strcmp(argv[1], "clone")) pid = clone(child, stack + sizeof stack, CLONE_VM | SIGCHLD, 0);
  if (!strcmp(argv[1], "clone3")) pid = clone3_();
  waitpid(pid, &status, 0);
  sum += step(3);
  syscall(SYS_getppid);
  sum += step(4);
  return status == 0 && sum == 25 ? 7 : 1;
}
