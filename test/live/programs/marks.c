// A mark with a counter, passed for ever; SIGTERM ends it and says what the counter is.
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
#include "../../fixtures/points/sdt.h"
unsigned short app_turn_semaphore __attribute__((section(".probes")));
static volatile int stop;
static void end(int s) { stop = 1; }
int main(void) {
  signal(SIGTERM, end);
  printf("ready\n"); fflush(stdout);
  for (long n = 0; !stop; n++) {
    __asm__ volatile(MARK_NOTE("app", "turn", "app_turn_semaphore", "8@%0")::"nor"(n));
    usleep(1000);
  }
  printf("counter %d\n", *(volatile unsigned short *)&app_turn_semaphore);
  return 0;
}
