// Always has something to report: it sends itself signals as fast as it can, and forks. With its input it ends, and says
// whether every signal came and every child was right.
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
static volatile sig_atomic_t came;
static void counts(int signal) { came++; }
int main(void) {
  struct pollfd input = { 0, POLLIN, 0 };
  int sent = 0, wrong = 0;
  signal(SIGUSR1, counts);
  puts("busy");
  fflush(stdout);
  while (poll(&input, 1, 0) == 0) {
    for (int i = 0; i < 500; i++) { raise(SIGUSR1); sent++; }
    int status = -1, pid = fork();
    if (pid == 0) _exit(41);
    waitpid(pid, &status, 0);
    wrong += status != 41 << 8;
  }
  printf("%d wrong, %d\n", wrong, sent - came);
  return 7;
}
