#!/bin/sh
# Stand-in for bpftool: programs of the user's machine are none of the demo's.
echo 'Error: Operation not permitted' >&2
exit 1
