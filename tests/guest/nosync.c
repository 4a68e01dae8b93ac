/* A disk that only says that it has what it was given: every wish to have it there is granted, and none
   fulfilled. Preloaded (LD_PRELOAD) to see that the tests of power cuts notice. */

int fsync(int file) { return file < 0 ? -1 : 0; }

int fdatasync(int file) { return file < 0 ? -1 : 0; }

int msync(void *start, unsigned long length, int flags) { return 0; }

int syncfs(int file) { return file < 0 ? -1 : 0; }

int sync_file_range(int file, long offset, long length, unsigned int flags) { return file < 0 ? -1 : 0; }

void sync(void) {}
