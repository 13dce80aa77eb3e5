/*
 * What live tracing is measured with: live MODE N [THREADS [LIBRARY...]]. Each thread does the thing of MODE N times; the
 * libraries are loaded first. Compiled when the benchmarks run: gcc -O2 -g -fcf-protection -pthread.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct item {
  long id;
};

__attribute__((noipa)) long hot(struct item *p) {
  return p->id + 1;
}

/* Never called; a hundred functions to probe. */
#define COLD(n) __attribute__((noipa, used)) long cold_##n(long x) { return x * 3 + 1; }
#define TEN(n) COLD(n##0) COLD(n##1) COLD(n##2) COLD(n##3) COLD(n##4) COLD(n##5) COLD(n##6) COLD(n##7) COLD(n##8) COLD(n##9)
TEN(0) TEN(1) TEN(2) TEN(3) TEN(4) TEN(5) TEN(6) TEN(7) TEN(8) TEN(9)

static const char *mode;
static long count;

static void *work(void *unused) {
  struct item item = {3};
  if (strcmp(mode, "getppid") == 0)
    for (long i = 0; i < count; i++) syscall(SYS_getppid);
  else if (strcmp(mode, "openat") == 0)
    for (long i = 0; i < count; i++) open("/no/such/file", O_RDONLY);
  else if (strcmp(mode, "hot") == 0)
    for (long i = 0; i < count; i++) {
      item.id = hot(&item) & 7;
      /* Where a debugger that has no return probes stops instead. */
      __asm__ volatile(".globl after_hot\nafter_hot:\n nop");
    }
  return unused;
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  mode = argv[1];
  count = atol(argv[2]);
  int threads = argc > 3 ? atoi(argv[3]) : 1;
  for (int i = 4; i < argc; i++)
    if (!dlopen(argv[i], RTLD_NOW)) return 3;
  pthread_t others[threads];
  for (int i = 1; i < threads; i++)
    if (pthread_create(&others[i], 0, work, 0)) return 4;
  work(0);
  for (int i = 1; i < threads; i++) pthread_join(others[i], 0);
  return 0;
}
