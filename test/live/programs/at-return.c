// A signal is delivered just where a function has returned to, before the first instruction there: the function is made to
// return by a handler, whose end unblocks the signal. Reads a byte, or the end of its input, at every step.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <ucontext.h>
#include <unistd.h>
__attribute__((naked, noinline)) static int work(void) { __asm__("nop\n\tud2"); }
static void says(const char *what) {
  char byte;
  printf("%s\n", what);
  fflush(stdout);
  read(0, &byte, 1);
}
__attribute__((noinline)) static void handles(int signal) { says("handled"); }
static void returns(int signal, siginfo_t *info, void *context) {
  ucontext_t *at = context;
  says("inside");
  greg_t *registers = at->uc_mcontext.gregs;
  registers[REG_RAX] = 5;
  registers[REG_RIP] = *(greg_t *)registers[REG_RSP];
  registers[REG_RSP] += 8;
  sigdelset(&at->uc_sigmask, SIGUSR1);
}
int main(void) {
  sigset_t usr1;
  struct sigaction action = { .sa_sigaction = returns, .sa_flags = SA_SIGINFO };
  sigaction(SIGILL, &action, 0);
  signal(SIGUSR1, handles);
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  sigprocmask(SIG_BLOCK, &usr1, 0);
  raise(SIGUSR1);
  says("ready");
  printf("%d\n", work());
  return 7;
}
