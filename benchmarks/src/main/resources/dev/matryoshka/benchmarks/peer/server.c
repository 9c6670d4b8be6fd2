/*
 * The limit: what the operating system alone makes of each workload. One thread, level-triggered epoll, a receive and a send per
 * message, nothing else. Who does not read is not read from: what could not be sent waits, and EPOLLOUT is asked for meanwhile.
 *
 *   server [--mode echo|lines|source|file|two-write] [--host IPV4] [--port N] [--unix PATH] [--udp]
 *
 * Says "listening on HOST:PORT" and ends when its standard input does. cc -O2 -o server server.c
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { EVENTS = 1024, BACKLOG = 4096, DATAGRAMS = 64 };
enum { READ_BYTES = 256 * 1024, LINE_BYTES = 64 * 1024, CHUNK_BYTES = 64 * 1024, FILE_BYTES = 16 * 1024 * 1024 };
enum { REQUEST_BYTES = 16, HEAD_BYTES = 100, BODY_BYTES = 1024 };

struct connection {
    int fd;
    uint32_t interest;
    char *owed; /* what the peer has not taken yet: owed_bytes from owed_from on */
    size_t owed_from, owed_bytes, owed_room;
    char *line; /* the unfinished line, or NULL */
    size_t line_bytes;
    size_t request_bytes; /* of an unfinished request */
    off_t offset;         /* in the chunk or the file */
};

/* Returns 0 when the connection has ended. */
typedef int service(struct connection *);

static int poller;
static int file = -1;
static char in[LINE_BYTES + READ_BYTES], out[LINE_BYTES + READ_BYTES], chunk[CHUNK_BYTES];

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int watch(struct connection *c, uint32_t interest) {
    if (c->interest != interest) {
        struct epoll_event event = {.events = interest, .data.ptr = c};
        epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &event);
        c->interest = interest;
    }
    return 1;
}

static int again(void) {
    return errno == EAGAIN || errno == EINTR;
}

static int owe(struct connection *c, const char *bytes, size_t count) {
    size_t end = c->owed_from + c->owed_bytes;
    if (end + count > c->owed_room) {
        c->owed_room = end + count;
        if (!(c->owed = realloc(c->owed, c->owed_room))) fail("realloc");
    }
    memcpy(c->owed + end, bytes, count);
    c->owed_bytes += count;
    return watch(c, EPOLLOUT);
}

static int send_or_owe(struct connection *c, const char *bytes, size_t count) {
    ssize_t sent = c->owed_bytes ? 0 : send(c->fd, bytes, count, MSG_NOSIGNAL);
    if (sent < 0 && !again()) return 0;
    if (sent < 0) sent = 0;
    return (size_t) sent == count || owe(c, bytes + sent, count - sent);
}

static int pay(struct connection *c) {
    ssize_t sent = send(c->fd, c->owed + c->owed_from, c->owed_bytes, MSG_NOSIGNAL);
    if (sent < 0) return again();
    c->owed_from += sent;
    c->owed_bytes -= sent;
    if (c->owed_bytes) return 1;
    free(c->owed);
    c->owed = NULL;
    c->owed_from = c->owed_room = 0;
    return watch(c, EPOLLIN);
}

static int echo(struct connection *c) {
    ssize_t got = recv(c->fd, in, READ_BYTES, 0);
    if (got <= 0) return got < 0 && again();
    return send_or_owe(c, in, got);
}

/* Each line is found and put into the answer by itself; the answers to one receive leave together. */
static int lines(struct connection *c) {
    size_t kept = c->line_bytes, count = 0;
    ssize_t got = recv(c->fd, in + kept, READ_BYTES, 0);
    if (got <= 0) return got < 0 && again();
    if (kept) memcpy(in, c->line, kept);
    char *line = in, *end = in + kept + got;
    for (char *from = in + kept, *newline; (newline = memchr(from, '\n', end - from)); from = line) {
        memcpy(out + count, line, newline + 1 - line);
        count += newline + 1 - line;
        line = newline + 1;
    }
    c->line_bytes = end - line;
    if (c->line_bytes > LINE_BYTES) return 0;
    if (c->line_bytes) {
        if (!c->line && !(c->line = malloc(LINE_BYTES))) fail("malloc");
        memcpy(c->line, line, c->line_bytes);
    }
    return !count || send_or_owe(c, out, count);
}

/* As much as the peer takes, from the moment it has connected. */
static int source(struct connection *c) {
    ssize_t sent = send(c->fd, chunk + c->offset, CHUNK_BYTES - c->offset, MSG_NOSIGNAL);
    if (sent < 0) return again();
    c->offset = (c->offset + sent) % CHUNK_BYTES;
    return 1;
}

static int send_file(struct connection *c) {
    ssize_t sent = sendfile(c->fd, file, &c->offset, FILE_BYTES - c->offset);
    if (sent < 0) return again();
    c->offset %= FILE_BYTES;
    return 1;
}

/* A head and a body, each by a send of its own: what a program does that does not think of it. */
static int two_write(struct connection *c) {
    ssize_t got = recv(c->fd, in, READ_BYTES, 0);
    if (got <= 0) return got < 0 && again();
    for (c->request_bytes += got; c->request_bytes >= REQUEST_BYTES; c->request_bytes -= REQUEST_BYTES) {
        if (!send_or_owe(c, chunk, HEAD_BYTES) || !send_or_owe(c, chunk, BODY_BYTES)) return 0;
    }
    return 1;
}

static int is_active(service *serve) {
    return serve == source || serve == send_file;
}

static void end(struct connection *c) {
    close(c->fd);
    free(c->owed);
    free(c->line);
    free(c);
}

static void ready(struct connection *c, service *serve) {
    if (!(c->owed_bytes ? pay(c) : serve(c))) end(c);
}

static void accept_all(int listener, int is_tcp, service *serve) {
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        int one = 1;
        if (is_tcp) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct connection *c = calloc(1, sizeof *c);
        if (!c) fail("calloc");
        c->fd = fd;
        c->interest = is_active(serve) ? EPOLLOUT : EPOLLIN;
        struct epoll_event event = {.events = c->interest, .data.ptr = c};
        if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event)) end(c);
    }
}

/* One datagram after the other until there is none; what has no room is lost, as is usual with datagrams. */
static void datagrams(int fd) {
    for (int i = 0; i < DATAGRAMS; i++) {
        struct sockaddr_storage peer;
        socklen_t length = sizeof peer;
        ssize_t got = recvfrom(fd, in, READ_BYTES, MSG_DONTWAIT, (struct sockaddr *) &peer, &length);
        if (got < 0) return;
        sendto(fd, in, got, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *) &peer, length);
    }
}

static int open_listener(const char *host, int port, const char *path, int is_udp) {
    int one = 1, fd = socket(path ? AF_UNIX : AF_INET, (is_udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK, 0);
    if (fd < 0) fail("socket");
    struct sockaddr_in inet = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t length = sizeof inet;
    if (path) {
        struct sockaddr_un local = {.sun_family = AF_UNIX};
        strncpy(local.sun_path, path, sizeof local.sun_path - 1);
        if (bind(fd, (struct sockaddr *) &local, sizeof local)) fail(path);
    } else {
        if (inet_pton(AF_INET, host, &inet.sin_addr) != 1) errno = EINVAL, fail(host);
        if (!is_udp) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        if (bind(fd, (struct sockaddr *) &inet, sizeof inet)) fail("bind");
        getsockname(fd, (struct sockaddr *) &inet, &length);
    }
    if (!is_udp && listen(fd, BACKLOG)) fail("listen");
    if (path) printf("listening on %s\n", path);
    else printf("listening on %s:%d\n", host, ntohs(inet.sin_port));
    fflush(stdout);
    return fd;
}

static service *mode(const char *name) {
    static const struct { const char *name; service *serve; } modes[] = {
        {"echo", echo}, {"lines", lines}, {"source", source}, {"file", send_file}, {"two-write", two_write}};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (!strcmp(name, modes[i].name)) return modes[i].serve;
    }
    fprintf(stderr, "server: no such mode: %s\n", name);
    exit(2);
}

static void make_file(void) {
    FILE *made = tmpfile();
    if (!made) fail("tmpfile");
    for (int written = 0; written < FILE_BYTES; written += CHUNK_BYTES) fwrite(chunk, CHUNK_BYTES, 1, made);
    if (fflush(made)) fail("tmpfile");
    file = fileno(made);
}

int main(int count, char **words) {
    const char *host = "127.0.0.1", *path = NULL;
    int port = 0, is_udp = 0;
    service *serve = echo;
    for (int i = 1; i < count; i++) {
        if (!strcmp(words[i], "--udp")) is_udp = 1;
        else if (i + 1 < count && !strcmp(words[i], "--mode")) serve = mode(words[++i]);
        else if (i + 1 < count && !strcmp(words[i], "--host")) host = words[++i];
        else if (i + 1 < count && !strcmp(words[i], "--port")) port = atoi(words[++i]);
        else if (i + 1 < count && !strcmp(words[i], "--unix")) path = words[++i];
        else return fprintf(stderr, "server: not understood: %s\n", words[i]), 2;
    }
    for (int i = 0; i < CHUNK_BYTES; i++) chunk[i] = 'a' + i % 26;
    if (serve == send_file) make_file();
    signal(SIGPIPE, SIG_IGN); /* sendfile has no flag against it */
    poller = epoll_create1(EPOLL_CLOEXEC);
    int listener = open_listener(host, port, path, is_udp);
    struct connection listening, input; /* only their addresses matter */
    struct epoll_event events[EVENTS], event = {.events = EPOLLIN, .data.ptr = &listening};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event)) fail("epoll_ctl");
    event.data.ptr = &input;
    epoll_ctl(poller, EPOLL_CTL_ADD, STDIN_FILENO, &event); /* refused for a file: then it runs until it is killed */
    for (char ignored[64];;) {
        int happened = epoll_wait(poller, events, EVENTS, -1);
        for (int i = 0; i < happened; i++) {
            void *who = events[i].data.ptr;
            if (who == &input && read(STDIN_FILENO, ignored, sizeof ignored) <= 0) return path && unlink(path);
            if (who == &input) continue;
            if (who != &listening) ready(who, serve);
            else if (is_udp) datagrams(listener);
            else accept_all(listener, !path, serve);
        }
    }
}
