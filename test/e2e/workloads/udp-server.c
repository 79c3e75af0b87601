// A UDP server for the tests, because busybox has none: `udp-server PORT echo` answers with what it hears, `udp-server PORT silent` never.
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int main(int count, char **words) {
	struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(atoi(words[1]))}, peer;
	int server = socket(AF_INET, SOCK_DGRAM, 0), echo = count > 2 && strcmp(words[2], "echo") == 0;
	if (bind(server, (struct sockaddr *)&own, sizeof own) != 0) return 1;
	for (;;) {
		char text[1500];
		socklen_t size = sizeof peer;
		ssize_t length = recvfrom(server, text, sizeof text, 0, (struct sockaddr *)&peer, &size);
		if (echo && length >= 0) sendto(server, text, length, 0, (struct sockaddr *)&peer, size);
	}
}
