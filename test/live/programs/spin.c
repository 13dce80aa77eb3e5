// Three threads that call probed functions for ever and check every result; SIGTERM ends it and says how it went.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>
#define THREADS 3
static volatile int stop;
static volatile int rounds[THREADS];
__attribute__((noinline)) long leaf(long n) { __asm__ volatile("" ::: "memory"); return n * 3 + 1; }
__attribute__((noinline)) long middle(long n) { long r = leaf(n); __asm__ volatile("" ::: "memory"); return r + leaf(n + 1); }
__attribute__((noinline)) long deep(long n) { if (n == 0) return leaf(0); long r = deep(n - 1); __asm__ volatile("" ::: "memory"); return r + n; }
static void *spin(void *arg) {
  long id = (long)arg, wrong = 0;
  for (int i = 0; !stop; i++) {
    if (middle(i) != 6L * i + 5) wrong++;
    if (deep(5) != 16) wrong++;
    rounds[id] = i + 1;
  }
  return (void *)wrong;
}
static void end(int s) { stop = 1; }
int main(void) {
  signal(SIGTERM, end);
  pthread_t t[THREADS];
  for (long i = 0; i < THREADS; i++) pthread_create(&t[i], 0, spin, (void *)i);
  printf("ready\n"); fflush(stdout);
  while (!stop) pause();
  long bad = 0;
  for (int i = 0; i < THREADS; i++) { void *w; pthread_join(t[i], &w); bad += (long)w; }
  printf("wrong %ld rounds %d %d %d\n", bad, rounds[0] > 0, rounds[1] > 0, rounds[2] > 0);
  return bad ? 3 : 0;
}
