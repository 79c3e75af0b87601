#!/bin/sh
# Stand-in for the agent's command line, cilium or cilium-dbg: prints what the agent of the node would say.
if [ -z "$HOSTPORT_DEMO_AGENT" ]; then
	echo 'Error: Cannot get status/probe: Get "http://localhost/v1/healthz": dial unix /var/run/cilium/cilium.sock: connect: no such file or directory' >&2
	exit 1
fi
case "$*" in
"status -o json"* | "status --output json"* | "status -o=json"* | "status --output=json"*) answer=status.json ;;
status*) answer=status.txt ;;
"service list -o json"* | "service list --output json"* | "service list -o=json"*) answer=services.json ;;
"service list"*) answer=services.txt ;;
version*) answer=version.txt ;;
*)
	echo "Error: unknown command \"$*\" for \"${0##*/}\"" >&2
	exit 1
	;;
esac
exec cat "$HOSTPORT_DEMO_ANSWERS/$answer"
