// Four threads that fork all the time; children call a probed function and say by their status whether it was right.
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#define THREADS 4
#define FORKS 60
__attribute__((noinline)) int step(int n) { __asm__ volatile(""); return n * 2 + 1; }
static void *run(void *arg) {
  long wrong = 0;
  for (int i = 0; i < FORKS; i++) {
    int status = -1, pid = fork();
    if (pid == 0) _exit(step(3) + step(4) == 16 ? 0 : 1);
    waitpid(pid, &status, 0);
    wrong += status != 0 || step(i) != 2 * i + 1;
  }
  return (void *)wrong;
}
int main(void) {
  pthread_t all[THREADS];
  void *one;
  long wrong = 0;
  for (int i = 0; i < THREADS; i++) pthread_create(&all[i], 0, run, 0);
  for (int i = 0; i < THREADS; i++) { pthread_join(all[i], &one); wrong += (long)one; }
  printf("%ld wrong\n", wrong);
  return 7;
}
