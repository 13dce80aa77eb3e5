// A mark with a counter in a process and its child: the counter while somebody looks, and when its input has ended.
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../../fixtures/points/sdt.h"
volatile unsigned short app_turn_semaphore __attribute__((section(".probes")));
static void pass(long n) { __asm__ volatile(MARK_NOTE("app", "turn", "app_turn_semaphore", "8@%0")::"nor"(n)); }
int main(void) {
  char line[10];
  printf("ready\n"); fflush(stdout);
  while (app_turn_semaphore == 0) usleep(1000);
  int pid = fork();
  if (pid == 0) printf("child: %d\n", app_turn_semaphore), fflush(stdout);
  pass(pid);
  while (read(0, line, sizeof line) > 0);
  if (pid != 0) wait(0);
  printf("%s: %d at the end\n", pid == 0 ? "child" : "parent", app_turn_semaphore);
  return 0;
}
