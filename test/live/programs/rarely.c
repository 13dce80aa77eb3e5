// Calls a function whose first instruction runs as a copy, until its input ends.
#include <poll.h>
#include <stdio.h>
#include <unistd.h>
__attribute__((noinline)) long work(long n) { long r = n; __asm__ volatile("pxor %%xmm0, %%xmm0\n lea 1(%0,%0), %0" : "+r"(r) : : "xmm0"); return r; }
int main(void) {
  struct pollfd input = { .fd = 0, .events = POLLIN };
  long wrong = 0;
  printf("ready\n");
  fflush(stdout);
  while (poll(&input, 1, 0) == 0) wrong += work(20) != 41;
  printf("%ld wrong\n", wrong);
  return 7;
}
