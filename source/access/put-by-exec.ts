import type {ClusterClient, ExecTarget} from '../cluster/cluster-client.ts';
import {ActionableError} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import type {FileToPut, PutOptions, SeenFolder} from './access.ts';
import {assertPuttable, temporaryName} from './ssh/put-file.ts';

/**
 * Takes a file from stdin by its length: stdin cannot be closed before Kubernetes 1.30, so its end must not be waited for.
 * It takes the whole of it also where it cannot be kept: a node tells of the end of a command only when its input has been taken,
 * and a connection that hangs would hide the reason. Whatever goes wrong, the temporary file is gone; a container that is killed meanwhile leaves a name that `cleanup` knows.
 */
const receive = `folder=$1 name=$2 temporary=$3 mode=$4 size=$5 sum=$6
umask 077
drop() { head -c "$size" >/dev/null; exit "$1"; }
cd "$folder" || drop 41
trap 'rm -f -- "$temporary"' EXIT
trap 'exit 46' HUP INT TERM PIPE
set -C
true >"$temporary" || drop 47
set +C
head -c "$size" | { cat >"$temporary" || { cat >/dev/null; exit 47; }; } || exit 47
[ "$(wc -c <"$temporary" | tr -d ' ')" = "$size" ] || exit 42
if command -v sha256sum >/dev/null; then found=$(sha256sum <"$temporary"); else found=$(openssl dgst -sha256 -r <"$temporary") || exit 43; fi
[ "\${found%% *}" = "$sum" ] || exit 44
[ ! -d "$name" ] && chmod "$mode" "$temporary" && mv -f -- "$temporary" "$name" || exit 45`;

const failures: Readonly<Record<number, string>> = {
	41: 'the folder does not exist or cannot be entered',
	42: 'it arrived with another size',
	43: 'there is no sha256sum or openssl to check it with',
	44: 'it arrived with another checksum',
	45: 'it cannot be renamed into place',
	46: 'it was interrupted',
	47: 'it cannot be written',
};

/**
 * Lays a file into a folder that a container sees, by exec.
 * @throws ActionableError where it could not be put; nothing is left then
 * @throws ClusterError where the connection was lost
 */
export async function putByExec(
	client: ClusterClient,
	target: ExecTarget,
	folder: SeenFolder,
	file: FileToPut,
	{signal, timeoutMilliseconds}: PutOptions,
): Promise<void> {
	assertPuttable(file);
	if (file.folder !== folder.host) throw new TypeError(`${target.pod} sees ${folder.host}, not ${file.folder}`);
	const parameters = [
		folder.seen,
		file.name,
		temporaryName(file.name),
		file.mode.toString(8),
		String(file.content.length),
		file.sha256.toLowerCase(),
	];
	const {exitCode, stderr} = await client.exec(target, ['sh', '-c', receive, 'sh', ...parameters], {
		stdin: file.content,
		signal,
		timeoutMilliseconds,
		maximumOutputBytes: 4096,
	});
	if (exitCode === 0) return;
	const said = printableLine(new TextDecoder().decode(stderr), 200);
	throw new ActionableError(
		`${file.folder}/${file.name} was not written by pod ${target.namespace}/${target.pod}: ${failures[exitCode] ?? `exit code ${exitCode}`}${said === '' ? '' : ` (${said})`}`,
		'Nothing was changed. Check the folder and the space on its disk.',
	);
}
