// A kernel that gives no randomness for nonces: loaded before libc, for as long as the file that VAULT_TEST_NO_RANDOMNESS names is there.
// What asks for 24 bytes is a nonce of the vault; the libraries below it ask for other lengths, and get what they ask for.
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

ssize_t getrandom(void *buffer, size_t length, unsigned int flags) {
    const char *fault = getenv("VAULT_TEST_NO_RANDOMNESS");
    if (length == 24 && fault && access(fault, F_OK) == 0) {
        errno = EIO;
        return -1;
    }
    return syscall(SYS_getrandom, buffer, length, flags);
}
