// Handles SIGTRAP itself and meets breakpoints of its own, for ever; SIGTERM ends it and says how many it has seen.
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile int stop, traps, calls;
__attribute__((noinline)) int work(int n) { __asm__ volatile("" ::: "memory"); return n + 1; }
static void trapped(int signal) { traps++; }
static void end(int signal) { stop = 1; }

int main(void) {
  signal(SIGTRAP, trapped);
  signal(SIGTERM, end);
  printf("ready\n");
  fflush(stdout);
  while (!stop) {
    __asm__ volatile("int3");
    calls = work(calls);
    usleep(1000);
  }
  printf("%s\n", traps == calls && calls > 0 ? "same" : "different");
  return 0;
}
