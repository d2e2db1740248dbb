/* Moves the time of day of a program by SOAK_AHEAD_MS milliseconds, where it is
   preloaded. The clocks by which programs wait stay as they are. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

extern char **environ;
static long long ahead_ms;

__attribute__((constructor)) static void read_ahead(void) {
  static const char name[] = "SOAK_AHEAD_MS=";
  for (char **one = environ; one && *one; one++)
    if (!strncmp(*one, name, sizeof name - 1)) ahead_ms = atoll(*one + sizeof name - 1);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  int code = (int)syscall(SYS_clock_gettime, clock, time);
  if (code == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    long long nanos = time->tv_nsec + (ahead_ms % 1000) * 1000000;
    time->tv_sec += ahead_ms / 1000 + nanos / 1000000000;
    time->tv_nsec = nanos % 1000000000;
    if (time->tv_nsec < 0) {
      time->tv_nsec += 1000000000;
      time->tv_sec -= 1;
    }
  }
  return code;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  struct timespec now;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &now);
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *place) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (place) *place = now.tv_sec;
  return now.tv_sec;
}
