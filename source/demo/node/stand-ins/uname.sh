#!/bin/sh
# Stand-in for uname: the node's kernel, not that of the machine that plays it.
read -r kernel <"$HOSTPORT_DEMO_ANSWERS/kernel"
letters=
for word; do
	case $word in -*a*) word=-snrm ;; esac
	letters=$letters${word#-}
done
# Words come in uname's own order, whatever the order of the letters.
answer=
case ${letters:=s} in *s*) answer=Linux ;; esac
case $letters in *n*) answer="$answer $HOSTNAME" ;; esac
case $letters in *r*) answer="$answer $kernel" ;; esac
case $letters in *m*) answer="$answer x86_64" ;; esac
echo "${answer# }"
