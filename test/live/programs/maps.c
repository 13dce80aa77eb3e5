// Maps its own code once more, and then again in the same place; and hands over a text on a page that it may not read.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
__attribute__((noinline)) long step(long n) { __asm__ volatile(""); return 2 * n + 1; }
__attribute__((noinline)) void hidden(const char *text) { __asm__ volatile("" :: "r"(text)); }
int main(int argc, char **argv) {
  char line[512];
  unsigned long start = 0, end = 0, offset = 0;
  FILE *maps = fopen("/proc/self/maps", "r");
  while (fgets(line, sizeof line, maps) && !(strstr(line, "r-xp") && sscanf(line, "%lx-%lx r-xp %lx", &start, &end, &offset) == 3));
  int fd = open(argv[0], O_RDONLY);
  long sum = step(1);
  char *copy = mmap(0, end - start, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, offset);
  long (*there)(long) = (long (*)(long))(copy + ((unsigned long)step - start));
  sum += there(2);
  mmap(copy, end - start, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, fd, offset);
  sum += there(3);
  char *page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  strcpy(page + 100, "not for me");
  mprotect(page, 4096, PROT_NONE);
  hidden(page + 100);
  return sum == 15 ? 7 : 1;
}
