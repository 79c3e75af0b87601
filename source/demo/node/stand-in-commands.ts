import {chmod, mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';

/**
 * Programs of a node and of the agent's image, as small scripts that lie before the user's PATH. What they print comes from
 * files in the node's folder of answers, so that one set serves every node.
 */
const answers = 'answers=${HOSTPORT_DEMO_ANSWERS:?}';

const uname = `#!/bin/sh
${answers}
case "$*" in
-r) read -r word <"$answers/kernel"; echo "$word" ;;
-m) echo x86_64 ;;
-n) echo "$HOSTNAME" ;;
''|-s) echo Linux ;;
*) read -r word <"$answers/kernel"; echo "Linux $HOSTNAME $word x86_64 GNU/Linux" ;;
esac
`;

/** Without the right to administer the network a save command fails as the real one does. */
const iptablesSave = `#!/bin/sh
${answers}
name=\${0##*/}
case "$*" in
-V|--version) echo "$name v1.8.7"; exit 0 ;;
esac
if [ -z "$HOSTPORT_DEMO_NET_ADMIN" ]; then
	echo "$name v1.8.7: Could not fetch rule set generation id: Permission denied (you must be root)" >&2
	exit 4
fi
table=
while [ $# -gt 0 ]; do
	case "$1" in
	-t|--table) table=$2; shift ;;
	esac
	shift
done
for one in \${table:-mangle nat}; do
	[ ! -s "$answers/$name.$one" ] || cat "$answers/$name.$one" || exit 1
done
`;

const cilium = `#!/bin/sh
${answers}
if [ -z "$HOSTPORT_DEMO_AGENT" ]; then
	echo 'Error: Cannot get status/probe: Get "http://localhost/v1/healthz": dial unix /var/run/cilium/cilium.sock: connect: no such file or directory' >&2
	exit 1
fi
case "$*" in
"status -o json"*|"status --output json"*|"status -o=json"*|"status --output=json"*) exec cat "$answers/status.json" ;;
status*) exec cat "$answers/status.txt" ;;
"service list -o json"*|"service list --output json"*|"service list -o=json"*) exec cat "$answers/services.json" ;;
"service list"*) exec cat "$answers/services.txt" ;;
version*) exec cat "$answers/version.txt" ;;
*) echo "Error: unknown command \\"$*\\" for \\"cilium\\"" >&2; exit 1 ;;
esac
`;

/** Writes the scripts into `folder`. `cilium-dbg` is the name from Cilium 1.15 on; `cilium` stays beside it. */
export async function writeStandInCommands(folder: string, ciliumMinor: number): Promise<void> {
	await mkdir(folder, {recursive: true});
	const saves = ['iptables', 'ip6tables'].flatMap(name => [`${name}-nft-save`, `${name}-legacy-save`]);
	const scripts = new Map([['uname', uname], ['cilium', cilium], ...saves.map(name => [name, iptablesSave] as const)]);
	if (ciliumMinor >= 15) scripts.set('cilium-dbg', cilium);
	await Promise.all([...scripts].map(([name, text]) => writeExecutable(path.join(folder, name), text)));
}

/** A CNI plugin that answers nothing but VERSION, which is all that is asked of it here. */
export function pluginScript(name: 'portmap' | 'cilium-cni' | 'loopback'): string {
	const supported = name === 'cilium-cni' ? ['0.3.0', '0.3.1', '0.4.0', '1.0.0'] : ['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0'];
	return `#!/bin/sh
# Stand-in of the demo for the CNI plugin ${name}.
if [ "$CNI_COMMAND" = VERSION ]; then
	echo '${JSON.stringify({cniVersion: '1.0.0', supportedVersions: supported})}'
else
	echo '{"code":4,"msg":"the demo wires no pods"}'
	exit 1
fi
`;
}

export async function writeExecutable(file: string, text: string): Promise<void> {
	await writeFile(file, text);
	await chmod(file, 0o755);
}
