// SIGTRAP as the argument says (ignored, or blocked with a handler), then a call of a function, then SIGTRAP for itself.
#include <signal.h>
#include <stdio.h>
#include <string.h>
__attribute__((noinline)) void work(void) { __asm__ volatile(""); }
static volatile int caught;
static void catches(int s) { caught++; }
int main(int n, char **argv) {
  sigset_t all;
  sigfillset(&all);
  signal(SIGTRAP, strcmp(argv[1], "ignored") ? catches : SIG_IGN);
  if (!strcmp(argv[1], "blocked")) sigprocmask(SIG_BLOCK, &all, 0);
  work();
  raise(SIGTRAP);
  sigprocmask(SIG_UNBLOCK, &all, 0);
  printf("lives, caught %d\n", caught);
}
