#!/bin/sh
# Stand-in for a CNI plugin: answers VERSION, which is all that is asked of it here, as the reference plugins do.
if [ "$CNI_COMMAND" = VERSION ]; then
	echo '{"cniVersion":"1.0.0","supportedVersions":["0.1.0","0.2.0","0.3.0","0.3.1","0.4.0","1.0.0"]}'
	exit 0
fi
echo '{"code":4,"msg":"the demo wires no pods"}'
exit 1
