// Serves TCP and UDP, or asks whether somebody does. Kept apart from busybox, whose netcat speaks neither UDP nor waits for an answer.
//   reach serve NAME TCP_PORT UDP_PORT          answers NAME to everything, in both families
//   reach ask PROTOCOL ADDRESS PORT [...]       one line a question: PROTOCOL ADDRESS PORT, then `ok NAME` or what the kernel said
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const int waitMilliseconds = 2000;

static int listening(int type, const char *port) {
	int s = socket(AF_INET6, type, 0), no = 0, yes = 1;
	if (s >= 0) {
		struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(atoi(port)), .sin6_addr = in6addr_any};
		setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
		setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
		if (bind(s, (void *)&six, sizeof six) == 0) return s;
		close(s);
	}
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
	s = socket(AF_INET, type, 0);
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (bind(s, (void *)&four, sizeof four) != 0) { perror("bind"); exit(1); }
	return s;
}

static void serve(const char *name, const char *tcp, const char *udp) {
	struct pollfd sockets[] = {{listening(SOCK_STREAM, tcp), POLLIN, 0}, {listening(SOCK_DGRAM, udp), POLLIN, 0}};
	if (listen(sockets[0].fd, 64) != 0) { perror("listen"); exit(1); }
	signal(SIGPIPE, SIG_IGN);
	while (poll(sockets, 2, -1) > 0) {
		if (sockets[0].revents) {
			int one = accept(sockets[0].fd, NULL, NULL);
			if (one >= 0 && write(one, name, strlen(name)) < 0) perror("write");
			close(one);
		}
		if (sockets[1].revents) {
			char data[512];
			struct sockaddr_storage from;
			socklen_t length = sizeof from;
			if (recvfrom(sockets[1].fd, data, sizeof data, 0, (void *)&from, &length) >= 0) sendto(sockets[1].fd, name, strlen(name), 0, (void *)&from, length);
		}
	}
}

static const char *word(int error) {
	return error == ECONNREFUSED ? "refused" : error == ETIMEDOUT || error == EAGAIN || error == EINPROGRESS ? "silent" : strerror(error);
}

static void ask(const char *protocol, const char *address, const char *port) {
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(atoi(port))};
	int isFour = inet_pton(AF_INET, address, &four.sin_addr) == 1, isTcp = strcmp(protocol, "tcp") == 0;
	struct timeval limit = {waitMilliseconds / 1000, 0};
	char name[256];
	ssize_t length = -1;
	if (!isFour && inet_pton(AF_INET6, address, &six.sin6_addr) != 1) { printf("%s %s %s no address\n", protocol, address, port); return; }
	int s = socket(isFour ? AF_INET : AF_INET6, isTcp ? SOCK_STREAM : SOCK_DGRAM, 0);
	setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	int connected = isFour ? connect(s, (void *)&four, sizeof four) : connect(s, (void *)&six, sizeof six);
	if (connected == 0 && (isTcp || send(s, "?", 1, 0) == 1)) length = recv(s, name, sizeof name - 1, 0);
	if (length > 0) printf("%s %s %s ok %.*s\n", protocol, address, port, (int)length, name);
	else printf("%s %s %s %s\n", protocol, address, port, length == 0 ? "closed" : word(errno));
}

int main(int count, char **words) {
	if (count == 5 && strcmp(words[1], "serve") == 0) { serve(words[2], words[3], words[4]); return 1; }
	if (count < 5 || (count - 2) % 3 != 0 || strcmp(words[1], "ask") != 0) return 2;
	for (int at = 2; at < count; at += 3)
		if (fork() == 0) { ask(words[at], words[at + 1], words[at + 2]); fflush(stdout); _exit(0); }
	while (wait(NULL) > 0) {}
	return 0;
}
